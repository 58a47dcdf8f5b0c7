using System.Buffers;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Randomness;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Experiments;

/// <summary>
/// The production engine at both ends of a virtual link, in virtual time: the clock jumps from event to event, so that hours pass in
/// seconds, and the same settings give the same run. The opening exchange meets a perfect link; then time is 0, the link becomes what the
/// settings say, and the client sends to the server.
/// </summary>
public sealed class LabRun
{
    private const long NsPerSecond = 1_000_000_000;
    private const long CenturyNs = 3_155_760_000 * NsPerSecond;
    private const long FortyDaysNs = 40 * 86_400 * NsPerSecond;
    private const int PatienceInCycles = 10_000;
    private const int UdpAndIpBytes = 28;
    private const int WriteBytes = 65_536;

    private static readonly byte[] Secret = new byte[32];

    private readonly PriorityQueue<Delivery, (long Time, long Order)> _deliveries = new();
    private readonly byte[] _chunk = new byte[WriteBytes];
    private readonly LabSettings _settings;
    private readonly ILabPayload _payload;
    private readonly RebasedTrace _trace;
    private readonly LabHost _client;
    private readonly LabHost _server;
    private readonly ArqConnection _sender;
    private ArqConnection? _receiver;
    private readonly TextbookEnds? _ends;
    private int _chunkStart;
    private int _chunkEnd;
    private long _given;
    private long _order;
    private long _nowNs;
    private readonly long _zeroNs;
    private long _progressNs;
    private long _writtenNs;

    /// <summary>Opens the connection, which will carry a pattern; nothing is sent yet.</summary>
    /// <param name="settings">The experiment.</param>
    /// <param name="ladder">Makes a ladder of what happens; or null.</param>
    /// <exception cref="ArgumentNullException">There are no settings.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    public LabRun(LabSettings settings, LadderBuilder? ladder = null)
        : this(settings, new PatternPayload(), ladder)
    {
    }

    /// <summary>Opens the connection; nothing is sent yet.</summary>
    /// <param name="settings">The experiment.</param>
    /// <param name="payload">What is carried.</param>
    /// <param name="trace">Told of every event from the first frame on, with times from 0; or null.</param>
    /// <exception cref="ArgumentNullException">Settings or payload are missing.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its range.</exception>
    internal LabRun(LabSettings settings, ILabPayload payload, ITraceSink? trace = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(payload);
        settings.Validate();
        _settings = settings;
        _payload = payload;
        Tally = new LabTally();
        _trace = new RebasedTrace(trace is null ? Tally : new TraceFork(Tally, trace));
        var random = new SeededRandom(settings.Seed);
        ConnectionOptions options = OptionsFor(settings);
        var endpoint = new EndpointOptions { MaxSegments = 1, CookieLifetimeNs = FortyDaysNs }; // a delay may be hours
        _client = MakeHost(PathKey.To([10, 0, 0, 1], 1111), endpoint, random);
        _server = MakeHost(PathKey.To([10, 0, 0, 2], 2222), endpoint with { Accept = options }, random);
        _sender = _client.Endpoint.Connect(_server.Address, options, 0);
        Open();
        _client.Link = MakeLink(
            PerfectLink() with { Loss = settings.Loss, DroppedDatagrams = FromZero(settings.KilledTransmissions) },
            random.NextUInt64(),
            TraceSide.LinkToServer);
        _server.Link = MakeLink(
            PerfectLink() with
            {
                Loss = settings.ReplyLoss,
                DroppedDatagrams = FromZero(settings.KilledAcknowledgements),
                DelayNanoseconds = settings.DelayNanoseconds + settings.ProcessingNanoseconds,
            },
            random.NextUInt64(),
            TraceSide.LinkToClient);
        if (settings.Scene is { } scene)
        {
            _client.Scene = Fates(scene.Transmissions, settings.DelayNanoseconds);
            _server.Scene = Fates(scene.Acknowledgements, settings.DelayNanoseconds + settings.ProcessingNanoseconds);
        }

        _client.SizeOnLink = length => length - PacketLayout.DataHeaderLength + settings.HeaderSize;
        _server.SizeOnLink = length => settings.AcknowledgementSize ?? (length + UdpAndIpBytes);
        _trace.Begin(_nowNs);
        _zeroNs = _nowNs;
        _progressNs = _nowNs;
        _ends = TextbookEnds.Stand(settings) ? new TextbookEnds(settings, _sender, _receiver!, _trace, _zeroNs) : null;
    }

