using System.Runtime.CompilerServices;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Theory;
using Aldis.Protocols.Impairment;

namespace Aldis.Lab.Experiments;

/// <summary>
/// One experiment: a strategy, what it carries, and the link. A run is a function of these and of the payload. Probabilities are from
/// 0 to 1, apply to each datagram by itself, and only after the opening exchange.
/// </summary>
public sealed record LabSettings
{
    /// <summary>The most frames of a run.</summary>
    public const long MostFrames = 10_000_000;

    /// <summary>The largest payload of a frame: a datagram of 65,507 bytes less the header.</summary>
    public const int LargestFrameSize = 65_479;

    /// <summary>The most frames of a window.</summary>
    public const int LargestWindow = 65_536;

    /// <summary>The longest delay one way and the longest fixed time-out: one hour, in nanoseconds.</summary>
    public const long LongestTimeNanoseconds = 3_600_000_000_000;

    /// <summary>The lowest and the highest rate of the link, in bits per second.</summary>
    public const long LowestBitsPerSecond = 1_000;

    /// <inheritdoc cref="LowestBitsPerSecond"/>
    public const long HighestBitsPerSecond = 1_000_000_000_000;

    /// <summary>Bytes of everything but payload in a frame of <c>arq://</c> on the link: 28 of its own, 28 of UDP and IPv4.</summary>
    public const int HeaderSizeByDefault = LinkGeometry.DataHeaderBytes;

    private const int WindowByDefault = 8;

    /// <summary>How what is lost is found and repeated.</summary>
    public ArqMode Strategy { get; init; } = ArqMode.StopAndWait;

    /// <summary>Frames to send, 1 to <see cref="MostFrames"/>.</summary>
    public long Frames { get; init; } = 20;

    /// <summary>Payload bytes of a frame, 1 to <see cref="LargestFrameSize"/>.</summary>
    public int FrameSize { get; init; } = 1024;

    /// <summary>Bytes of everything but payload in a frame on the link, 0 to 65,535.</summary>
    public int HeaderSize { get; init; } = HeaderSizeByDefault;

    /// <summary>Bytes of an acknowledgement on the link, 0 to 65,535; null: those that <c>arq://</c> needs, 81 and for selective repeat a
    /// few more.</summary>
    public int? AcknowledgementSize { get; init; }

    /// <summary>Time from the arrival of a frame to the departure of its acknowledgement, in nanoseconds. The receiver works on several at
    /// a time, so that it makes the way back longer and nothing else.</summary>
    public long ProcessingNanoseconds { get; init; }

    /// <summary>Payload bytes in all, if the last frame is not full; null: every frame is.</summary>
    public long? TotalBytes { get; init; }

    /// <summary>Frames that may be unacknowledged, 1 to <see cref="LargestWindow"/>, for stop-and-wait 1 alone; null: 1 for stop-and-wait,
    /// 8 for the others.</summary>
    public int? Window { get; init; }

    /// <summary>Bits of a frame number, 0 to 32, so that frames whose numbers are equal modulo 2^bits cannot be told apart; null: as many
    /// as it takes. With them every frame is full.</summary>
    public int? SequenceBits { get; init; }

    /// <summary>Bits per second of each direction, headers included.</summary>
    public long BitsPerSecond { get; init; } = 10_000_000;

    /// <summary>Propagation one way, in nanoseconds.</summary>
    public long DelayNanoseconds { get; init; } = 50_000_000;

    /// <summary>Share of data datagrams that the link loses.</summary>
    public double Loss { get; init; } = 0.1;

    /// <summary>Share of acknowledgements that the link loses; null: as <see cref="Loss"/>.</summary>
    public double? AcknowledgementLoss { get; init; }

    /// <summary>Transmissions that the link loses for certain: #1 is the first, whichever frame it carries.</summary>
    public IReadOnlyList<long> KilledTransmissions { get; init; } = [];

    /// <summary>Acknowledgements that the link loses for certain, counted from 1 as they leave.</summary>
    public IReadOnlyList<long> KilledAcknowledgements { get; init; } = [];

    /// <summary>Share of datagrams, each way, in which bits are flipped.</summary>
    public double Corrupt { get; init; }

