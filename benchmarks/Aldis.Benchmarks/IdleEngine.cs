using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Benchmarks;

/// <summary>Memory of the engine alone for a connection that had one message answered and is idle, in virtual time.</summary>
internal static class IdleEngine
{
    private const long StepNs = 100_000;
    private const long TrimNs = 3_000_000_000;

    private static readonly PathKey ClientPath = PathKey.To([127, 0, 0, 1], 40_000);
    private static readonly PathKey ServerPath = PathKey.To([127, 0, 0, 1], 8_000);

    public static void Run(Arguments arguments)
    {
        int count = arguments.Count("--count", 10_000);
        var options = new EndpointOptions
        {
            Accept = new ConnectionOptions(),
            MaxConnections = count,
            MaxConnectionsPerAddress = count,
            PooledBytes = 0, // what is kept for later belongs to no connection
        };
        var server = new ArqEndpoint(options, new SeededArqRandom(1), new byte[32]);
        long before = Memory.HeapBytes();
        OpenAll(server, count);
        long bytes = Memory.HeapBytes() - before;
        Console.WriteLine($"connections={server.ConnectionCount} engine_bytes_per_connection={(double)bytes / count:F0}");
    }

    // The client's side is not counted: it is garbage when this returns.
    private static void OpenAll(ArqEndpoint server, int count)
    {
        var client = new ArqEndpoint(new EndpointOptions { MaxConnections = count }, new SeededArqRandom(2), new byte[32]);
        byte[] buffer = new byte[DatagramLimits.MaxPayload];
        long nowNs = 1;
        for (int index = 0; index < count; index++)
        {
            ArqConnection connection = client.Connect(ServerPath, new ConnectionOptions(), nowNs);
            connection.Write([1], nowNs);
            connection.Flush(nowNs);
            for (int step = 0; step < 4; step++)
            {
                nowNs += StepNs;
                Carry(client, server, ClientPath, buffer, nowNs);
                Answer(server, nowNs);
                Carry(server, client, ServerPath, buffer, nowNs);
                Drain(client, buffer, nowNs);
            }
        }

        for (long end = nowNs + TrimNs; nowNs < end; nowNs += StepNs * 100)
        {
            client.OnTimer(nowNs);
            server.OnTimer(nowNs);
            Carry(client, server, ClientPath, buffer, nowNs);
            Carry(server, client, ServerPath, buffer, nowNs);
        }
    }

    private static void Carry(ArqEndpoint from, ArqEndpoint to, in PathKey path, byte[] buffer, long nowNs)
    {
        while (from.TryGetTransmit(buffer, nowNs, out Transmit transmit))
        {
            to.OnDatagram(path, buffer.AsSpan(0, transmit.Length), transmit.SegmentSize, nowNs);
        }
    }

    private static void Answer(ArqEndpoint server, long nowNs)
    {
        Span<byte> message = stackalloc byte[1];
        while (server.TryGetEvent(out ArqEvent occurred))
        {
            if (occurred.Kind == ArqEventKind.Readable && occurred.Connection.Read(message, nowNs) > 0)
            {
                occurred.Connection.Write(message, nowNs);
                occurred.Connection.Flush(nowNs);
            }
        }
    }

    private static void Drain(ArqEndpoint client, byte[] buffer, long nowNs)
    {
        while (client.TryGetEvent(out ArqEvent occurred))
        {
            if (occurred.Kind == ArqEventKind.Readable)
            {
                occurred.Connection.Read(buffer, nowNs);
            }
        }
    }
}
