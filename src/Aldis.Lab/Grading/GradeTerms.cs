using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Grading;

/// <summary>What a trace is judged by.</summary>
internal sealed record GradeTerms
{
    /// <summary>The most bits that number a frame.</summary>
    public const int MostNumberBits = 16;

    /// <summary>The strategy that was to be followed.</summary>
    public required ArqMode Strategy { get; init; }

    /// <summary>Frames that may be unacknowledged; 1 for stop-and-wait.</summary>
    public required int Window { get; init; }

    /// <summary>Frames of the whole, or null where nobody says.</summary>
    public long? Frames { get; init; }

    /// <summary>The time-out in nanoseconds, or null where nobody says: then a timer is due when the trace says that it fired.</summary>
    public long? TimeoutNanoseconds { get; init; }

    /// <summary>Bits of the numbers of frames, which begin again at 0 then; null for numbers that never do.</summary>
    public int? NumberBits { get; init; }

    /// <summary>Whose rules are judged.</summary>
    public GradedSides Sides { get; init; } = GradedSides.Both;

    /// <summary>Whether the trace tells of the receiver too.</summary>
    public bool HasReceiver { get; init; } = true;

    /// <summary>Whether the one who is judged runs on a machine of his own: what he does is seen a little later, and what reaches him he
    /// learns a little later. He is given half a time-out to learn of it, and three copies of a frame to answer one.</summary>
    public bool IsLive { get; init; }

    /// <summary>How long after the arrival of something its receiver may not have known of it, in nanoseconds.</summary>
    public long GraceNanoseconds => IsLive ? (TimeoutNanoseconds ?? 0) / 2 : 0;

    /// <summary>The largest window with which no number stands for two frames.</summary>
    public long LargestWindow => NumberBits is not int bits ? long.MaxValue
        : SequenceNumbers.Of(new LabSettings { Strategy = Strategy, Window = Window, SequenceBits = bits })!.LargestSafeWindow;
}
