using Aldis.Benchmarks.Hostile;
using Aldis.Cli.Tests.KillProof;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Hostile;

/// <summary>
/// The attacks of benchmarks/hostile.sh in their short form: the server lives, refuses with the reason and loses nothing that it stored. What
/// takes a network of its own, and what is a matter of time and memory, is seen in the long form alone.
/// </summary>
public sealed class HostileTests : IDisposable
{
    private const int HeapMebibytes = 128;

    private readonly TemporaryDirectory _work = new();

    public static TheoryData<string> Withstood => OperatingSystem.IsLinux()
        ? [.. Attacks.All.Select(static attack => attack.Name)]
        : [];

    public void Dispose() => _work.Dispose();

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Withstood))]
    public async Task An_attack_is_withstood(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string library = _work.Combine("faults.so");
        bool hasFaults = PreloadedLibrary.TryBuild("Hostile/faults.c", library);
        Assert.True(hasFaults || Environment.GetEnvironmentVariable("CI") != "true", "cc is missing");
        var ground = new Ground(AldisProcess.Executable, _work.Path, hasFaults ? library : null, HasNetwork: false, HeapMebibytes) { IsShort = true };
        var verdict = new Verdict();
        try
        {
            await Attacks.All.Single(attack => attack.Name == name).RunAsync(ground, verdict);
        }
        catch (NotSupportedException exception)
        {
            Assert.Skip(exception.Message);
        }

        Assert.True(verdict.Held, verdict.ToLine(name));
    }
}
