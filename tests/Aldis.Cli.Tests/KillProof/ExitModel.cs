using System.Globalization;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>What an exit code has to be explained by.</summary>
internal sealed record ExitFacts
{
    public required int Code { get; init; }

    public string? Signal { get; init; }

    public bool InputEnded { get; init; }

    /// <summary>Whether everything this run was given, and what its outbox had before, was acknowledged.</summary>
    public bool AllAcknowledged { get; init; }

    public bool SomeAcknowledged { get; init; }

    /// <summary>Whether another sender has the same client id.</summary>
    public bool IsShared { get; init; }

    public bool IsDiskLimited { get; init; }

    /// <summary>How long ago, at the exit, the first outage after the last acknowledgement began, or the run where it was never served;
    /// null without an outage.</summary>
    public TimeSpan? Trouble { get; init; }

    /// <summary>How long the server had been well at the exit.</summary>
    public TimeSpan WellFor { get; init; }

    /// <summary>The kinds of outage since the trouble began.</summary>
    public IReadOnlySet<OutageKind> Kinds { get; init; } = new HashSet<OutageKind>();

    /// <summary>Whether a server that is gone looks like one that is silent.</summary>
    public bool IsDatagram { get; init; }

    public TimeSpan Retry { get; init; }

    public TimeSpan Timeout { get; init; }

    /// <summary>Whether the server was away since the last acknowledgement, and has been well for no longer than silence is borne.</summary>
    public bool WasTroubled => Trouble is not null && WellFor <= Timeout + ExitModel.Slack;

    /// <summary>Whether that is as long ago as trying was asked for. It was measured so that the sender can only have seen less.</summary>
    public bool TriedLongEnough => Trouble >= Retry;

    public bool WasAway => Kinds.Overlaps([OutageKind.Absent, OutageKind.Stopped, OutageKind.Killed]);

    public bool WasSilent => Kinds.Contains(OutageKind.Frozen);

    public override string ToString()
    {
        string acknowledged = AllAcknowledged ? "all" : SomeAcknowledged ? "some" : "nothing";
        string trouble = Trouble is not { } time ? "no trouble" : string.Create(
            CultureInfo.InvariantCulture,
            $"trouble for {time.TotalSeconds:0.00} s ({string.Join(", ", Kinds.Order())}), server well for {WellFor.TotalSeconds:0.00} s");
        return $"exit {Code}; input {(InputEnded ? "ended" : "open")}, {acknowledged} acknowledged, {trouble}, "
            + $"--retry {Retry.TotalSeconds}s, --timeout {Timeout.TotalSeconds}s"
            + $"{(IsShared ? ", shared id" : string.Empty)}{(IsDiskLimited ? ", limited disk" : string.Empty)}";
    }
}

/// <summary>
/// The model of docs/protocols/messages.md section 5 as a table: each exit code of <c>aldis send</c> and all that may explain it. This is
/// the one place to change with it.
/// </summary>
internal static class ExitModel
{
    /// <summary>What a busy machine may take for a reconnection that was due.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(3);

    private static readonly (int Code, string Meaning, Func<ExitFacts, bool> Explains)[] Rules =
    [
        (ExitCode.Confirmed, "all that was given is acknowledged", facts => facts.InputEnded && facts.AllAcknowledged),
        (ExitCode.NetworkError, "given up without a connection", facts => GaveUp(facts) && (facts.WasAway || facts.IsDatagram)),
        (ExitCode.UsageOrLocalError, "the outbox has no room", facts => facts.IsDiskLimited),
        (ExitCode.Timeout, "given up on a silent server", facts => GaveUp(facts) && (facts.WasSilent || facts.IsDatagram)),
        (ExitCode.Refused, "superseded or in conflict with the other sender", facts => facts.IsShared),
        (ExitCode.Refused, "given up on a full server", facts => GaveUp(facts) && facts.Kinds.Contains(OutageKind.Full)),
        (ExitCode.PartlyConfirmed, "given up after some was acknowledged",
            facts => GaveUp(facts) && facts.SomeAcknowledged && !(facts.InputEnded && facts.AllAcknowledged)),
        (ExitCode.Interrupted, "SIGINT", facts => facts.Signal == "INT"),
        (ExitCode.Terminated, "SIGTERM", facts => facts.Signal == "TERM"),
        (128 + 9, "SIGKILL", facts => facts.Signal == "KILL"),
    ];

    /// <summary>Judges an exit code.</summary>
    /// <returns>Null where something explains it.</returns>
    public static EdgeFault? Judge(ExitFacts facts)
    {
        if (Rules.Any(rule => rule.Code == facts.Code && rule.Explains(facts)))
        {
            return null;
        }

        bool wasEarly = facts.WasTroubled && !facts.TriedLongEnough
            && Rules.Any(rule => rule.Code == facts.Code && rule.Explains(facts with { Trouble = facts.Retry }));
        IEnumerable<string> meanings = Rules.Where(rule => rule.Code == facts.Code).Select(rule => rule.Meaning).DefaultIfEmpty("nothing");
        return wasEarly
            ? new EdgeFault("early", $"gave up before --retry was over: {facts}")
            : new EdgeFault("exit", $"{facts}; this code means: {string.Join(", or: ", meanings)}");
    }

    private static bool GaveUp(ExitFacts facts) => facts.WasTroubled && facts.TriedLongEnough;
}
