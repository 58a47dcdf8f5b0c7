using System.Text;
using Aldis.Lab.Experiments;
using Aldis.Lab.Grading;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Randomness;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Peers;

/// <summary>
/// A program that somebody wrote is one side of a strategy; this is the other side, the bad link between them, and the judge. It serves
/// the first program that it hears of. Whatever comes is bounded: numbers, the length of lines, what is under way, datagrams in all.
/// </summary>
internal sealed class PeerEngine : IDatagramEngine
{
    /// <summary>The most datagrams of a program in a run.</summary>
    public const int MostDatagrams = 200_000;

    /// <summary>The most bytes that are under way on the link.</summary>
    public const int MostBytesUnderWay = 16 << 20;

    // How well it is known when something left the program: it is looked for so often.
    private const long LookNs = 10_000_000;

    private const int UdpAndIpBytes = 28;
    private const int MostShown = 20;

    private readonly PriorityQueue<Flight, (long TimeNs, long Order)> _flights = new();
    private readonly Queue<byte[]> _outgoing = new();
    private readonly PeerSettings _settings;
    private readonly PeerRecord _record;
    private readonly TextbookReceiver _receiver;
    private readonly TextbookSender _sender;
    private readonly ImpairedLink _frames;
    private readonly ImpairedLink _answers;
    private readonly Action<ReadOnlyMemory<byte>>? _delivered;
    private readonly LookTimes _looks = new();
    private PathKey? _peer;
    private long _zeroNs;
    private long _order;
    private long _heardNs;
    private long _progressNs;
    private long _progress;
    private int _underWay;

    /// <summary>Makes an engine that waits for a program.</summary>
    /// <param name="settings">What is at work.</param>
    /// <param name="trace">Takes what happens, with times from the first datagram on; or null.</param>
    /// <param name="delivered">Takes the bytes of each frame that a program's frames delivered, in order; or null.</param>
    /// <exception cref="ArgumentNullException">There are no settings.</exception>
    public PeerEngine(PeerSettings settings, ITraceSink? trace = null, Action<ReadOnlyMemory<byte>>? delivered = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _delivered = delivered;
        LabSettings lab = settings.Lab;
        _record = new PeerRecord(settings.Terms, trace);
        _receiver = new TextbookReceiver(settings.Terms);
        _sender = new TextbookSender(settings.Terms, lab.TimeoutNanoseconds, lab.RestartsTimer);
        var random = new SeededRandom(lab.Seed);
        _frames = LinkOf(lab, lab.Loss, lab.KilledTransmissions, 0, random.NextUInt64(), new Tracer(trace, TraceSide.LinkToServer, 0));
        _answers = LinkOf(
            lab,
            lab.ReplyLoss,
            lab.KilledAcknowledgements,
            lab.ProcessingNanoseconds,
            random.NextUInt64(),
            new Tracer(trace, TraceSide.LinkToClient, 0));
    }

    /// <summary>How far it has come.</summary>
    public PeerOutcome Outcome { get; private set; }

    /// <summary>Whether nothing more happens.</summary>
    public bool IsOver => Outcome > PeerOutcome.Running;

    /// <summary>Datagrams of the program.</summary>
    public long Datagrams { get; private set; }

    /// <summary>Datagrams of others, which were ignored.</summary>
    public long OthersDatagrams { get; private set; }

    /// <summary>Frames that arrived in order, the empty last one too.</summary>
    public long DeliveredFrames => _receiver.Expected;

    /// <summary>Time since the first datagram, in nanoseconds.</summary>
    public long NowNanoseconds { get; private set; }

    /// <inheritdoc/>
    public long NextDeadlineNs => Outcome == PeerOutcome.Running ? _zeroNs + Math.Min(NextEventNs, NowNanoseconds + LookNs) : long.MaxValue;

    private bool PeerSends => _settings.Peer == GradedSides.Sender;

    private long NextEventNs
    {
        get
        {
            long arrival = _flights.TryPeek(out _, out (long TimeNs, long Order) first) ? first.TimeNs : long.MaxValue;
            return PeerSends ? arrival : Math.Min(arrival, _sender.DeadlineNs);
        }
    }

