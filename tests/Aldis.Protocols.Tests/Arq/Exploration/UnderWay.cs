using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>The datagrams under way in both directions, and what each still means to the end that it goes to.</summary>
internal sealed class UnderWay(ArqConnection?[] connections, ExplorerSide[] sides, ConnectionOptions options)
{
    private const int Room = 32;

    private readonly List<WaitingDatagram>[] _bags = [new(Room), new(Room)];

    public int Count => _bags[0].Count + _bags[1].Count;

    private bool IsRepeat => options.Mode == ArqMode.SelectiveRepeat;

    /// <summary>Those that come from a side.</summary>
    public List<WaitingDatagram> this[int from] => _bags[from];

    public void Clear()
    {
        _bags[0].Clear();
        _bags[1].Clear();
    }

    /// <summary>A number for what is under way from a side. A bag has no order.</summary>
    /// <param name="hash">What makes it.</param>
    /// <param name="from">The side.</param>
    /// <param name="live">The live numbers of both.</param>
    /// <param name="staysForEver">Whether what has arrived may arrive again.</param>
    public ulong Hash(StateHash hash, int from, LiveNumbers[] live, bool staysForEver)
    {
        ulong sum = 0;
        foreach (WaitingDatagram datagram in _bags[from])
        {
            if (!staysForEver || !IsKnown(datagram, from, live))
            {
                sum += Hash(hash, datagram, from, live);
            }
        }

        return sum;
    }

    /// <summary>Removes what means the same as another that stays.</summary>
    public void RemoveRepeats(StateHash hash, LiveNumbers[] live)
    {
        Span<ulong> meanings = stackalloc ulong[Room * 2];
        for (int from = 0; from < 2; from++)
        {
            List<WaitingDatagram> bag = _bags[from];
            int count = 0;
            for (int i = 0; i < bag.Count; i++)
            {
                ulong meaning = Hash(hash, bag[i], from, live);
                if (!meanings[..count].Contains(meaning))
                {
                    meanings[count] = meaning;
                    bag[count++] = bag[i];
                }
            }

            bag.RemoveRange(count, bag.Count - count);
        }
    }

    /// <summary>
    /// Whether the other end has the packet and lives, or has its bytes and nobody looks at its number any more. It then only repeats
    /// its last acknowledgement. As long as anything that it got can arrive again, one such packet more means nothing. Where both ends
    /// closed nothing means anything.
    /// </summary>
    public bool IsKnown(WaitingDatagram datagram, int from, LiveNumbers[] live)
    {
        if (!IsRepeat || datagram.Type is not (WireType.Data or WireType.Probe))
        {
            return false;
        }

        int to = 1 - from;
        return IsOver(to)
            ? IsOver(from)
            : !live[from].IsMissing(datagram.PacketNumber) && (datagram.Type == WireType.Probe || sides[to].Has(datagram));
    }

    /// <summary>Whether an acknowledgement would change anything but the times of silence: it raises something, names something live,
    /// or reports a gap that go-back-N acts on. If not now, then never later.</summary>
    public bool IsNews(WaitingDatagram ack, int to, LiveNumbers[] live)
    {
        if (IsOver(to))
        {
            return false;
        }

        ArqConnection connection = connections[to]!;
        return connection.State == ConnectionState.Confirming
            || ack.Offset > connection.Stream.Unacknowledged
            || (IsRepeat && live[to].NamedBy(ack) != 0)
            || (ReportsGap(ack) && live[to].Relative(ack.PacketNumber) != 0 && ack.PacketNumber > live[to].Low);
    }

    private ulong Hash(StateHash hash, WaitingDatagram datagram, int from, LiveNumbers[] live)
    {
        hash.Begin();
        hash.Add(from);
        if (IsRepeat && IsOver(1 - from) && datagram.Type is WireType.Data or WireType.Probe)
        {
            // Who closed answers by the number alone.
            hash.Add(live[from].Relative(datagram.PacketNumber));
            return hash.Value;
        }

        hash.Add((long)datagram.Type);
        switch (datagram.Type)
        {
            case WireType.Data:
                // Whether bytes go for the first time or again is told for statistics; every DATA is acknowledged at once anyway.
                hash.Add(live[from].Relative(datagram.PacketNumber));
                hash.Add(datagram.Offset);
                hash.Add(datagram.End);
                break;
            case WireType.Ack:
                ArqConnection to = connections[1 - from]!;
                hash.Add(datagram.Delay);
                hash.Add(Math.Max(datagram.Offset, to.Stream.Unacknowledged));
                hash.Add(IsRepeat ? live[1 - from].NamedBy(datagram) : 0);
                hash.Add(ReportsGap(datagram) ? live[1 - from].Relative(datagram.PacketNumber) : 0);
                break;
            case WireType.Probe:
                hash.Add(live[from].Relative(datagram.PacketNumber));
                break;
            default:
                hash.Add(datagram.OwnBytes);
                break;
        }

        ulong own = hash.Value;
        return datagram.Behind is { } behind ? (own * 3) + Hash(hash, behind, from, live) : own;
    }

    private bool IsOver(int side) => connections[side]?.State is ConnectionState.Closed or ConnectionState.Reset;

    private bool ReportsGap(WaitingDatagram ack) => options.RejectRewinds && ack.ShowsGap;
}
