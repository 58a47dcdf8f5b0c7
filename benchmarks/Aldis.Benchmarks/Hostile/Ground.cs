using System.Globalization;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Where attacks take place: the command that is attacked, a scratch folder, and the disk that fails where there is one.</summary>
/// <param name="Aldis">Path of the command.</param>
/// <param name="Work">A folder for data, which whoever made it removes.</param>
/// <param name="Faults">Path of benchmarks/tools/faults.c compiled; null without a C compiler.</param>
/// <param name="HasNetwork">Whether the network is this process's own: its counters are nobody else's, and addresses can be added.</param>
/// <param name="HeapMebibytes">The managed heap in which a server has to stand where memory is attacked.</param>
internal sealed record Ground(string Aldis, string Work, string? Faults, bool HasNetwork, int HeapMebibytes)
{
    private int _folders;

    /// <summary>Whether attacks take their short form, a second or two each, in which nothing is timed and no memory compared.</summary>
    public bool IsShort { get; init; }

    /// <summary>The processor a server is bound to, as its attackers are to another; null where nobody is bound.</summary>
    public int? ServerProcessor { get; init; }

    /// <summary>Path of what tells the live heap of a server from within; null where that is not compared.</summary>
    public string? HeapHook { get; init; }

    /// <summary>The environment of a server with that heap.</summary>
    public IReadOnlyDictionary<string, string> SmallHeap { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["DOTNET_GCHeapHardLimit"] = string.Create(CultureInfo.InvariantCulture, $"0x{(long)HeapMebibytes << 20:x}"),
    };

    /// <summary>How many, in the form that is asked for.</summary>
    public int Scale(int full, int brief) => IsShort ? brief : full;

    /// <summary>How long, in the form that is asked for.</summary>
    public TimeSpan Scale(TimeSpan full, TimeSpan brief) => IsShort ? brief : full;

    /// <summary>A folder that does not exist yet.</summary>
    public string NewFolder() => Path.Combine(Work, $"data-{Interlocked.Increment(ref _folders)}");
}
