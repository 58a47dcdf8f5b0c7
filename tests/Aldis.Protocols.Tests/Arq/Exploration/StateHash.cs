using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Numerics;
using System.Reflection;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Endpoint;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Streams;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// One number for everything that decides what a connection does next: all fields, deep, unless <see cref="Meanings"/> says that a
/// field decides nothing. Packet numbers count by their distance from the sender's next one, times by their distance from now.
/// </summary>
internal sealed class StateHash
{
    /// <summary>Packet numbers stay below this, so that no number is left out on purpose and no acknowledgement is forgotten: what
    /// those rules keep is not part of the hash.</summary>
    private const long FewNumbers = 33;

    private const ulong Seed = 0x243F6A8885A308D3;
    private const long EpochWidth = 100_000_000_000_000;

    private static readonly ConcurrentDictionary<Type, Action<object, StateHash>> Plans = new();
    private static readonly Func<ArqEndpoint, Tombstones> TombstonesOf = LiveNumbers.Field<ArqEndpoint, Tombstones>("_tombstones");

    private LiveNumbers _own;
    private long _nowNs;
    private bool _timesCount;
    private ulong _state;

    private enum Meaning
    {
        Value,
        Nothing,
        OwnNumber,
    }

    public ulong Value => _state;

    /// <summary>Fields that decide nothing within the explorer's bounds, and those that are packet numbers.</summary>
    private static Dictionary<string, Meaning> Meanings { get; } = new()
    {
        // The rest of the object graph, and what is counted or traced only.
        ["ArqEndpoint"] = Meaning.Nothing,
        ["ArqConnection"] = Meaning.Nothing,
        ["SelectiveRepeatSender.connection"] = Meaning.Nothing,
        ["ConnectionOptions"] = Meaning.Nothing,
        ["PathKey"] = Meaning.Nothing,
        ["Tracer"] = Meaning.Nothing,
        ["ConnectionCounters"] = Meaning.Nothing,
        ["StepCounter"] = Meaning.Nothing,
        ["LostCopies"] = Meaning.Nothing,
        ["SelectiveRepeatSender._lossCause"] = Meaning.Nothing,
        ["FixedFrameSender._rewindCause"] = Meaning.Nothing,
        ["FixedFrameSender._rewinds"] = Meaning.Nothing,
        ["ArqConnection.Tag"] = Meaning.Nothing,

        // Stored bytes: a position says which they are. Memory is not short.
        ["StreamBuffer"] = Meaning.Nothing,
        ["ChunkPool"] = Meaning.Nothing,

        // The fixed window of the laboratory takes no sample and paces nothing.
        ["ICongestionController"] = Meaning.Nothing,
        ["DeliveryRate"] = Meaning.Nothing,
        ["Pacer"] = Meaning.Nothing,

        // Nothing is drawn after the first packet: the first number to be left out lies beyond FewNumbers.
        ["IArqRandom"] = Meaning.Nothing,
        ["SelectiveRepeatSender._nextSkip"] = Meaning.Nothing,
        ["AckState._largestAtAck"] = Meaning.Nothing,

        // Where a deadline is filed is bookkeeping; when it comes is in the table of timers.
        ["ArqConnection.DeadlineSlot"] = Meaning.Nothing,
        ["ArqConnection.FiledDeadlineNs"] = Meaning.Nothing,

        // So little time passes that no silence counts and every delay of an acknowledgement rounds to nothing. When the last packet
        // left shows in the deadline.
        ["EstablishedConnection._lastHeardNs"] = Meaning.Nothing,
        ["EstablishedConnection._lastProgressNs"] = Meaning.Nothing,
        ["AckState._largestNs"] = Meaning.Nothing,
        ["SendCore.LastElicitingSentNs"] = Meaning.Nothing,

        // The newest acknowledgement alone measures a round trip, and only by a number larger than all acknowledged before. An end that
        // lives names ever larger numbers, so one that is not the newest measures nothing anyway; the answer of one that closed ends the
        // connection at the other end too. Answers do not wait between steps.
        ["AckState._serial"] = Meaning.Nothing,
        ["SendCore.LastAckSerial"] = Meaning.Nothing,
        ["AckState._pending"] = Meaning.Nothing,
        ["AckState._pendingHead"] = Meaning.Nothing,

        // Two dozen bytes never use up a credit of kilobytes, and the pace at which they come widens no window.
        ["SendStream.Limit"] = Meaning.Nothing,
        ["ReceiveStream.Limit"] = Meaning.Nothing,
        ["ReceiveStream._paceStartNs"] = Meaning.Nothing,
        ["ReceiveStream._paceStartOffset"] = Meaning.Nothing,

        // A shared network's back-off, its answer to long congestion and its search for the size of datagrams go by the time-outs in a
        // row; the laboratory has no back-off, a window that stays and frames of one size.
        ["SelectiveRepeatSender._probeTimeouts"] = Meaning.Nothing,
        ["FrameTimerSender._backsOffFrom"] = Meaning.Nothing,
        ["FrameTimerSender._olderTimer"] = Meaning.Nothing,
        ["DatagramSizer"] = Meaning.Nothing,

        // Whether the application was told that it can read; here it reads after every step.
        ["ArqConnection._isReadableTold"] = Meaning.Nothing,

        // Whether memory was given back.
        ["EstablishedConnection._isTrimmed"] = Meaning.Nothing,

        // When a cookie was baked and the first SYN left is known from the number that was granted and the timers that fired.
        ["ClientHandshake.startNs"] = Meaning.Nothing,
        ["ClientHandshake._firstSynNs"] = Meaning.Nothing,
        ["ClientHandshake._time"] = Meaning.Nothing,
        ["ClientHandshake._cookie"] = Meaning.Nothing,

        // Set anew before each look at it.
        ["ReceiveStream.MadeNewGap"] = Meaning.Nothing,

        // Hashed by methods of their own, or reached a second time.
        ["FixedFrameSender._frames"] = Meaning.Nothing,
        ["Frame.PacketNumber"] = Meaning.Nothing,
        ["Frame.SentNs"] = Meaning.Nothing,
        ["SendStrategy.Core"] = Meaning.Nothing,
        ["SendCore.Stream"] = Meaning.Nothing,

        ["FixedFrameSender._largestSampled"] = Meaning.Nothing,
        ["SelectiveRepeatSender._largestAcknowledged"] = Meaning.OwnNumber,
        ["SelectiveRepeatSender._acknowledged"] = Meaning.Nothing,
        ["FrameTimerSender._frames"] = Meaning.Nothing,
        ["FrameTimerSender._largestSampled"] = Meaning.OwnNumber,
        ["FrameTimerSender._named"] = Meaning.Nothing,
        ["AckState.Largest"] = Meaning.Nothing,
        ["AckState._numbers"] = Meaning.Nothing,
    };

