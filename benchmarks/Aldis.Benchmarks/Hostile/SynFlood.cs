using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Benchmarks.Hostile;

/// <summary>First packets of <c>arq</c> connections that are never gone on with, from as many addresses.</summary>
internal static class SynFlood
{
    private const int Addresses = 64;
    private const int Network = 36;
    private const int PerSecond = 5000;
    private const int Packets = 256;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);

    public static Attack Attack { get; } = new(
        "syn-flood",
        "5,000 first packets of arq a second from 64 addresses, never gone on with: no state is kept, and new connections are answered",
        (ground, verdict) => MemoryAttack.RunAsync(
            ground,
            verdict,
            new ServerSetup("messages=arq://127.0.0.1:0", "messages=tcp://127.0.0.1:0"),
            async server =>
            {
                using var over = new CancellationTokenSource(ground.Scale(Duration, Duration / 6));
                Task<long> flood = RunAsync(server.At("messages/arq"), ground.Scale(PerSecond, PerSecond / 10), over.Token);
                int answered = 0;
                int asked = 0;
                for (; !flood.IsCompleted; asked++)
                {
                    answered += await UnfinishedOverArq.AskOnceAsync(server.At("messages/arq"), Wire.From(Network + 1, 1 + asked)) ? 1 : 0;
                }

                verdict.Tell("syns", await flood);
                verdict.Check("arq_answered", $"{answered}/{asked}", answered >= asked * 0.9);
                return 0;
            }));

    /// <summary>Sends them until the time is over.</summary>
    /// <returns>How many.</returns>
    public static async Task<long> RunAsync(IPEndPoint server, double perSecond, CancellationToken over)
    {
        byte[][] packets = FirstPackets(server);
        Socket[] sockets = [.. Enumerable.Range(1, Addresses).Select(number =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(Wire.From(Network, number), 0));
            return socket;
        })];
        try
        {
            return await Pace.RunAsync(
                perSecond,
                number =>
                {
                    sockets[number % Addresses].SendTo(packets[number % Packets], server);
                    return Task.CompletedTask;
                },
                over);
        }
        finally
        {
            Array.ForEach(sockets, static socket => socket.Dispose());
        }
    }

    // Each asks for a connection of its own.
    private static byte[][] FirstPackets(IPEndPoint server)
    {
        var endpoint = new ArqEndpoint(new EndpointOptions { MaxSegments = 1 }, new SeededArqRandom((ulong)Stopwatch.GetTimestamp()), new byte[32]);
        var path = PathKey.To(server.Address.GetAddressBytes(), (ushort)server.Port);
        byte[] buffer = new byte[DatagramLimits.MaxPayload];
        List<byte[]> packets = [];
        while (packets.Count < Packets)
        {
            endpoint.Connect(path, new ConnectionOptions(), 1);
            while (endpoint.TryGetTransmit(buffer, 1, out Transmit transmit))
            {
                packets.Add(buffer[..transmit.Length]);
            }
        }

        return [.. packets[..Packets]];
    }
}
