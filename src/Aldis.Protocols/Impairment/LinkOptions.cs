using System.Runtime.CompilerServices;

namespace Aldis.Protocols.Impairment;

/// <summary>
/// One direction of a network path: rate, delay, queue and faults. Everything is off by default: the default link delivers every
/// datagram at once. Probabilities are from 0 to 1 and apply to each datagram by itself; times are nanoseconds.
/// </summary>
internal sealed record LinkOptions
{
    /// <summary>Largest time that a link accepts for delays: one day.</summary>
    public const long MaximumDelayNanoseconds = 86_400_000_000_000;

    /// <summary>Bits per second that leave the queue; 0 is without limit, otherwise at most 10¹².</summary>
    public long BitsPerSecond { get; init; }

    /// <summary>Propagation, one way.</summary>
    public long DelayNanoseconds { get; init; }

    /// <summary>A further delay, drawn for each datagram. It never lets one datagram overtake another.</summary>
    public long JitterNanoseconds { get; init; }

    /// <summary>How that is drawn.</summary>
    public JitterDistribution JitterDistribution { get; init; }

    /// <summary>Bytes that may wait for the rate, overhead included; a datagram that does not fit is dropped (tail drop). 0 is without
    /// limit. A link that is idle takes any datagram.</summary>
    public long QueueBytes { get; init; }

    /// <summary>Bytes that each datagram uses on the link beyond its own: 28 for UDP over IPv4.</summary>
    public int OverheadBytes { get; init; }

    /// <summary>Longest datagram that is carried, without overhead; 0 is without limit.</summary>
    public int MaximumDatagramBytes { get; init; }

    /// <summary>Whether everything is lost before it uses the rate.</summary>
    public bool IsCut { get; init; }

    /// <summary>Independent loss, behind the queue: a lost datagram has used the link.</summary>
    public double Loss { get; init; }

    /// <summary>Loss in bursts, beside <see cref="Loss"/>; null is none.</summary>
    public GilbertElliottLoss? BurstLoss { get; init; }

    /// <summary>Delivered twice.</summary>
    public double Duplicate { get; init; }

    /// <summary>The second copy comes later than the first by an even draw from 0 to this.</summary>
    public long DuplicateDelayNanoseconds { get; init; }

    /// <summary>Held back, so that later datagrams overtake it.</summary>
    public double Reorder { get; init; }

    /// <summary>A datagram held back comes later by an even draw from 1 to this; must be positive if <see cref="Reorder"/> is.</summary>
    public long ReorderDelayNanoseconds { get; init; }

    /// <summary>One to eight bits flipped, in each copy by itself.</summary>
    public double BitFlip { get; init; }

    /// <summary>The end cut off at an evenly drawn place, in each copy by itself.</summary>
    public double Truncate { get; init; }

    /// <summary>Times in which everything handed to the link is lost before it uses the rate.</summary>
    public IReadOnlyList<BlackholeWindow> Blackholes { get; init; } = [];

    /// <summary>Numbers of datagrams, counted from 0 as they are handed to the link, that are lost for certain.</summary>
    public IReadOnlySet<long> DroppedDatagrams { get; init; } = new HashSet<long>();

    /// <summary>The time that a datagram needs to leave the queue, rounded down to whole nanoseconds.</summary>
    /// <param name="datagramBytes">Its length without overhead.</param>
    /// <returns>Nanoseconds; 0 without a rate.</returns>
    public long SerializationNanoseconds(int datagramBytes) =>
        BitsPerSecond == 0 ? 0 : (long)((UInt128)(datagramBytes + OverheadBytes) * 8_000_000_000 / (UInt128)BitsPerSecond);

    /// <summary>Refuses what no link can be.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range; the message names it.</exception>
    public void Validate()
    {
        RequireRange(BitsPerSecond, 0, 1_000_000_000_000);
        RequireRange(DelayNanoseconds, 0, MaximumDelayNanoseconds);
        RequireRange(JitterNanoseconds, 0, MaximumDelayNanoseconds);
        RequireRange(DuplicateDelayNanoseconds, 0, MaximumDelayNanoseconds);
        RequireRange(ReorderDelayNanoseconds, Reorder > 0 ? 1 : 0, MaximumDelayNanoseconds);
        RequireRange(QueueBytes, 0, long.MaxValue / 2);
        RequireRange(OverheadBytes, 0, ushort.MaxValue);
        RequireRange(MaximumDatagramBytes, 0, int.MaxValue / 2);
        RequireProbability(Loss);
        RequireProbability(Duplicate);
        RequireProbability(Reorder);
        RequireProbability(BitFlip);
        RequireProbability(Truncate);
        BurstLoss?.Validate();
        foreach (BlackholeWindow window in Blackholes)
        {
            RequireRange(window.EndNanoseconds, window.StartNanoseconds + 1, long.MaxValue);
        }
    }

    internal static void RequireProbability(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0 && value <= 1))
        {
            throw new ArgumentOutOfRangeException(name, value, "A probability is from 0 to 1.");
        }
    }

    internal static void RequireRange(
        long value, long minimum, long maximum, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < minimum || value > maximum)
        {
            throw new ArgumentOutOfRangeException(name, value, $"From {minimum} to {maximum}.");
        }
    }
}