    /// <inheritdoc/>
    public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        int size = segmentSize > 0 ? segmentSize : Math.Max(1, buffer.Length);
        do
        {
            int length = Math.Min(size, buffer.Length);
            TakeDatagram(path, buffer[..length], nowNs);
            buffer = buffer[length..];
        }
        while (!buffer.IsEmpty);
    }

    /// <inheritdoc/>
    public void OnTimer(long nowNs)
    {
        if (Outcome == PeerOutcome.Running)
        {
            Advance(nowNs);
        }
    }

    /// <inheritdoc/>
    public void OnRefused(in PathKey path, long nowNs)
    {
        // The program has ended: it falls silent, or had everything.
    }

    /// <inheritdoc/>
    public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        bool has = _outgoing.TryDequeue(out byte[]? datagram);
        datagram?.CopyTo(buffer);
        transmit = has ? new Transmit(_peer!.Value, datagram!.Length, datagram.Length) : default;
        return has;
    }

    /// <summary>Judges what is left. Once, when it is over.</summary>
    public GradeReport Grade()
    {
        _record.Grader.Complete(0, NowNanoseconds, hasEnd: !PeerSends || _receiver.Last is not null);
        return new GradeReport(_settings.Terms, _record.Grader.Verdicts);
    }

    private static ImpairedLink LinkOf(
        LabSettings lab, double loss, IReadOnlyList<long> killed, long processingNs, ulong seed, in Tracer tracer) => new(
        new LinkOptions
        {
            BitsPerSecond = lab.BitsPerSecond,
            DelayNanoseconds = lab.DelayNanoseconds + processingNs,
            Loss = loss,
            DroppedDatagrams = new HashSet<long>(killed.Select(static number => number - 1)),
            Duplicate = lab.Duplicate,
            DuplicateDelayNanoseconds = lab.DelayNanoseconds / 4,
            Reorder = lab.Reorder,
            ReorderDelayNanoseconds = Math.Max(1, lab.DelayNanoseconds / 4),
        },
        seed,
        tracer);

    private void TakeDatagram(in PathKey path, ReadOnlySpan<byte> datagram, long nowNs)
    {
        if (Outcome == PeerOutcome.Waiting)
        {
            _peer = path;
            _zeroNs = nowNs;
            Outcome = PeerOutcome.Running;
        }

        if (_peer is not { } peer || !peer.IsSamePeer(path))
        {
            OthersDatagrams++;
            return;
        }

        if (Outcome != PeerOutcome.Running)
        {
            return;
        }

        Advance(nowNs);
        _heardNs = NowNanoseconds;
        Outcome = ++Datagrams > MostDatagrams ? PeerOutcome.TooMany : Outcome;
        PeerMessage? message = PeerMessage.Read(datagram);
        bool isForm = message is not null && (message.Kind == PeerMessageKind.Data) == PeerSends;
        _record.Grader.TakeForm(NowNanoseconds, isForm, isForm ? string.Empty : Shown(datagram));
        if (isForm)
        {
            Take(message!);
        }

        Advance(nowNs);
    }

    private void Take(PeerMessage message)
    {
        switch (message.Kind)
        {
            case PeerMessageKind.Data:
                LeaveFrame(message, NowNanoseconds, _looks.SinceNs);
                break;
            case PeerMessageKind.Ack:
                LeaveAcknowledgement(message, NowNanoseconds, _looks.SinceNs);
                break;
            case PeerMessageKind.Deliver:
                _record.Grader.Take(new GradedEvent(GradedEventKind.Delivered, message.Number) { TimeNanoseconds = NowNanoseconds });
                break;
            default:
                break; // a greeting that was lost is repeated
        }
    }

    /// <summary>Lets everything happen that is due.</summary>
    private void Advance(long nowNs)
    {
        NowNanoseconds = Math.Max(NowNanoseconds, nowNs - _zeroNs);
        _looks.Look(NowNanoseconds);
        while (NextEventNs <= NowNanoseconds)
        {
            long timerNs = PeerSends ? long.MaxValue : _sender.DeadlineNs;
            if (_flights.TryPeek(out _, out (long TimeNs, long Order) first) && first.TimeNs <= timerNs)
            {
                Arrive(_flights.Dequeue(), first.TimeNs);
            }
            else
            {
                _sender.OnTime(timerNs);
                SendFrames(timerNs);
            }
        }

        if (!PeerSends)
        {
            SendFrames(NowNanoseconds);
        }

        Judge();
    }

    private void SendFrames(long atNs)
    {
        while (_sender.TrySend(atNs, out long frame, out long number))
        {
            byte[] payload = frame == _settings.Lab.Frames ? [] : PeerPayload.Of(frame, _settings.Lab.FrameSize);
            LeaveFrame(new PeerMessage(PeerMessageKind.Data, number) { Payload = payload }, atNs, atNs);
        }
    }

    private void LeaveFrame(PeerMessage frame, long atNs, long sinceNs)
    {
        long packet = _record.FrameSent(frame, atNs, sinceNs);
        Leave(_frames, new Flight(frame, packet), frame.Payload.Length + _settings.Lab.HeaderSize, atNs);
    }

    private void LeaveAcknowledgement(PeerMessage acknowledgement, long atNs, long sinceNs)
    {
        long serial = _record.AcknowledgementSent(acknowledgement, FrameOf(acknowledgement), atNs, sinceNs);
        int size = _settings.Lab.AcknowledgementSize ?? (acknowledgement.ToBytes().Length + UdpAndIpBytes);
        Leave(_answers, new Flight(acknowledgement, serial), size, atNs);
    }

    private void Leave(ImpairedLink link, Flight flight, int bytes, long atNs)
    {
        LinkDecision decision = link.Decide(bytes, atNs);
        for (int copy = 0; copy < decision.Copies && _underWay < MostBytesUnderWay; copy++)
        {
            _underWay += flight.Bytes;
            _flights.Enqueue(flight, ((copy == 0 ? decision.First : decision.Second).ArrivalNanoseconds, _order++));
        }
    }

    private void Arrive(Flight flight, long atNs)
    {
        _underWay -= flight.Bytes;
        PeerMessage message = flight.Message;
        if (message.Kind == PeerMessageKind.Data)
        {
            PeerReception reception = _receiver.Take(message.Number, message.Payload, out long frame);
            _record.FrameArrived(message.Number, flight.Number, frame, reception, _receiver.Expected, atNs, NowNanoseconds);
            while (_receiver.TryGetDelivered(out ReadOnlyMemory<byte> payload))
            {
                _delivered?.Invoke(payload);
            }

            if (PeerSends)
            {
                LeaveAcknowledgement(_receiver.Acknowledgement(), atNs, atNs);
            }
            else
            {
                _outgoing.Enqueue(message.ToBytes());
            }
        }
        else
        {
            _record.AcknowledgementArrived(message, flight.Number, FrameOf(message), atNs, NowNanoseconds);
            if (PeerSends)
            {
                _outgoing.Enqueue(message.ToBytes());
            }
            else
            {
                _sender.OnAcknowledged(message, atNs);
                SendFrames(atNs);
            }
        }
    }

    /// <summary>The frame that an acknowledgement asks for.</summary>
    private long FrameOf(PeerMessage acknowledgement)
    {
        var numbers = new FrameNumbers(_settings.Lab.SequenceBits);
        return Math.Max(0, _receiver.Expected + numbers.Distance(acknowledgement.Number, _receiver.Expected));
    }

    private void Judge()
    {
        long progress = _record.Grader.Acknowledged + _receiver.Expected;
        if (progress > _progress)
        {
            _progress = progress;
            _progressNs = NowNanoseconds;
        }

        long? last = PeerSends ? _receiver.Last : _settings.Lab.Frames;
        bool isDone = _record.Grader.Acknowledged > last;
        long quietNs = NowNanoseconds - Math.Max(_heardNs, _progressNs);
        if (Outcome == PeerOutcome.Running)
        {
            Outcome = isDone && quietNs > 2 * _settings.Lab.TimeoutNanoseconds ? PeerOutcome.Finished
                : !isDone && NowNanoseconds - _heardNs > _settings.SilenceNanoseconds ? PeerOutcome.Silent
                : NowNanoseconds - _progressNs > _settings.PatienceNanoseconds ? PeerOutcome.NoProgress
                : PeerOutcome.Running;
        }
    }

    private static string Shown(ReadOnlySpan<byte> datagram)
    {
        string beginning = Encoding.Latin1.GetString(datagram[..Math.Min(datagram.Length, MostShown)]);
        return string.Concat(beginning.Select(static c => char.IsAscii(c) && !char.IsControl(c) ? c : '?'));
    }

    private sealed record Flight(PeerMessage Message, long Number)
    {
        public int Bytes => Message.Payload.Length + UdpAndIpBytes;
    }
}
