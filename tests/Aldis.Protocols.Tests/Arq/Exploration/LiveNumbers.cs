using System.Linq.Expressions;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Receiving;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Streams;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// The packet numbers of one sender whose acknowledgement it would still look at: from the oldest it keeps to the next it will use,
/// without those acknowledged already. All others mean the same, nothing; of these only the distance to the next counts.
/// </summary>
internal readonly struct LiveNumbers
{
    private static readonly Func<FixedFrameSender, long> Base = Field<FixedFrameSender, long>("_base");
    private static readonly Func<FixedFrameSender, long> NextFrame = Field<FixedFrameSender, long>("_next");
    private static readonly Func<FixedFrameSender, long> BaseNumber = FixedFrame("PacketNumber");
    private static readonly Func<SelectiveRepeatSender, RangeSet> Acknowledged = Field<SelectiveRepeatSender, RangeSet>("_acknowledged");
    private static readonly Func<FrameTimerSender, RangeSet> Named = Field<FrameTimerSender, RangeSet>("_named");
    private static readonly Func<AckState, RangeSet> Received = Field<AckState, RangeSet>("_numbers");

    private readonly ulong _bits;
    private readonly ulong _received;

    /// <summary>Those of a connection's sender.</summary>
    public LiveNumbers(ArqConnection connection, ArqConnection peer)
    {
        if (connection.Established is not { } established || connection.State is ConnectionState.Closed or ConnectionState.Reset)
        {
            return;
        }

        Next = established.Core.Packets.Next;
        Low = established.Core.Packets.Tail;
        if (established.Strategy is FixedFrameSender frames)
        {
            // Only the report of a gap compares numbers; else they name a round trip, and times do not count, or a probe, and none is
            // sent.
            bool comparesWithOldest = connection.Options.RejectRewinds && Base(frames) < NextFrame(frames);
            Low = comparesWithOldest ? BaseNumber(frames) : Next;
            _bits = WaitingDatagram.BitsBelow(Next) & ~WaitingDatagram.BitsBelow(Low);
            return;
        }

        ulong acknowledged = BitsOf(established.Strategy is FrameTimerSender timers
            ? Named(timers) : Acknowledged((SelectiveRepeatSender)established.Strategy));
        _bits = WaitingDatagram.BitsBelow(Next) & ~WaitingDatagram.BitsBelow(Low) & ~acknowledged;

        bool remembers = peer.State is not (ConnectionState.Closed or ConnectionState.Reset);
        _received = remembers && peer.Established?.Acks is { } acks ? BitsOf(Received(acks)) : 0;
    }

    public long Low { get; }

    public long Next { get; }

    /// <summary>The live ones among those the peer has received, as bits from <see cref="Low"/> on.</summary>
    public long ReceivedBits => (long)((_bits & _received) >> (int)Low);

    /// <summary>Those of a connection that may not exist yet; a client whose server does not exist yet was as little understood as by
    /// itself.</summary>
    public static LiveNumbers Of(ArqConnection? connection, ArqConnection? peer) =>
        connection is null ? default : new LiveNumbers(connection, peer ?? connection);

    /// <summary>A number as a distance, or 0 if it is not live.</summary>
    public long Relative(long number) => IsLive(number) ? number - Next : 0;

    /// <summary>The live ones among those that an acknowledgement names, as bits from <see cref="Low"/> on.</summary>
    public long NamedBy(WaitingDatagram ack) => (long)((ack.Numbers & _bits) >> (int)Low);

    /// <summary>Whether a number is live and the peer has not received it.</summary>
    public bool IsMissing(long number) => IsLive(number) && ((_received >> (int)number) & 1) == 0;

    /// <summary>Reads a private field.</summary>
    public static Func<T, TField> Field<T, TField>(string name)
    {
        ParameterExpression value = Expression.Parameter(typeof(T));
        return Expression.Lambda<Func<T, TField>>(Expression.Field(value, name), value).Compile();
    }

    private static ulong BitsOf(RangeSet ranges)
    {
        ulong bits = 0;
        for (int i = 0; i < ranges.Count; i++)
        {
            bits |= WaitingDatagram.BitsBelow(ranges[i].End) & ~WaitingDatagram.BitsBelow(ranges[i].Start);
        }

        return bits;
    }

    private static Func<FixedFrameSender, long> FixedFrame(string name)
    {
        ParameterExpression sender = Expression.Parameter(typeof(FixedFrameSender));
        Expression frames = Expression.Field(sender, "_frames");
        Expression mask = Expression.Convert(Expression.Subtract(Expression.ArrayLength(frames), Expression.Constant(1)), typeof(long));
        Expression index = Expression.Convert(Expression.And(Expression.Field(sender, "_base"), mask), typeof(int));
        return Expression.Lambda<Func<FixedFrameSender, long>>(
            Expression.Field(Expression.ArrayIndex(frames, index), name), sender).Compile();
    }

    private bool IsLive(long number) => number is >= 0 and < 64 && ((_bits >> (int)number) & 1) != 0;
}
