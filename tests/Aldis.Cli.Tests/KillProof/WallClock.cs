using Aldis.Tests;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>The wall clock of one process, set from here while that runs (wallclock.c); the monotonic clock stays as it is.</summary>
internal sealed class WallClock
{
    private static readonly Lazy<bool> Possibility = new(() =>
    {
        using var directory = new TemporaryDirectory();
        return OperatingSystem.IsLinux() && TryBuild(directory.Combine("wallclock.so"));
    });

    private readonly string _offset;

    private WallClock(string library, string offset)
    {
        _offset = offset;
        Set(TimeSpan.Zero);
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["LD_PRELOAD"] = library, ["WALLCLOCK_OFFSET"] = offset };
    }

    /// <summary>Whether clocks can be set here: it takes Linux and a C compiler.</summary>
    public static bool IsPossible => Possibility.Value;

    /// <summary>What a process that is to have this clock is started with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Makes a clock that is right.</summary>
    /// <param name="directory">Where to keep what it needs.</param>
    public static WallClock Create(TemporaryDirectory directory)
    {
        string library = directory.Combine("wallclock.so");
        Assert.True(TryBuild(library), "the wall clock could not be built");
        return new WallClock(library, directory.Combine("wallclock.offset"));
    }

    /// <summary>Puts the clock off by so much.</summary>
    public void Set(TimeSpan offset)
    {
        using var file = new FileStream(_offset, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        file.Write(BitConverter.GetBytes((long)offset.TotalSeconds));
    }

    private static bool TryBuild(string library) => PreloadedLibrary.TryBuild("KillProof/wallclock.c", library);
}