    /// <summary>Share of datagrams, each way, that the link delivers twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>Share of datagrams, each way, that the link holds back, so that later ones overtake them.</summary>
    public double Reorder { get; init; }

    /// <summary>The time-out in nanoseconds, not longer than <see cref="LongestTimeNanoseconds"/>; 0 measures the round trip and adapts.
    /// There is no back-off. In selective repeat each frame has a timer of its own.</summary>
    public long TimeoutNanoseconds { get; init; }

    /// <summary>Go-back-N: whether each acknowledgement that moves the window starts the timer anew, as in a common textbook; if not, the
    /// timer runs from the transmission of the oldest frame. Neither of the others has such a choice.</summary>
    public bool RestartsTimer { get; init; }

    /// <summary>Decides every draw.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>Selective repeat: what an acknowledgement says. Those of the other strategies say what comes next.</summary>
    internal AnswerKind Answers { get; init; }

    /// <summary>What happens for certain; or null.</summary>
    internal LabScene? Scene { get; init; }

    /// <summary>Whether it was said what happens to some datagram.</summary>
    internal bool HasChosenFates => KilledTransmissions.Count + KilledAcknowledgements.Count
        + (Scene?.Transmissions.Count ?? 0) + (Scene?.Acknowledgements.Count ?? 0) > 0;

    /// <summary>Frames that may be unacknowledged, decided.</summary>
    public int WindowFrames => Window ?? (Strategy == ArqMode.StopAndWait ? 1 : WindowByDefault);

    /// <summary>Share of acknowledgements lost, decided.</summary>
    public double ReplyLoss => AcknowledgementLoss ?? Loss;

    /// <summary>Payload bytes of the whole run.</summary>
    public long PayloadBytes => TotalBytes ?? (Frames * FrameSize);

    /// <summary>Makes a builder of the ladder of a run.</summary>
    /// <param name="output">Takes its steps.</param>
    internal LadderBuilder LadderTo(ILadderOutput output) =>
        new(LadderView.Everything, FrameSize, output, SequenceNumbers.Of(this)?.Count ?? 0, Answers);

    /// <summary>Refuses what cannot be run.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    public void Validate()
    {
        Require(Frames, 1, MostFrames);
        Require(FrameSize, 1, LargestFrameSize);
        Require(BitsPerSecond, LowestBitsPerSecond, HighestBitsPerSecond);
        Require(DelayNanoseconds, 0, LongestTimeNanoseconds);
        Require(TimeoutNanoseconds, 0, LongestTimeNanoseconds);
        Require(ProcessingNanoseconds, 0, LongestTimeNanoseconds);
        Require(HeaderSize, 0, ushort.MaxValue);
        Require(AcknowledgementSize ?? 0, 0, ushort.MaxValue, nameof(AcknowledgementSize));
        foreach (long number in KilledTransmissions.Concat(KilledAcknowledgements))
        {
            Require(number, 1, long.MaxValue);
        }

        if (Scene is { Writings: { Count: > 0 } writings })
        {
            Require(writings.Sum(static writing => writing.Frames), Frames, Frames, nameof(Scene));
        }

        LinkOptions.RequireProbability(Loss);
        LinkOptions.RequireProbability(ReplyLoss);
        LinkOptions.RequireProbability(Corrupt);
        LinkOptions.RequireProbability(Duplicate);
        LinkOptions.RequireProbability(Reorder);
        Require(WindowFrames, 1, Strategy == ArqMode.StopAndWait ? 1 : LargestWindow);
        Require(RestartsTimer ? 1 : 0, 0, Strategy == ArqMode.GoBackN ? 1 : 0, nameof(RestartsTimer));
        Require((long)Answers, 0, Strategy == ArqMode.SelectiveRepeat ? (long)AnswerKind.Cumulative : 0, nameof(Answers));
        Require(SequenceBits ?? 0, 0, SequenceNumbers.MostBits, nameof(SequenceBits));
        Require(PayloadBytes, ((Frames - 1) * FrameSize) + (TextbookEnds.Stand(this) ? FrameSize : 1), Frames * FrameSize);
    }

    private static void Require(long value, long minimum, long maximum, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < minimum || value > maximum)
        {
            throw new ArgumentOutOfRangeException(name, value, $"From {minimum} to {maximum}.");
        }
    }
}