    /// <summary>How far it has come.</summary>
    public LabOutcome Outcome { get; private set; }

    /// <summary>Virtual time since the first frame left, in nanoseconds.</summary>
    public long NowNanoseconds => _nowNs - _zeroNs;

    /// <summary>When the last acknowledgement came, in nanoseconds; of a run that gave up, when the last progress was.</summary>
    public long ElapsedNanoseconds => _progressNs - _zeroNs;

    /// <summary>Payload bytes acknowledged.</summary>
    public long AcknowledgedBytes { get; private set; }

    /// <summary>What was counted.</summary>
    public LabTally Tally { get; }

    /// <summary>Payload bytes that the receiver handed to its application.</summary>
    internal long DeliveredBytes { get; private set; }

    /// <summary>What was taken for something else; null where numbers are as long as they need to be.</summary>
    internal LabMistakes? Mistakes => _settings.SequenceBits is null ? null : _ends!.Mistakes;

    /// <summary>The sender's counters and estimates.</summary>
    public ConnectionStats Sender => _sender.Stats;

    /// <summary>How long nothing may be acknowledged before the run is given up: 10,000 time-outs, or round trips taken twice.</summary>
    public long PatienceNanoseconds
    {
        get
        {
            long bits = (_settings.FrameSize + 200L + _settings.HeaderSize - LabSettings.HeaderSizeByDefault) * 8;
            long sending = bits * NsPerSecond / _settings.BitsPerSecond;
            long cycle = (2 * _settings.DelayNanoseconds) + _settings.ProcessingNanoseconds + sending;
            return PatienceInCycles * Math.Max(NsPerSecond / 100, Math.Max(2 * cycle, _settings.TimeoutNanoseconds));
        }
    }

    /// <summary>When the application gives the sender something next, on the clock of the engine, or <see cref="long.MaxValue"/>.</summary>
    private long NextWritingNs =>
        _settings.Scene?.NextAfter(NowNanoseconds) is long next and < long.MaxValue ? _zeroNs + next : long.MaxValue;

    /// <summary>Runs to the end.</summary>
    /// <returns>How it ended.</returns>
    public LabOutcome Run()
    {
        while (Advance(int.MaxValue))
        {
            // Advance does it all.
        }

        return Outcome;
    }

    /// <summary>Goes on for a number of events at most.</summary>
    /// <param name="events">How many.</param>
    /// <returns>False when the run is over and everything that was under way has arrived.</returns>
    public bool Advance(int events)
    {
        for (int i = 0; i < events; i++)
        {
            Settle();
            if (Outcome == LabOutcome.Running)
            {
                Judge();
            }

            if (Outcome is LabOutcome.GaveUp or LabOutcome.OutOfTime || (Outcome == LabOutcome.Finished && _deliveries.Count == 0))
            {
                return false;
            }

            Step();
        }

        return true;
    }

    private static ConnectionOptions OptionsFor(LabSettings settings)
    {
        int size = settings.FrameSize;
        ConnectionOptions options = settings.Strategy switch
        {
            ArqMode.StopAndWait => ConnectionOptions.StopAndWait(size),
            ArqMode.GoBackN => ConnectionOptions.GoBackN(size, settings.WindowFrames),
            _ => ConnectionOptions.SelectiveRepeatWithFrameTimers(size, settings.WindowFrames),
        };
        const long LargestCredit = 1L << 30;
        long credit = Math.Min(LargestCredit, Math.Max(1L << 20, 4L * settings.WindowFrames * size));
        return options with
        {
            Retransmission = settings.TimeoutNanoseconds == 0
                ? RetransmissionPolicy.Auto : RetransmissionPolicy.Constant(settings.TimeoutNanoseconds),
            RestartsTimer = settings.RestartsTimer,
            MaxAckDelayNs = 0, // every frame is answered at once, as the closed forms assume
            InitialWindowBytes = credit,
            MaxWindowBytes = LargestCredit,
            IdleTimeoutNs = FortyDaysNs,
            UserTimeoutNs = CenturyNs,
            ConnectTimeoutNs = FortyDaysNs,
        };
    }

