using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Randomness;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>A client's and a server's endpoint joined by a link that may drop, repeat and delay datagrams by seed. Virtual time steps
/// from event to event.</summary>
internal sealed class Pair
{
    public const long Ms = 1_000_000;

    public static readonly PathKey ClientPath = PathKey.To([192, 0, 2, 1], 40_000);
    public static readonly PathKey ServerPath = PathKey.To([192, 0, 2, 2], 8_000);

    private readonly PriorityQueue<Flight, (long At, long Order)> _air = new();
    private readonly SeededRandom _random;
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];
    private long _order;

    public Pair(ConnectionOptions options, ulong seed = 1, EndpointOptions? server = null, ITraceSink? trace = null,
        ConnectionOptions? accept = null, EndpointOptions? client = null)
    {
        _random = new SeededRandom(seed);
        Trace = trace ?? new TraceRing(60);
        Client = new ArqEndpoint(client ?? new EndpointOptions { MaxSegments = 8 }, new SeededArqRandom(seed * 2), new byte[16], Trace);
        Server = new ArqEndpoint(
            (server ?? new EndpointOptions { MaxSegments = 8 }) with { Accept = accept ?? options },
                new SeededArqRandom((seed * 2) + 1), new byte[16], Trace);
        Caller = Client.Connect(ServerPath, options, Now);
    }

    public ITraceSink Trace { get; }

    public ArqEndpoint Client { get; }

    public ArqEndpoint Server { get; }

    public ArqConnection Caller { get; }

    /// <summary>The accepted end, once there is one.</summary>
    public ArqConnection? Callee { get; private set; }

    public List<ArqEvent> ClientEvents { get; } = [];

    public List<ArqEvent> ServerEvents { get; } = [];

    public long Now { get; private set; } = 1;

    public double Loss { get; set; }

    public double Duplication { get; set; }

    public double Reordering { get; set; }

    public double Corruption { get; set; }

    public long DelayNs { get; set; } = 5 * Ms;

    public long DatagramsSent { get; private set; }

    /// <summary>Looks at a datagram on its way; false drops it.</summary>
    public Func<bool, byte[], bool>? Gate { get; set; }

    /// <summary>Called after each step.</summary>
    public Action? AfterStep { get; set; }

    /// <summary>Runs to the next event.</summary>
    /// <returns>False if nothing will ever happen again, or not before a time.</returns>
    public bool Step(long until = long.MaxValue)
    {
        Flush();
        long air = _air.TryPeek(out _, out (long At, long Order) first) ? first.At : long.MaxValue;
        long next = Math.Min(air, Math.Min(Client.NextDeadlineNs, Server.NextDeadlineNs));
        if (next == long.MaxValue || next > until)
        {
            return false;
        }

        Now = Math.Max(Now, next);
        while (_air.TryPeek(out Flight flight, out first) && first.At <= Now)
        {
            _air.Dequeue();
            ArqEndpoint to = flight.ToServer ? Server : Client;
            to.OnDatagram(flight.ToServer ? ClientPath : ServerPath, flight.Bytes, flight.SegmentSize, Now);
        }

        Client.OnTimer(Now);
        Server.OnTimer(Now);
        Flush();
        Client.CheckInvariants();
        Server.CheckInvariants();
        AfterStep?.Invoke();
        return true;
    }

    public void RunUntil(Func<bool> reached, long limitNs = 600_000 * Ms)
    {
        long end = Now + limitNs;
        while (!reached())
        {
            Assert.True(Step(end), "Nothing more happens, but the goal is not reached. " + Trace);
        }
    }

    public void RunFor(long durationNs)
    {
        long end = Now + durationNs;
        while (Step(end))
        {
        }

        Now = end;
    }

    public void Flush()
    {
        Drain(Client, toServer: true);
        Drain(Server, toServer: false);
        while (Client.TryGetEvent(out ArqEvent occurred))
        {
            ClientEvents.Add(occurred);
        }

        while (Server.TryGetEvent(out ArqEvent occurred))
        {
            ServerEvents.Add(occurred);
            if (occurred.Kind == ArqEventKind.Accepted)
            {
                Callee = occurred.Connection;
            }
        }
    }

    public void Inject(bool toServer, byte[] datagram, long delayNs = 0)
        => _air.Enqueue(new Flight(toServer, datagram, datagram.Length), (Now + delayNs, _order++));

    private void Drain(ArqEndpoint from, bool toServer)
    {
        while (from.TryGetTransmit(_buffer, Now, out Transmit transmit))
        {
            Assert.InRange(transmit.SegmentSize, 1, transmit.Length);
            for (int at = 0; at < transmit.Length; at += transmit.SegmentSize)
            {
                DatagramsSent++;
                Send(toServer, _buffer.AsSpan(at, Math.Min(transmit.SegmentSize, transmit.Length - at)).ToArray());
            }
        }
    }

    private void Send(bool toServer, byte[] datagram)
    {
        if (Gate is not null && !Gate(toServer, datagram))
        {
            return;
        }

        int copies = _random.Chance(Duplication) ? 2 : 1;
        for (int copy = 0; copy < copies; copy++)
        {
            if (_random.Chance(Loss))
            {
                continue;
            }

            byte[] bytes = datagram;
            if (_random.Chance(Corruption))
            {
                bytes = [.. datagram];
                bytes[_random.NextBelow(bytes.Length)] ^= (byte)(1 << _random.NextBelow(8));
            }

            long extra = _random.Chance(Reordering) ? _random.NextBelow((int)(3 * Ms)) : 0;
            _air.Enqueue(new Flight(toServer, bytes, bytes.Length), (Now + DelayNs + extra, _order++));
        }
    }

    private readonly record struct Flight(bool ToServer, byte[] Bytes, int SegmentSize);
}
