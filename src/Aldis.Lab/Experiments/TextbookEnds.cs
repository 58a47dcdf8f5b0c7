using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Experiments;

/// <summary>
/// Stands before both ends of a run whose frame numbers are short, or whose acknowledgements say less than those of the engine, and lets
/// them know of what arrives no more than is said: it is rewritten to what its number is taken for. The engine itself, whose numbers do not
/// repeat and whose acknowledgements name transmissions, stays as it is.
/// </summary>
/// <param name="settings">The experiment; all its frames are full.</param>
/// <param name="sender">Who sends frames.</param>
/// <param name="receiver">Who acknowledges them.</param>
/// <param name="trace">Told of frames that the receiver ignores.</param>
/// <param name="zeroNs">When the run began.</param>
internal sealed class TextbookEnds(
    LabSettings settings, ArqConnection sender, ArqConnection receiver, ITraceSink trace, long zeroNs)
{
    private readonly SequenceNumbers _numbers = SequenceNumbers.OrEndless(settings);
    private readonly Tracer _tracer = new(trace, TraceSide.Server, receiver.Id);
    private readonly bool _keepsAhead = settings.Strategy == ArqMode.SelectiveRepeat;
    private readonly SortedSet<long> _ahead = []; // frames that the receiver has behind its first gap
    private readonly SortedSet<long> _known = []; // frames that the sender knows to be there, behind its oldest open one
    private readonly List<long> _arrived = []; // frames that arrived since the last acknowledgement left
    private readonly AckForm _form = new();

    /// <summary>What was taken for something else.</summary>
    public LabMistakes Mistakes { get; } = new();

    /// <summary>Whether an experiment needs them; then its frames are full.</summary>
    public static bool Stand(LabSettings settings) => settings.SequenceBits is not null || settings.Answers != AnswerKind.Selective;

    private long Expected => receiver.Established!.Receive.InOrderEnd / settings.FrameSize;

    private SendCore Sender => sender.Established!.Core;

    /// <summary>A datagram reaches the receiver.</summary>
    /// <param name="datagram">The datagram, which may be damaged; rewritten in place.</param>
    /// <param name="nowNs">Now.</param>
    /// <returns>What the receiver gets; empty where it ignores it.</returns>
    public ReadOnlySpan<byte> ToReceiver(Span<byte> datagram, long nowNs)
    {
        if (!IsIntact(datagram, PacketType.Data, receiver.Seed))
        {
            return datagram;
        }

        long frame = (long)PacketLayout.ReadUInt64(datagram, PacketLayout.DataOffset) / settings.FrameSize;
        long expected = Expected;
        long taken = _numbers.AtReceiver(frame, expected);
        if (taken < 0)
        {
            long packet = PacketLayout.ReadUInt32(datagram, PacketLayout.DataPacketNumber);
            _tracer.Frame(
                TraceEventKind.FrameDiscarded, nowNs, packet, frame * settings.FrameSize, settings.FrameSize, frame,
                TraceCause.OutsideWindow);
            return [];
        }

        if (settings.Answers == AnswerKind.Individual)
        {
            _arrived.Add(taken);
        }

        bool isKept = taken == expected || (_keepsAhead && taken > expected && _ahead.Add(taken));
        if (taken != frame)
        {
            PacketLayout.WriteUInt64(datagram, PacketLayout.DataOffset, (ulong)(taken * settings.FrameSize));
            PacketLayout.Seal(datagram, receiver.Seed);
            if (isKept)
            {
                Mistakes.AddFrame(new LabMistake(nowNs - zeroNs, frame, taken));
            }
        }

        return datagram;
    }

    /// <summary>What an acknowledgement says that leaves the receiver now.</summary>
    public SaidFrames Say()
    {
        long expected = Expected;
        while (_ahead.Count > 0 && _ahead.Min < expected)
        {
            _ahead.Remove(_ahead.Min);
        }

        IReadOnlyList<long> named = settings.Answers switch
        {
            AnswerKind.Selective => [.. _ahead],
            AnswerKind.Individual => [.. _arrived],
            _ => [],
        };
        _arrived.Clear();
        return new SaidFrames(settings.Answers == AnswerKind.Individual ? null : expected, named);
    }

    /// <summary>A datagram reaches the sender.</summary>
    /// <param name="datagram">The datagram, which may be damaged.</param>
    /// <param name="said">What the receiver said with it.</param>
    /// <param name="nowNs">Now.</param>
    /// <returns>What the sender gets.</returns>
    public ReadOnlySpan<byte> ToSender(ReadOnlySpan<byte> datagram, SaidFrames said, long nowNs)
    {
        if (!IsIntact(datagram, PacketType.Ack, sender.Seed))
        {
            return datagram;
        }

        long first = Sender.Stream.Unacknowledged / settings.FrameSize;
        long end = Sender.Stream.Highest / settings.FrameSize;
        long next = said.Next is long asked ? _numbers.NextAtSender(asked, first, end) : first;
        LabMistake? mistake = next > first && next != said.Next ? new LabMistake(nowNs - zeroNs, said.Next!.Value, next) : null;
        _form.Clear();
        foreach (long frame in said.Named)
        {
            long taken = _numbers.FrameAtSender(frame, first, end);
            if (taken >= next && CopyOf(taken) is long copy)
            {
                _known.Add(taken);
                _form.Name(copy);
                mistake ??= taken != frame ? new LabMistake(nowNs - zeroNs, frame, taken) : null;
            }
        }

        next = PastKnown(next);
        if (mistake is { } made)
        {
            Mistakes.AddAcknowledgement(made);
        }

        if (!Mistakes.Any && settings.Answers == AnswerKind.Selective)
        {
            return datagram; // every number stood for what it was taken for
        }

        NameAnswered(datagram, next);
        long cumulative = (next > first ? next : Math.Min(said.Next ?? first, first)) * settings.FrameSize;
        return _form.Write(datagram, cumulative, _keepsAhead, sender.Seed);
    }

    /// <summary>The oldest frame from one on that the sender does not know to be there.</summary>
    private long PastKnown(long next)
    {
        while (_known.Count > 0 && _known.Min <= next)
        {
            next = Math.Max(next, _known.Min + 1);
            _known.Remove(_known.Min);
        }

        return next;
    }

    /// <summary>The transmission that is answered may be named, for its round trip, where its frame is acknowledged anyway.</summary>
    private void NameAnswered(ReadOnlySpan<byte> datagram, long next)
    {
        long answered = (long)PacketLayout.ReadUInt64(datagram, PacketLayout.AckLargest);
        SentPackets packets = Sender.Packets;
        if (answered >= packets.Tail && answered < packets.Next && packets[answered].Frame < next)
        {
            _form.Name(answered);
        }
    }

    private static bool IsIntact(ReadOnlySpan<byte> datagram, PacketType type, uint seed) =>
        datagram.Length >= PacketLayout.DataHeaderLength && PacketLayout.TypeOf(datagram) == type
        && PacketLayout.LengthOf(datagram) == datagram.Length && PacketLayout.HasValidChecksum(datagram, seed);

    /// <summary>The latest transmission of a frame, unless the sender knows already that the frame arrived.</summary>
    private long? CopyOf(long frame)
    {
        SentPackets packets = Sender.Packets;
        for (long number = packets.Next - 1; number >= packets.Tail; number--)
        {
            if (packets[number].Frame == frame)
            {
                return packets[number].State is SentPacketState.Outstanding or SentPacketState.Lost ? number : null;
            }
        }

        return null;
    }
}
