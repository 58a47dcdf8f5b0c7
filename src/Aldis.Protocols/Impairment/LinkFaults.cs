using System.Runtime.CompilerServices;

namespace Aldis.Protocols.Impairment;

/// <summary>
/// What a bad network does in one direction, to datagrams and to streams. Everything is off by default. Probabilities are from 0 to
/// 1, times from zero to a day. Each client of a relay, and each connection, has a link of its own: a rate is the rate of each.
/// </summary>
/// <remarks>
/// Of a stream no byte is ever dropped, repeated or swapped with another, because TCP would not either: there <see cref="Loss"/>
/// costs the time that a retransmission takes, and <see cref="Duplicate"/>, <see cref="Reorder"/>, <see cref="Truncate"/> and
/// <see cref="MaximumDatagramBytes"/> mean nothing. What falls upon each datagram falls there upon each piece of at most
/// <see cref="SegmentBytes"/> that arrives.
/// </remarks>
public sealed record LinkFaults
{
    /// <summary>Bytes of a piece of a stream that one decision is for: what a TCP segment carries on Ethernet (RFC 879).</summary>
    public const int SegmentBytes = 1_460;

    /// <summary>A link that does nothing.</summary>
    public static LinkFaults None { get; } = new();

    /// <summary>The share of datagrams that are lost, each by itself. On a stream, of pieces that come <see cref="RetransmissionDelay"/>
    /// later.</summary>
    public double Loss { get; init; }

    /// <summary>Loss in bursts, beside <see cref="Loss"/>; none where null.</summary>
    public GilbertElliottLoss? BurstLoss { get; init; }

    /// <summary>What the loss of a piece of a stream costs: by default 200 ms, the shortest retransmission time-out of Linux.</summary>
    public TimeSpan RetransmissionDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How much later everything arrives.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How far the delay varies; it never lets one datagram overtake another.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>How <see cref="Jitter"/> is spread.</summary>
    public JitterDistribution JitterDistribution { get; init; }

    /// <summary>Bits a second that pass, at most 10¹²; any number where 0.</summary>
    public long BitsPerSecond { get; init; }

    /// <summary>Bytes that may wait for <see cref="BitsPerSecond"/>: a datagram that finds more waiting is dropped, a stream is held
    /// back. As many as the relay holds where 0.</summary>
    public long QueueBytes { get; init; }

    /// <summary>The share of datagrams, or pieces of a stream, in which one to eight bits are flipped.</summary>
    public double Corrupt { get; init; }

    /// <summary>The share of datagrams whose end is cut off, at an evenly drawn place.</summary>
    public double Truncate { get; init; }

    /// <summary>Whether the cable is pulled: datagrams are dropped, and streams wait.</summary>
    public bool IsCut { get; init; }

    /// <summary>The share of datagrams that arrive twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>The share of datagrams that are held back, so that later ones overtake them.</summary>
    public double Reorder { get; init; }

