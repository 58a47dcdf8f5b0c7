using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq;

/// <summary>One server and the clients of several addresses, joined by a link of 10 ms each way. Virtual time; the server reads what
/// it is told to.</summary>
internal sealed class Crowd
{
    private const long DelayNs = 10 * Pair.Ms;
    private const long StepNs = Pair.Ms;

    private static readonly PathKey ServerPath = Pair.ServerPath;

    private readonly List<(ArqEndpoint Endpoint, PathKey Path, double Loss)> _clients = [];
    private readonly Queue<(long At, int Client, bool ToServer, byte[] Bytes)> _air = [];
    private readonly SeededRandom _random = new(7);
    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];

    public Crowd(EndpointOptions server) =>
        Server = new ArqEndpoint(server with { Accept = new ConnectionOptions() }, new SeededArqRandom(1), new byte[16]);

    public ArqEndpoint Server { get; }

    public long Now { get; private set; } = 1;

    /// <summary>What the server accepted and has not seen end, in this order.</summary>
    public List<ArqConnection> Accepted { get; } = [];

    /// <summary>What ended otherwise than in order.</summary>
    public List<ArqConnection> Broken { get; } = [];

    /// <summary>Called after each millisecond.</summary>
    public Action? AfterStep { get; set; }

    /// <summary>Adds a client at an address of its own.</summary>
    /// <returns>Its endpoint.</returns>
    public ArqEndpoint AddClient(byte address, double loss = 0)
    {
        var endpoint = new ArqEndpoint(new EndpointOptions(), new SeededArqRandom(100UL + address), new byte[16]);
        _clients.Add((endpoint, PathOf(address), loss));
        return endpoint;
    }

    /// <summary>The server's end of the only connection of an address.</summary>
    public ArqConnection PeerOf(byte address) => Accepted.Single(connection => connection.Path.IsSamePeer(PathOf(address)));

    public ArqConnection Connect(ArqEndpoint client) => client.Connect(ServerPath, new ConnectionOptions(), Now);

    public void RunUntil(Func<bool> reached, long limitNs = 300_000 * Pair.Ms)
    {
        for (long end = Now + limitNs; !reached(); Step())
        {
            Assert.True(Now < end, "The goal is not reached in time.");
        }
    }

    public void RunFor(long durationNs)
    {
        for (long end = Now + durationNs; Now < end;)
        {
            Step();
        }
    }

    private static PathKey PathOf(byte address) => PathKey.To([192, 0, 2, address], 40_000);

    private void Step()
    {
        Now += StepNs;
        while (_air.TryPeek(out (long At, int Client, bool ToServer, byte[] Bytes) flight) && flight.At <= Now)
        {
            _air.Dequeue();
            (ArqEndpoint client, PathKey path, _) = _clients[flight.Client];
            (flight.ToServer ? Server : client).OnDatagram(flight.ToServer ? path : ServerPath, flight.Bytes, flight.Bytes.Length, Now);
        }

        Server.OnTimer(Now);
        for (int index = 0; index < _clients.Count; index++)
        {
            _clients[index].Endpoint.OnTimer(Now);
            Send(_clients[index].Endpoint, index);
            while (_clients[index].Endpoint.TryGetEvent(out _))
            {
            }
        }

        AfterStep?.Invoke();
        Send(Server, from: null);
        while (Server.TryGetEvent(out ArqEvent occurred))
        {
            Note(occurred);
        }

        Server.CheckInvariants();
    }

    private void Note(in ArqEvent occurred)
    {
        switch (occurred.Kind)
        {
            case ArqEventKind.Accepted:
                Accepted.Add(occurred.Connection);
                break;
            case ArqEventKind.Reset:
                // As a driver does when the application has let go of it.
                Accepted.Remove(occurred.Connection);
                Broken.Add(occurred.Connection);
                occurred.Connection.DiscardReceived();
                break;
        }
    }

    private void Send(ArqEndpoint endpoint, int? from)
    {
        while (endpoint.TryGetTransmit(_buffer, Now, out Transmit transmit))
        {
            int client = from ?? _clients.FindIndex(client => client.Path.IsSamePeer(transmit.Path));
            for (int at = 0; at < transmit.Length; at += transmit.SegmentSize)
            {
                if (from is null || !_random.Chance(_clients[client].Loss))
                {
                    byte[] datagram = _buffer.AsSpan(at, Math.Min(transmit.SegmentSize, transmit.Length - at)).ToArray();
                    _air.Enqueue((Now + DelayNs, client, from is not null, datagram));
                }
            }
        }
    }
}