    private LabHost MakeHost(in PathKey address, EndpointOptions options, SeededRandom random)
    {
        var endpoint = new ArqEndpoint(options, new SeededArqRandom(random.NextUInt64()), Secret, _trace);
        return new LabHost(address, endpoint, new ImpairedLink(PerfectLink(), 0), Carry);
    }

    private LinkOptions PerfectLink() => new()
    {
        BitsPerSecond = _settings.BitsPerSecond,
        DelayNanoseconds = _settings.DelayNanoseconds,
        OverheadBytes = UdpAndIpBytes,
    };

    private static Func<long, LinkVerdict?> Fates(IReadOnlyDictionary<long, LabFate> fates, long delayNs) =>
        number => fates.TryGetValue(number, out LabFate? fate) ? fate.Verdict(delayNs, number) : null;

    private static HashSet<long> FromZero(IReadOnlyList<long> numbers) => [.. numbers.Select(static number => number - 1)];

    private ImpairedLink MakeLink(LinkOptions options, ulong seed, TraceSide side)
    {
        long frameNs = options.SerializationNanoseconds(_settings.FrameSize);
        return new ImpairedLink(
            options with
            {
                OverheadBytes = 0, // sizes are told as they are on the link
                BitFlip = _settings.Corrupt,
                Duplicate = _settings.Duplicate,
                DuplicateDelayNanoseconds = Math.Min(LinkOptions.MaximumDelayNanoseconds, (_settings.DelayNanoseconds / 4) + (2 * frameNs)),
                Reorder = _settings.Reorder,
                ReorderDelayNanoseconds =
                    Math.Min(LinkOptions.MaximumDelayNanoseconds, Math.Max(1, (_settings.DelayNanoseconds / 4) + (4 * frameNs))),
            },
            seed,
            new Tracer(_trace, side, 0));
    }

    /// <summary>Lets the connection come about, and forgets what of that is still under way.</summary>
    private void Open()
    {
        do
        {
            Settle();
        }
        while ((_sender.State != ConnectionState.Open || _receiver is null) && Step());

        while (_deliveries.TryDequeue(out Delivery delivery, out _))
        {
            ArrayPool<byte>.Shared.Return(delivery.Bytes);
        }
    }

    /// <summary>Lets both ends do all they can at this time.</summary>
    private void Settle()
    {
        bool did;
        do
        {
            did = _client.Send(_nowNs) | _server.Send(_nowNs);
            TakeEvents(_client.Endpoint);
            TakeEvents(_server.Endpoint);
            did |= Write() | Read();
        }
        while (did);
    }

    private void TakeEvents(ArqEndpoint endpoint)
    {
        while (endpoint.TryGetEvent(out ArqEvent occurred))
        {
            if (occurred.Kind == ArqEventKind.Accepted)
            {
                _receiver = occurred.Connection;
            }
        }
    }

    /// <summary>Gives the sender as much as it takes.</summary>
    private bool Write()
    {
        bool did = false;
        long offered = _settings.Scene is { Writings.Count: > 0 } scene
            ? scene.FramesBy(NowNanoseconds) * _settings.FrameSize : _settings.PayloadBytes;
        while (_zeroNs > 0 && (_chunkStart < _chunkEnd || _given < offered))
        {
            if (_chunkStart == _chunkEnd)
            {
                _chunkStart = 0;
                _chunkEnd = (int)Math.Min(WriteBytes, offered - _given);
                _payload.Read(_chunk.AsSpan(0, _chunkEnd));
                _given += _chunkEnd;
            }

            int taken = _sender.Write(_chunk.AsSpan(_chunkStart, _chunkEnd - _chunkStart), _nowNs);
            if (taken == 0)
            {
                break;
            }

            did = true;
            _writtenNs = _nowNs;
            _chunkStart += taken;
            if (_chunkStart == _chunkEnd && _given == _settings.PayloadBytes)
            {
                _sender.Flush(_nowNs);
            }
        }

        return did;
    }

