namespace Aldis.Tests;

/// <summary>A directory of its own for one test, removed at its end.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory(string? under = null) =>
        Path = under is null
            ? Directory.CreateTempSubdirectory("aldis-test-").FullName
            : Directory.CreateDirectory(System.IO.Path.Combine(under, "aldis-test-" + Guid.NewGuid().ToString("N")[..12])).FullName;

    public string Path { get; }

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
