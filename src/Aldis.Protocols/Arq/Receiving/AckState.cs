using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Arq.Receiving;

/// <summary>When to acknowledge and what: the packet numbers received, and the policy of selective repeat (together, at the end of a
/// batch, or at once when something is wrong) or of the fixed-frame strategies (each DATA for itself, at once).</summary>
/// <param name="acknowledgesEach">Whether the strategy has fixed frames.</param>
/// <param name="ackEvery">Packets that the end of a batch acknowledges.</param>
/// <param name="maxDelayNs">Longest time an acknowledgement is held back.</param>
/// <param name="openedNs">When packet 0 came, that of the opening.</param>
internal sealed class AckState(bool acknowledgesEach, int ackEvery, long maxDelayNs, long openedNs)
{
    private const int MaxPending = 4_096;

    /// <summary>ACKs after which a run of packet numbers is no longer repeated: whoever lost them all finds its bytes by the
    /// cumulative offset.</summary>
    private const int RepeatedInAcks = 64;

    private RangeSet _numbers = new();
    private long[] _largestAtAck = [];
    private Pending[] _pending = [];
    private int _pendingHead;
    private int _pendingCount;
    private uint _serial;
    private long _largestNs = openedNs;
    private int _unacknowledged;
    private bool _isDue;
    private byte _flags;
    private StepCounter _steps;

    /// <summary>The largest packet number received; 0 is the handshake.</summary>
    public long Largest { get; private set; }

    /// <summary>When an acknowledgement held back must leave, or <see cref="TimerTable.Never"/>.</summary>
    public long DeadlineNs { get; private set; } = TimerTable.Never;

    /// <summary>Serial number of the last ACK.</summary>
    public uint Serial => _serial;

    /// <summary>Ranges written and stretches of packet numbers looked at or moved.</summary>
    public long Steps => _steps.Total + _numbers.Steps;

    /// <summary>Whether an ACK should leave now, a receive batch being over.</summary>
    public bool IsDue => acknowledgesEach ? _pendingCount > 0 || _isDue : _isDue || _unacknowledged >= ackEvery;

    /// <summary>Whether an ACK would say anything the peer does not know.</summary>
    public bool HasUnacknowledged => _unacknowledged > 0 || _pendingCount > 0 || _isDue;

    /// <summary>The full number behind its low 32 bits: the one nearest to the next expected (RFC 9000 appendix A.3).</summary>
    public long Reconstruct(uint low)
    {
        long expected = Largest + 1;
        long candidate = (expected & ~0xFFFF_FFFFL) | low;
        if (candidate <= expected - (1L << 31))
        {
            return candidate + (1L << 32);
        }

        return candidate > expected + (1L << 31) && candidate >= 1L << 32 ? candidate - (1L << 32) : candidate;
    }

    /// <summary>Records that a packet came.</summary>
    /// <returns>False if its number was seen before.</returns>
    public bool OnPacket(long number, long nowNs)
    {
        bool isNew = acknowledgesEach ? number > Largest : _numbers.Add(number, number + 1) > 0;
        if (_numbers.Count > StreamLimits.MaxPacketNumberRuns)
        {
            _numbers.RemoveFirst();
        }

        if (number > Largest)
        {
            Largest = number;
            _largestNs = nowNs;
        }

        return isNew;
    }

    /// <summary>Says that a packet wants an acknowledgement.</summary>
    /// <param name="number">Its packet number.</param>
    /// <param name="atOnce">Whether waiting would do harm.</param>
    /// <param name="flags">What the ACK should show.</param>
    /// <param name="nowNs">Now.</param>
    public void Ask(long number, bool atOnce, byte flags, long nowNs)
    {
        if (acknowledgesEach)
        {
            Enqueue(new Pending(number, nowNs, flags));
            return;
        }

        _unacknowledged++;
        _isDue |= atOnce;
        _flags |= flags;
        if (DeadlineNs == TimerTable.Never)
        {
            DeadlineNs = nowNs + maxDelayNs;
        }
    }

    /// <summary>Wants an ACK at once without a packet behind it: credit opened, or a handshake to be answered.</summary>
    public void AskNow() => _isDue = true;

    public void OnDeadline()
    {
        DeadlineNs = TimerTable.Never;
        _isDue = true;
    }

