using System.Globalization;
using System.Text;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>What lies between a sender and the server.</summary>
internal enum EdgeTransport
{
    Tcp,
    Unix,
    Arq,
}

/// <summary>Why the server takes nothing for a while.</summary>
public enum OutageKind
{
    /// <summary>Not started yet.</summary>
    Absent,

    /// <summary>Stopped in order (SIGTERM), and started again.</summary>
    Stopped,

    /// <summary>Killed with SIGKILL, and started again.</summary>
    Killed,

    /// <summary>Held by SIGSTOP: it accepts, as far as the system does that for it, and says nothing.</summary>
    Frozen,

    /// <summary>Held by SIGSTOP and killed so, and started again: what was sent to it meanwhile never arrived.</summary>
    Wedged,

    /// <summary>Its disk has less free space than it keeps free: it answers that it takes nothing.</summary>
    Full,
}

/// <summary>Whose disk is full, and how.</summary>
internal enum DiskEdge
{
    None,

    /// <summary>The outbox of the first sender is on a file system of 2 MiB.</summary>
    SenderMount,

    /// <summary>No file of the first sender may grow beyond 512 KiB (RLIMIT_FSIZE).</summary>
    SenderLimit,

    /// <summary>The server's disk falls below its floor now and then.</summary>
    Server,
}

/// <summary>What the server's wall clock does, while it keeps messages for thirty days.</summary>
internal enum ClockEdge
{
    None,
    AYearAheadForOneMessage,
    NearTheEpochUntilItIsSet,
    OffForFortyDays,
    BackByADay,
}

/// <summary>How a sender keeps and is given its lines.</summary>
internal enum SenderForm
{
    /// <summary>No outbox; each run is given lines of its own, and what is not acknowledged ends with the run.</summary>
    Memory,

    /// <summary>An outbox; each run is given lines of its own.</summary>
    Fresh,

    /// <summary>An outbox and <c>--skip-taken</c>; each run is given the same lines.</summary>
    Skipping,
}

/// <summary>How the lines of a run come.</summary>
internal enum FeedKind
{
    /// <summary>As arguments.</summary>
    Words,

    /// <summary>All at once.</summary>
    Burst,

    /// <summary>The last dozen one by one.</summary>
    Trickle,

    /// <summary>Half of them, then nothing for longer than most patience, then the rest.</summary>
    Pause,

    /// <summary>One by one for as long as the run lasts while the server is away; some more when it is not.</summary>
    Flow,
}

/// <summary>One thing that happens to the server.</summary>
/// <param name="Up">How long it is well before.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Down">How long it lasts.</param>
/// <param name="UntilSendersEnd">Whether it lasts until every sender has given up or ended instead.</param>
internal sealed record ServerStep(TimeSpan Up, OutageKind Kind, TimeSpan Down, bool UntilSendersEnd);

/// <summary>One run of a sender.</summary>
internal sealed record RoundPlan
{
    /// <summary>How long after the run before it.</summary>
    public TimeSpan After { get; init; }

    public required FeedKind Feed { get; init; }

    /// <summary>Lines it is given; the most of them where they flow.</summary>
    public required int Lines { get; init; }

    /// <summary>Length of every line's fill; null: short, with a long one now and then.</summary>
    public int? FillBytes { get; init; }

    /// <summary>The time between two lines that come one by one, or the length of the pause.</summary>
    public TimeSpan Gap { get; init; }

    /// <summary>KILL, INT or TERM; null for none.</summary>
    public string? Signal { get; init; }

    /// <summary>When the signal comes, from the start of the run.</summary>
    public TimeSpan SignalAfter { get; init; }

    /// <summary>How long nothing comes before a line.</summary>
    /// <param name="index">Index of the line, from 0.</param>
    public TimeSpan GapBefore(int index) => Feed switch
    {
        FeedKind.Trickle => index > Lines - 12 ? Gap : TimeSpan.Zero,
        FeedKind.Pause => index > 0 && index == Lines / 2 ? Gap : TimeSpan.Zero,
        FeedKind.Flow => index >= 5 ? Gap : TimeSpan.Zero,
        _ => TimeSpan.Zero,
    };

    public override string ToString()
    {
        string bytes = FillBytes is null ? string.Empty : $", {FillBytes} bytes each";
        string signal = Signal is null ? string.Empty : $", {Signal} after {SignalAfter.TotalMilliseconds:0} ms";
        return $"{After.TotalMilliseconds:0} ms later {Feed} of {Lines}, gap {Gap.TotalMilliseconds:0} ms{bytes}{signal}";
    }
}

/// <summary>A sender and its runs, one after the other over the same outbox.</summary>
internal sealed record SenderPlan
{
    /// <summary>Tells it from every other sender, also where they share a client id.</summary>
    public required string Name { get; init; }

    public required string Client { get; init; }

    public required SenderForm Form { get; init; }

    /// <summary>Whether another sender has the same client id.</summary>
    public bool IsShared { get; init; }

    /// <summary>Whether its outbox has little room until it is drained in the end.</summary>
    public bool IsDiskLimited { get; init; }

    public required TimeSpan Retry { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required IReadOnlyList<RoundPlan> Rounds { get; init; }

    public bool HasOutbox => Form != SenderForm.Memory;

    /// <summary>The line of a run.</summary>
    /// <param name="round">Number of the run, from 1.</param>
    /// <param name="line">Number of the line, from 1.</param>
    public byte[] Line(int round, int line) =>
        Form == SenderForm.Skipping ? EdgeLine.Create(Name, 0, line, Rounds[0]) : EdgeLine.Create(Name, round, line, Rounds[round - 1]);
}

/// <summary>Everything that is decided before a run of the proof begins: a function of the seed.</summary>
internal sealed record EdgeScenario
{
    public required int Seed { get; init; }

    public required EdgeTransport Transport { get; init; }

    /// <summary>The server's level; both that are drawn survive SIGKILL.</summary>
    public required string Level { get; init; }

    public required DiskEdge Disk { get; init; }

    public required ClockEdge Clock { get; init; }

    /// <summary>How long there is no server at first.</summary>
    public required TimeSpan Absence { get; init; }

    public required IReadOnlyList<ServerStep> Steps { get; init; }

    public required IReadOnlyList<SenderPlan> Senders { get; init; }

    public bool HasSharedId => Senders.Any(sender => sender.IsShared);

    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"seed {Seed}: {Transport}, {Level}, disk {Disk}, clock {Clock}, no server for {Absence.TotalMilliseconds:0} ms\n");
        foreach (ServerStep step in Steps)
        {
            string length = step.UntilSendersEnd ? "until the senders end" : $"for {step.Down.TotalMilliseconds:0} ms";
            text.Append(CultureInfo.InvariantCulture, $"  server: {step.Up.TotalMilliseconds:0} ms well, then {step.Kind} {length}\n");
        }

        foreach (SenderPlan sender in Senders)
        {
            string patience = $"--retry {sender.Retry.TotalSeconds}s --timeout {sender.Timeout.TotalSeconds}s";
            text.Append(CultureInfo.InvariantCulture, $"  {sender.Name}: client {sender.Client}, {sender.Form}, {patience}\n");
            foreach (RoundPlan round in sender.Rounds)
            {
                text.Append(CultureInfo.InvariantCulture, $"    {round}\n");
            }
        }

        return text.ToString();
    }
}
