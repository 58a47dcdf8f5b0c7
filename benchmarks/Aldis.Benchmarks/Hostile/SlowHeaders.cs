using System.Net;
using System.Net.Sockets;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Connections that never finish a header (slowloris): a byte now and then, from as many addresses as it takes.</summary>
internal static class SlowHeaders
{
    private const int Connections = 5000;
    private const int FewConnections = 200;
    private const int Addresses = 16;
    private const int Network = 30;
    private const int OpenedPerSecond = 1000;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public static Attack Attack { get; } = new(
        "slow-headers",
        "5,000 connections of 16 addresses send a byte of a header every 2 s: they are ended after 10 s, and honest clients are answered",
        (ground, verdict) => MemoryAttack.RunAsync(
            ground,
            verdict,
            new ServerSetup("messages=tcp://127.0.0.1:0"),
            async server =>
            {
                using var over = new CancellationTokenSource(ground.Scale(Duration, Duration / 10));
                long ended = await RunAsync(server.At("messages/tcp"), ground.Scale(Connections, FewConnections), over.Token);
                verdict.Check("ended", ended, ground.IsShort || ended >= Connections);
                return 0;
            }));

    /// <summary>Keeps so many of them open until the time is over: who is ended comes again.</summary>
    /// <returns>How many were ended by the server.</returns>
    public static async Task<long> RunAsync(IPEndPoint server, int count, CancellationToken over)
    {
        long ended = 0;
        await Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
        {
            await Task.Delay(TimeSpan.FromSeconds((double)number / OpenedPerSecond), CancellationToken.None);
            while (!over.IsCancellationRequested)
            {
                if (await HoldAsync(server, Wire.From(Network, 1 + (number % Addresses)), over))
                {
                    Interlocked.Increment(ref ended);
                }
            }
        }));
        return ended;
    }

    /// <summary>Sends a header byte by byte.</summary>
    /// <returns>Whether the server ended it.</returns>
    private static async Task<bool> HoldAsync(IPEndPoint server, IPAddress from, CancellationToken over)
    {
        byte[] digit = "0"u8.ToArray();
        using Socket? socket = await Wire.TryConnectAsync(server, from, CancellationToken.None);
        while (socket is not null && !over.IsCancellationRequested && await Wire.TrySendAsync(socket, digit, CancellationToken.None))
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(over);
            pause.CancelAfter(Pause);
            await Wire.ReceiveAsync(socket, new byte[Wire.AnswerBytes], pause.Token);
            if (!pause.IsCancellationRequested)
            {
                return true;
            }
        }

        return false;
    }
}
