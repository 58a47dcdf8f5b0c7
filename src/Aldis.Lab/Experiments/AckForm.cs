using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Lab.Experiments;

/// <summary>Writes an acknowledgement anew: what comes next, and which transmissions behind that arrived.</summary>
internal sealed class AckForm
{
    private const int LongestRange = 2 * VariableInteger.MaxLength;

    private readonly byte[] _packet = new byte[PacketLayout.AckFixedLength + ((PacketLayout.MaxAckRanges + 1) * LongestRange)];
    private RangeSet _named = new();

    /// <summary>Names no transmission.</summary>
    public void Clear() => _named = new RangeSet();

    /// <summary>Names a transmission.</summary>
    public void Name(long packetNumber) => _named.Add(packetNumber, packetNumber + 1);

    /// <summary>Writes it, valid until the next.</summary>
    /// <param name="original">The acknowledgement whose place it takes.</param>
    /// <param name="cumulative">The next offset that is asked for.</param>
    /// <param name="namesPackets">Whether the strategy reads which transmissions are named; else the original's stays.</param>
    /// <param name="seed">Of the checksum.</param>
    public ReadOnlySpan<byte> Write(ReadOnlySpan<byte> original, long cumulative, bool namesPackets, uint seed)
    {
        original.CopyTo(_packet);
        int length = original.Length;
        PacketLayout.WriteUInt64(_packet, PacketLayout.AckCumulative, (ulong)cumulative);
        PacketLayout.WriteUInt64(_packet, PacketLayout.AckLimit, StreamLimits.EndOfNumbers); // both sides may count differently by now
        if (namesPackets)
        {
            length = WriteNames(PacketLayout.ReadUInt64(original, PacketLayout.AckLargest));
        }

        Span<byte> packet = _packet.AsSpan(0, length);
        PacketLayout.WriteHeader(packet, PacketType.Ack, PacketLayout.FlagsOf(original), PacketLayout.DestinationOf(original));
        PacketLayout.Seal(packet, seed);
        return packet;
    }

    /// <summary>Packet 0, that of the opening, stands for none.</summary>
    private int WriteNames(ulong answered)
    {
        OffsetRange run = _named.IsEmpty ? new OffsetRange(0, 1) : _named.Last;
        long largest = run.End - 1;
        if ((ulong)largest != answered)
        {
            PacketLayout.WriteUInt32(_packet, PacketLayout.AckDelay, uint.MaxValue); // no round trip: which copy came is not known
        }

        PacketLayout.WriteUInt64(_packet, PacketLayout.AckLargest, (ulong)largest);
        int length = PacketLayout.AckFixedLength;
        int ranges = 0;
        length += VariableInteger.Write(_packet.AsSpan(length), run.End - run.Start - 1);
        for (int index = _named.Count - 2; index >= 0 && ranges < PacketLayout.MaxAckRanges; index--, ranges++)
        {
            OffsetRange lower = _named[index];
            length += VariableInteger.Write(_packet.AsSpan(length), run.Start - lower.End - 1);
            length += VariableInteger.Write(_packet.AsSpan(length), lower.End - lower.Start - 1);
            run = lower;
        }

        _packet[PacketLayout.AckRangeCount] = (byte)ranges;
        _packet[PacketLayout.AckRangeCount + 1] = (byte)(ranges >> 8);
        return length;
    }
}
