namespace Aldis.Protocols.Arq.Sending;

/// <summary>Everything sent whose fate is open or was decided lately, indexed by packet number. All work is O(1).</summary>
internal sealed class SentPackets
{
    private const int SmallestCapacity = 16;

    private SentPacket[] _ring = [];
    private StepCounter _steps;

    /// <summary>The lowest number still kept.</summary>
    public long Tail { get; private set; } = 1;

    /// <summary>The number the next transmission gets. Numbers start at 1: 0 stands for the handshake.</summary>
    public long Next { get; private set; } = 1;

    /// <summary>No number below it is outstanding.</summary>
    public long OldestOutstanding { get; private set; } = 1;

    /// <summary>Sum of the sizes of outstanding packets.</summary>
    public long BytesInFlight { get; private set; }

    public int OutstandingCount { get; private set; }

    /// <summary>Packets passed over by <see cref="Prune"/> or copied into more room.</summary>
    public long Steps => _steps.Total;

    /// <summary>For how many packets there is room before memory is asked for.</summary>
    public int Capacity => _ring.Length;

    public bool IsFull => Next - Tail >= Wire.StreamLimits.MaxOutstandingPackets;

    /// <summary>A kept packet.</summary>
    public ref SentPacket this[long packetNumber] => ref _ring[packetNumber & (_ring.Length - 1)];

    /// <summary>Records a transmission under <see cref="Next"/>.</summary>
    public void Add(in SentPacket packet)
    {
        if (Next - Tail >= _ring.Length)
        {
            Grow();
        }

        this[Next++] = packet;
        if (packet.State == SentPacketState.Outstanding)
        {
            BytesInFlight += packet.Size;
            OutstandingCount++;
        }
    }

    /// <summary>Takes a packet out of flight.</summary>
    public void Settle(ref SentPacket packet, SentPacketState verdict)
    {
        if (packet.State == SentPacketState.Outstanding)
        {
            BytesInFlight -= packet.Size;
            OutstandingCount--;
        }

        packet.State = verdict;
    }

    /// <summary>Moves the mark of the oldest outstanding packet over what is settled and forgets packets below both it and a
    /// number.</summary>
    public void Prune(long keepFrom)
    {
        long before = OldestOutstanding;
        while (OldestOutstanding < Next && this[OldestOutstanding].State != SentPacketState.Outstanding)
        {
            OldestOutstanding++;
        }

        _steps.Add(OldestOutstanding - before);
        long tail = Math.Min(keepFrom, OldestOutstanding);
        Tail = Math.Max(Tail, tail);
        before = Tail;
        while (Tail < OldestOutstanding && this[Tail].State is SentPacketState.Acknowledged or SentPacketState.Retired)
        {
            Tail++;
        }

        _steps.Add(Tail - before);
    }

    /// <summary>Gives the memory back if nothing is kept.</summary>
    public void Trim()
    {
        if (Tail == Next)
        {
            _ring = [];
        }
    }

    private void Grow()
    {
        int capacity = Math.Max(SmallestCapacity, _ring.Length * 2);
        var larger = new SentPacket[capacity];
        _steps.Add(Next - Tail);
        for (long number = Tail; number < Next; number++)
        {
            larger[number & (capacity - 1)] = this[number];
        }

        _ring = larger;
    }
}