    /// <summary>Writes the ACK that is due.</summary>
    /// <param name="packet">Room for at least <see cref="PacketLayout.AckFixedLength"/> and one integer.</param>
    /// <param name="destination">The peer's name of the connection.</param>
    /// <param name="seed">Of the checksum.</param>
    /// <param name="stream">What was received.</param>
    /// <param name="nowNs">Now.</param>
    /// <param name="largest">The packet number it names.</param>
    /// <returns>Its length.</returns>
    public int Write(Span<byte> packet, ulong destination, uint seed, ReceiveStream stream, long nowNs, out long largest)
    {
        byte flags = stream.IsFinSeen ? PacketLayout.AckFinSeen : (byte)0;
        long since = _largestNs;
        int length;
        largest = Largest;
        if (_pendingCount > 0)
        {
            ref Pending pending = ref _pending[_pendingHead];
            _pendingHead = (_pendingHead + 1) & (_pending.Length - 1);
            _pendingCount--;
            largest = pending.Number;
            since = pending.ArrivedNs;
            flags |= pending.Flags;
        }
        else
        {
            flags |= _flags;
        }

        PacketLayout.WriteUInt32(packet, PacketLayout.AckSerial, ++_serial);
        PacketLayout.WriteUInt32(packet, PacketLayout.AckDelay, (uint)Math.Clamp((nowNs - since) / 1_000, 0, uint.MaxValue));
        PacketLayout.WriteUInt64(packet, PacketLayout.AckCumulative, (ulong)stream.Cumulative);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLimit, (ulong)stream.Limit);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLargest, (ulong)largest);
        length = WriteRanges(packet);
        PacketLayout.WriteHeader(packet[..length], PacketType.Ack, flags, destination);
        PacketLayout.Seal(packet[..length], seed);
        Settle();
        return length;
    }

    public void Trim()
    {
        _numbers.Trim();
        if (_numbers.Count <= 1)
        {
            _largestAtAck = [];
        }

        if (_pendingCount == 0)
        {
            _pending = [];
            _pendingHead = 0;
        }
    }

    public void CheckInvariants()
        => Invariant.Holds(_numbers.Count <= StreamLimits.MaxPacketNumberRuns
            && _pendingCount <= MaxPending, "acknowledgement state is bounded");

    private int WriteRanges(Span<byte> packet)
    {
        int length = PacketLayout.AckFixedLength;
        int ranges = 0;
        if (acknowledgesEach || _numbers.IsEmpty)
        {
            packet[length++] = 0;
        }
        else
        {
            ForgetRepeated();
            OffsetRange run = _numbers.Last;
            length += VariableInteger.Write(packet[length..], run.End - run.Start - 1);
            for (int index = _numbers.Count - 2; index >= 0 && ranges < PacketLayout.MaxAckRanges; index--)
            {
                if (length + (2 * VariableInteger.MaxLength) > packet.Length)
                {
                    break;
                }

                OffsetRange lower = _numbers[index];
                length += VariableInteger.Write(packet[length..], run.Start - lower.End - 1);
                length += VariableInteger.Write(packet[length..], lower.End - lower.Start - 1);
                run = lower;
                ranges++;
            }
        }

        _steps.Add(ranges + 1);
        packet[PacketLayout.AckRangeCount] = (byte)ranges;
        packet[PacketLayout.AckRangeCount + 1] = (byte)(ranges >> 8);
        packet[PacketLayout.AckRangeCount + 2] = 0;
        packet[PacketLayout.AckRangeCount + 3] = 0;
        return length;
    }

    /// <summary>Drops runs that ended before the largest number of an ACK long past.</summary>
    private void ForgetRepeated()
    {
        if (_numbers.Count == 1)
        {
            return;
        }

        if (_largestAtAck.Length == 0)
        {
            _largestAtAck = new long[RepeatedInAcks];
        }

        ref long longAgo = ref _largestAtAck[_serial % RepeatedInAcks];
        while (_numbers.Count > 1 && _numbers.First.End <= longAgo)
        {
            _numbers.RemoveFirst();
        }

        longAgo = Largest;
    }

    private void Settle()
    {
        if (_pendingCount == 0)
        {
            _isDue = false;
            _unacknowledged = 0;
            _flags = 0;
            DeadlineNs = TimerTable.Never;
        }
    }

    private void Enqueue(in Pending pending)
    {
        if (_pendingCount == MaxPending)
        {
            return;
        }

        if (_pendingCount == _pending.Length)
        {
            var larger = new Pending[Math.Max(2, _pending.Length * 2)];
            _steps.Add(_pendingCount);
            for (int index = 0; index < _pendingCount; index++)
            {
                larger[index] = _pending[(_pendingHead + index) & (_pending.Length - 1)];
            }

            _pending = larger;
            _pendingHead = 0;
        }

        _pending[(_pendingHead + _pendingCount++) & (_pending.Length - 1)] = pending;
    }

    private readonly record struct Pending(long Number, long ArrivedNs, byte Flags);
}
