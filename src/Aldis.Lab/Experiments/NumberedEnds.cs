using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Experiments;

/// <summary>
/// Stands before both ends of a run whose frame numbers are short, and lets them know of a frame or an acknowledgement no more than its
/// number says: what arrives is rewritten to what its number is taken for. The engine itself, whose numbers do not repeat, stays as it is.
/// </summary>
/// <param name="settings">The experiment; all its frames are full.</param>
/// <param name="numbers">Its numbers.</param>
/// <param name="sender">Who sends frames.</param>
/// <param name="receiver">Who acknowledges them.</param>
/// <param name="trace">Told of frames that the receiver ignores.</param>
/// <param name="zeroNs">When the run began.</param>
internal sealed class NumberedEnds(
    LabSettings settings, SequenceNumbers numbers, ArqConnection sender, ArqConnection receiver, ITraceSink trace, long zeroNs)
{
    private static readonly SaidFrames Nothing = new(0, []);

    private readonly Tracer _tracer = new(trace, TraceSide.Server, receiver.Id);
    private readonly bool _keepsAhead = settings.Strategy == ArqMode.SelectiveRepeat;
    private readonly SortedSet<long> _ahead = []; // frames that the receiver has behind its first gap
    private readonly SortedSet<long> _known = []; // frames that the sender knows to be there, behind its oldest open one
    private readonly AckForm _form = new();

    /// <summary>What was taken for something else.</summary>
    public LabMistakes Mistakes { get; } = new();

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
        long taken = numbers.AtReceiver(frame, expected);
        if (taken < 0)
        {
            long packet = PacketLayout.ReadUInt32(datagram, PacketLayout.DataPacketNumber);
            _tracer.Frame(
                TraceEventKind.FrameDiscarded, nowNs, packet, frame * settings.FrameSize, settings.FrameSize, frame,
                TraceCause.OutsideWindow);
            return [];
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

        return new SaidFrames(expected, _ahead.Count == 0 ? Nothing.Ahead : [.. _ahead]);
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
        long next = numbers.NextAtSender(said.Next, first, end);
        LabMistake? mistake = next > first && next != said.Next ? new LabMistake(nowNs - zeroNs, said.Next, next) : null;
        _form.Clear();
        foreach (long frame in said.Ahead)
        {
            long taken = numbers.FrameAtSender(frame, first, end);
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

        if (!Mistakes.Any)
        {
            return datagram; // every number stood for what it was taken for
        }

        long cumulative = (next > first ? next : Math.Min(said.Next, first)) * settings.FrameSize;
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