    /// <summary>The most that such a datagram is held back, drawn evenly; more than nothing.</summary>
    public TimeSpan ReorderDelay { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The most that the second of two copies comes behind the first, drawn evenly.</summary>
    public TimeSpan DuplicateDelay { get; init; }

    /// <summary>The longest datagram that passes, in bytes of payload; any where 0.</summary>
    public int MaximumDatagramBytes { get; init; }

    /// <summary>How long a new connection waits before the target hears of it; the longer of both directions counts.</summary>
    public TimeSpan OpenDelay { get; init; }

    /// <summary>How much later than its last byte the end of a stream arrives.</summary>
    public TimeSpan CloseDelay { get; init; }

    /// <summary>Whether new connections are refused; what clients there are of datagrams is not asked.</summary>
    public bool IsRefusing { get; init; }

    /// <summary>Bytes that a stream is handed on in at a time; as they come where 0.</summary>
    public int SliceBytes { get; init; }

    /// <summary>How far a slice is longer or shorter than <see cref="SliceBytes"/>, drawn evenly; less than that.</summary>
    public int SliceVariationBytes { get; init; }

    /// <summary>The time between two slices.</summary>
    public TimeSpan SliceDelay { get; init; }

    /// <summary>Where streams break. The first that comes is the one that counts, but for a stall, which a later break ends.</summary>
    public IReadOnlyList<StreamBreak> Breaks { get; init; } = [];

    /// <summary>Both after one another: shares of loss, corruption and the like meet by chance, times add up, and the narrower rate,
    /// queue, length and slice counts.</summary>
    /// <param name="other">Comes behind. Of two bursts, two ways to spread the jitter and the like its own counts, where it has
    /// one.</param>
    /// <returns>What both do together.</returns>
    public LinkFaults Then(LinkFaults other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LinkFaults slicing = other.SliceBytes != 0 && (SliceBytes == 0 || other.SliceBytes < SliceBytes) ? other : this;
        return new LinkFaults
        {
            Loss = Either(Loss, other.Loss),
            BurstLoss = other.BurstLoss ?? BurstLoss,
            RetransmissionDelay = other.Loss > 0 || other.BurstLoss is not null ? other.RetransmissionDelay : RetransmissionDelay,
            Delay = Delay + other.Delay,
            Jitter = Jitter + other.Jitter,
            JitterDistribution = other.Jitter > TimeSpan.Zero ? other.JitterDistribution : JitterDistribution,
            BitsPerSecond = Narrower(BitsPerSecond, other.BitsPerSecond),
            QueueBytes = Narrower(QueueBytes, other.QueueBytes),
            Corrupt = Either(Corrupt, other.Corrupt),
            Truncate = Either(Truncate, other.Truncate),
            IsCut = IsCut || other.IsCut,
            Duplicate = Either(Duplicate, other.Duplicate),
            Reorder = Either(Reorder, other.Reorder),
            DuplicateDelay = other.Duplicate > 0 ? other.DuplicateDelay : DuplicateDelay,
            ReorderDelay = other.Reorder > 0 ? other.ReorderDelay : ReorderDelay,
            MaximumDatagramBytes = (int)Narrower(MaximumDatagramBytes, other.MaximumDatagramBytes),
            OpenDelay = OpenDelay + other.OpenDelay,
            CloseDelay = CloseDelay + other.CloseDelay,
            IsRefusing = IsRefusing || other.IsRefusing,
            SliceBytes = slicing.SliceBytes,
            SliceVariationBytes = slicing.SliceVariationBytes,
            SliceDelay = SliceDelay + other.SliceDelay,
            Breaks = [.. Breaks, .. other.Breaks],
        };
    }

    /// <summary>Refuses what no link can be.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range; the message names it.</exception>
    public void Validate()
    {
        LinkOptions.RequireProbability(Loss);
        LinkOptions.RequireProbability(Corrupt);
        LinkOptions.RequireProbability(Truncate);
        LinkOptions.RequireProbability(Duplicate);
        LinkOptions.RequireProbability(Reorder);
        BurstLoss?.Validate();
        RequireTime(RetransmissionDelay);
        RequireTime(Delay);
        RequireTime(Jitter);
        RequireTime(DuplicateDelay);
        RequireTime(OpenDelay);
        RequireTime(CloseDelay);
        RequireTime(SliceDelay);
        LinkOptions.RequireRange(BitsPerSecond, 0, 1_000_000_000_000);
        LinkOptions.RequireRange(QueueBytes, 0, long.MaxValue / 2);
        LinkOptions.RequireRange(MaximumDatagramBytes, 0, int.MaxValue / 2);
        LinkOptions.RequireRange(SliceBytes, 0, int.MaxValue / 2);
        LinkOptions.RequireRange(SliceVariationBytes, 0, Math.Max(0, SliceBytes - 1));
        LinkOptions.RequireRange((long)JitterDistribution, 0, (long)JitterDistribution.Pareto, nameof(JitterDistribution));
        LinkOptions.RequireRange(ReorderDelay.Ticks, Reorder > 0 ? 1 : 0, TimeSpan.TicksPerDay, nameof(ReorderDelay));
        foreach (StreamBreak broken in Breaks)
        {
            broken.Validate();
        }
    }

    /// <summary>What all this is for a link of datagrams.</summary>
    /// <returns>The options of a link.</returns>
    internal LinkOptions ForDatagrams() => new()
    {
        BitsPerSecond = BitsPerSecond,
        DelayNanoseconds = Nanoseconds(Delay),
        JitterNanoseconds = Nanoseconds(Jitter),
        JitterDistribution = JitterDistribution,
        QueueBytes = QueueBytes,
        MaximumDatagramBytes = MaximumDatagramBytes,
        IsCut = IsCut,
        Loss = Loss,
        BurstLoss = BurstLoss,
        Duplicate = Duplicate,
        DuplicateDelayNanoseconds = Nanoseconds(DuplicateDelay),
        Reorder = Reorder,
        ReorderDelayNanoseconds = Nanoseconds(ReorderDelay),
        BitFlip = Corrupt,
        Truncate = Truncate,
    };

    internal static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    internal static void RequireTime(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < TimeSpan.Zero || value > TimeSpan.FromDays(1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A time from zero to a day.");
        }
    }

    private static double Either(double one, double other) => 1 - ((1 - one) * (1 - other));

    private static long Narrower(long one, long other) => one == 0 ? other : other == 0 ? one : Math.Min(one, other);
}