    private bool Read()
    {
        bool did = false;
        while (_receiver is { ReadableBytes: > 0 } receiver)
        {
            ReadOnlySpan<byte> bytes = receiver.Peek().Span;
            _payload.Deliver(bytes);
            DeliveredBytes += bytes.Length;
            receiver.Advance(bytes.Length, _nowNs);
            did = true;
        }

        return did;
    }

    private void Judge()
    {
        long acknowledged = _sender.Stats.BytesAcknowledged;
        if (acknowledged > AcknowledgedBytes)
        {
            AcknowledgedBytes = acknowledged;
            _progressNs = _nowNs;
        }

        Outcome = acknowledged >= _settings.PayloadBytes ? LabOutcome.Finished
            : _nowNs - Math.Max(_progressNs, _writtenNs) > PatienceNanoseconds && NextWritingNs == long.MaxValue ? LabOutcome.GaveUp
            : _nowNs > CenturyNs ? LabOutcome.OutOfTime
            : LabOutcome.Running;
    }

    /// <summary>Lets the next thing happen.</summary>
    /// <returns>False if nothing is left to happen.</returns>
    private bool Step()
    {
        long clientWakes = _client.WakeNs(_nowNs);
        long serverWakes = _server.WakeNs(_nowNs);
        long wake = Outcome == LabOutcome.Running ? Math.Min(NextWritingNs, Math.Min(clientWakes, serverWakes)) : long.MaxValue;
        bool isDelivery = _deliveries.TryPeek(out _, out (long Time, long Order) first) && first.Time <= wake;
        if (!isDelivery && wake == long.MaxValue)
        {
            return false;
        }

        _nowNs = Math.Max(_nowNs, isDelivery ? first.Time : wake);
        if (!isDelivery && wake < Math.Min(clientWakes, serverWakes))
        {
            return true; // the application writes
        }

        if (!isDelivery)
        {
            (clientWakes <= serverWakes ? _client : _server).Endpoint.OnTimer(_nowNs);
            return true;
        }

        Delivery delivery = _deliveries.Dequeue();
        LabHost from = delivery.To == _client ? _server : _client;
        Span<byte> datagram = delivery.Bytes.AsSpan(0, delivery.Length);
        ReadOnlySpan<byte> read = _ends is null ? datagram
            : delivery.Said is { } said ? _ends.ToSender(datagram, said, _nowNs)
            : _ends.ToReceiver(datagram, _nowNs);
        if (!read.IsEmpty)
        {
            delivery.To.Deliver(from, read, _nowNs);
        }

        ArrayPool<byte>.Shared.Return(delivery.Bytes);
        return true;
    }

    private void Carry(LabHost from, ReadOnlySpan<byte> datagram, in LinkDecision decision)
    {
        SaidFrames? said = from == _server ? _ends?.Say() : null;
        if (decision.Copies >= 1)
        {
            Schedule(from, datagram, decision.First, said);
        }

        if (decision.Copies == 2)
        {
            Schedule(from, datagram, decision.Second, said);
        }
    }

    private void Schedule(LabHost from, ReadOnlySpan<byte> datagram, in LinkCopy copy, SaidFrames? said)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(datagram.Length);
        datagram.CopyTo(bytes);
        int length = copy.ApplyTo(bytes.AsSpan(0, datagram.Length));
        LabHost to = from == _client ? _server : _client;
        _deliveries.Enqueue(new Delivery(to, bytes, length, said), (copy.ArrivalNanoseconds, _order++));
    }

    private readonly record struct Delivery(LabHost To, byte[] Bytes, int Length, SaidFrames? Said);
}