    public void Begin() => _state = Seed;

    public void Add(long value)
    {
        ulong mixed = (_state ^ (ulong)value) * 0x9E3779B97F4A7C15;
        _state = BitOperations.RotateLeft(mixed ^ (mixed >> 32), 27) * 0xBF58476D1CE4E5B9;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Add((long)value);
        }
    }

    /// <summary>Adds all that decides what one end does next.</summary>
    public void Add(ArqEndpoint endpoint, ArqConnection connection, in LiveNumbers own, long nowNs)
    {
        _own = own;
        _nowNs = nowNs;
        _timesCount = connection.Options.Mode == ArqMode.SelectiveRepeat;
        if (connection.State is not (ConnectionState.Closed or ConnectionState.Reset))
        {
            AddObject(connection);
            return;
        }

        Add((long)connection.State);
        Add((long)connection.CloseCode);
        ref Tombstone memory = ref TombstonesOf(endpoint).Find(connection.Id);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref memory))
        {
            // Not whether it has been asked for as many bytes as it would answer: an answer that is not given is one that got lost.
            Add(memory.Cumulative);
            Add(memory.ExpiresNs - nowNs);
        }
    }

    /// <summary>Adds a value; a time as its distance from now, or, where only one timer can fire, as being set.</summary>
    public void AddValue(long value)
    {
        bool isTime = Math.Abs(value - _nowNs) < EpochWidth;
        Add(!isTime ? value : _timesCount ? value - _nowNs : 1);
    }

    /// <summary>Adds a number that others are compared with.</summary>
    public void AddOwn(long number) => Add(Math.Max(number, _own.Low - 1) - _own.Next);

    public void AddObject(object? value)
    {
        if (value is null)
        {
            Add(-1);
            return;
        }

        Plans.GetOrAdd(value.GetType(), static type => Compile(type))(value, this);
    }

    public void AddRanges(RangeSet ranges)
    {
        Add(ranges.Count);
        for (int i = 0; i < ranges.Count; i++)
        {
            Add(ranges[i].Start);
            Add(ranges[i].End);
        }
    }

    /// <summary>Adds the timers that the explorer fires. The others end a silence of minutes, which does not pass.</summary>
    public void AddTimers(TimerTable timers)
    {
        for (var kind = TimerKind.Handshake; kind < TimerKind.Idle; kind++)
        {
            AddValue(timers[kind]);
        }
    }

    /// <summary>Stop-and-wait and go-back-N have one timer, which fires whatever its deadline is; of the two of selective repeat the
    /// nearer fires.</summary>
    public void AddRoundTrip(RoundTripEstimator roundTrip)
    {
        if (_timesCount)
        {
            Add(roundTrip.HasSample ? 1 : 0);
            Add(roundTrip.SmoothedNs);
            Add(roundTrip.VariationNs);
            Add(roundTrip.MinimumNs / 4);
            Add(Math.Max(roundTrip.SmoothedNs, roundTrip.LatestNs));
        }
    }

    /// <summary>Adds the transmissions whose fate is open, or that were given up and might be acknowledged after all.</summary>
    public void AddPackets(SentPackets packets)
    {
        if (packets.Next >= FewNumbers)
        {
            throw new InvalidOperationException($"{packets.Next} packet numbers: the bounds are too wide for what the hash leaves out");
        }

        Add(packets.BytesInFlight);
        Add(packets.OutstandingCount);
        Add(packets.OldestOutstanding - packets.Next);
        for (long number = Math.Max(packets.Tail, Math.Min(packets.OldestOutstanding, _own.Low)); number < packets.Next; number++)
        {
            ref SentPacket packet = ref packets[number];
            Add((long)packet.State);
            if (packet.State is SentPacketState.Outstanding or SentPacketState.Lost)
            {
                AddValue(packet.SentNs);
                Add(packet.Offset);
                Add(packet.Length);
                Add(packet.Size);
                Add((packet.IsFin ? 1 : 0) | (packet.IsProbe ? 2 : 0) | ((int)packet.Probe << 2));
            }
        }
    }

    private static Meaning MeaningOf(FieldInfo field)
    {
        string name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
        return Meanings.TryGetValue($"{field.DeclaringType!.Name}.{name}", out Meaning meaning)
            || Meanings.TryGetValue(field.FieldType.Name, out meaning) ? meaning : Meaning.Value;
    }

    private static Action<object, StateHash> Compile(Type type)
    {
        ParameterExpression value = Expression.Parameter(typeof(object));
        ParameterExpression hash = Expression.Parameter(typeof(StateHash));
        List<Expression> body = [Expression.Empty()];
        AddFields(body, Expression.Convert(value, type), type, hash);
        if (type == typeof(FixedFrameSender) || typeof(FrameTimerSender).IsAssignableFrom(type))
        {
            Type sender = type == typeof(FixedFrameSender) ? type : typeof(FrameTimerSender);
            body.Add(Frames(Expression.Convert(value, sender), hash));
        }

        return Expression.Lambda<Action<object, StateHash>>(Expression.Block(typeof(void), body), value, hash).Compile();
    }

    private static void AddFields(List<Expression> body, Expression value, Type type, Expression hash)
    {
        foreach (FieldInfo field in GraphType.FieldsOf(type))
        {
            Meaning meaning = MeaningOf(field);
            if (meaning != Meaning.Nothing)
            {
                AddField(body, Expression.Field(value, field), meaning, hash);
            }
        }
    }

    private static void AddField(List<Expression> body, Expression value, Meaning meaning, Expression hash)
    {
        Type type = value.Type;
        if (type == typeof(RangeSet))
        {
            body.Add(Expression.Call(hash, nameof(AddRanges), null, value));
        }
        else if (type == typeof(SentPackets))
        {
            body.Add(Expression.Call(hash, nameof(AddPackets), null, value));
        }
        else if (type == typeof(TimerTable))
        {
            body.Add(Expression.Call(hash, nameof(AddTimers), null, value));
        }
        else if (type == typeof(RoundTripEstimator))
        {
            body.Add(Expression.Call(hash, nameof(AddRoundTrip), null, value));
        }
        else if (type == typeof(bool))
        {
            body.Add(Expression.Call(
                hash, nameof(Add), null, Expression.Condition(value, Expression.Constant(1L), Expression.Constant(0L))));
        }
        else if (type.IsPrimitive || type.IsEnum)
        {
            string method = meaning == Meaning.OwnNumber ? nameof(AddOwn) : nameof(AddValue);
            body.Add(Expression.Call(hash, method, null, Expression.Convert(value, typeof(long))));
        }
        else if (type.IsValueType)
        {
            AddFields(body, value, type, hash);
        }
        else if (type.IsArray)
        {
            throw new NotSupportedException($"{value}: say what an array means");
        }
        else
        {
            body.Add(Expression.Call(hash, nameof(AddObject), null, value));
        }
    }

    /// <summary>The frames from UNA to the highest ever sent, in a ring. What is known of their last copy counts only for those that
    /// are not to be sent again, or, with a timer for each, not acknowledged.</summary>
    private static BlockExpression Frames(Expression sender, Expression hash)
    {
        Expression ring = Expression.Field(sender, "_frames");
        ParameterExpression index = Expression.Variable(typeof(long));
        Expression mask = Expression.Convert(Expression.Subtract(Expression.ArrayLength(ring), Expression.Constant(1)), typeof(long));
        Expression frame = Expression.ArrayIndex(ring, Expression.Convert(Expression.And(index, mask), typeof(int)));
        List<Expression> fields = [];
        AddFields(fields, frame, frame.Type, hash);
        bool hasTimers = sender.Type == typeof(FrameTimerSender);
        List<Expression> lastCopy = [Expression.Call(hash, nameof(AddOwn), null, Expression.Field(frame, "PacketNumber"))];
        if (!hasTimers)
        {
            lastCopy.Add(Expression.Call(hash, nameof(AddValue), null, Expression.Field(frame, "SentNs")));
        }

        Expression counts = hasTimers
            ? Expression.Not(Expression.Field(frame, "IsAcknowledged")) : Expression.LessThan(index, Expression.Field(sender, "_next"));
        fields.Add(Expression.IfThen(counts, Expression.Block(lastCopy)));
        fields.Add(Expression.PreIncrementAssign(index));
        LabelTarget end = Expression.Label();
        return Expression.Block(
            [index],
            Expression.Assign(index, Expression.Field(sender, "_base")),
            Expression.Loop(
                Expression.IfThenElse(
                    Expression.LessThan(index, Expression.Field(sender, "_end")), Expression.Block(fields), Expression.Break(end)),
                end));
    }
}
