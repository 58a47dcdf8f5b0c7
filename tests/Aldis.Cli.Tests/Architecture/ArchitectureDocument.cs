using System.Reflection;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>docs/ARCHITECTURE.md, for the tests that hold it against the code.</summary>
internal static class ArchitectureDocument
{
    /// <summary>The rooms it describes.</summary>
    public static IReadOnlyList<Assembly> Rooms { get; } =
    [
        .. new[] { "Aldis.Protocols", "Aldis.Lab", "Aldis.Journal", "Aldis.Postgres", "Aldis.Transports", "Aldis.Services", "Aldis.Dashboard", "aldis" }
            .Select(Assembly.Load),
    ];

    /// <summary>Reads it, with line feeds alone.</summary>
    public static string Read()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Aldis.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return File.ReadAllText(Path.Combine(folder!, "docs", "ARCHITECTURE.md")).ReplaceLineEndings("\n");
    }
}
