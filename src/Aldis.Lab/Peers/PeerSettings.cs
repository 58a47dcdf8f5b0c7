using Aldis.Lab.Experiments;
using Aldis.Lab.Grading;

namespace Aldis.Lab.Peers;

/// <summary>A run with somebody's own program at one side.</summary>
/// <param name="Lab">Strategy, window and link; with its time-out, which is not 0. Frames and their size are those that the laboratory
/// sends.</param>
/// <param name="Peer">Which side the program is: one of them.</param>
internal sealed record PeerSettings(LabSettings Lab, GradedSides Peer)
{
    private const long LeastSilenceNs = 1_500_000_000;
    private const long LeastPatienceNs = 4_000_000_000;

    /// <summary>Time that a program may say nothing before the run is over: six time-outs, 1.5 s at least.</summary>
    public long SilenceNanoseconds => Math.Max(LeastSilenceNs, 6 * Lab.TimeoutNanoseconds);

    /// <summary>Time without progress before the run is over: twenty time-outs, 4 s at least.</summary>
    public long PatienceNanoseconds => Math.Max(LeastPatienceNs, 20 * Lab.TimeoutNanoseconds);

    /// <summary>What the program is judged by.</summary>
    public GradeTerms Terms => new()
    {
        Strategy = Lab.Strategy,
        Window = Lab.WindowFrames,
        Frames = Peer == GradedSides.Receiver ? Lab.Frames + 1 : null, // and the last, which is empty
        TimeoutNanoseconds = Lab.TimeoutNanoseconds,
        NumberBits = Lab.SequenceBits,
        Sides = Peer,
        IsLive = true,
    };
}
