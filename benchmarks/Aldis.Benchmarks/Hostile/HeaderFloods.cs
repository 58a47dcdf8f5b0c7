using System.Net;
using System.Net.Sockets;

namespace Aldis.Benchmarks.Hostile;

/// <summary>
/// Headers that are none and lengths that are too long, connections that are reset as soon as they are there, and clients that never read an
/// answer: all at a rate, from addresses of their own.
/// </summary>
internal static class HeaderFloods
{
    private const int Addresses = 8;
    private const int Network = 31;
    private const int PerSecond = 500;
    private const int ResetsPerSecond = 1000;
    private const int Unread = 200;
    private const int FewUnread = 20;
    private const int UnreadOpenedPerSecond = 50;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);

    // A sign, no number, NUL bytes, more digits than there are, and lengths over every limit.
    private static readonly byte[][] Headers =
    [
        Wire.Unit("-1"), Wire.Unit("GET / HTTP/1.1"), [.. "7"u8, .. new byte[Wire.UnitBytes - 1]], Wire.Unit(new string('9', 60)),
        Wire.Unit("9223372036854775807"), Wire.Unit("1048577"), Wire.Unit("ALDIS/9 messages client=x"), Wire.Unit("ALDIS/1 messages client=a/b"),
    ];

    public static Attack Attack { get; } = new(
        "header-floods",
        "bad headers and lengths over every limit, connections reset at once, 200 clients that never read: refused, and honest clients are answered",
        (ground, verdict) => MemoryAttack.RunAsync(
            ground,
            verdict,
            new ServerSetup("messages=tcp://127.0.0.1:0"),
            async server =>
            {
                using var over = new CancellationTokenSource(ground.Scale(Duration, Duration / 6));
                IPEndPoint at = server.At("messages/tcp");
                Task resets = ResetAsync(at, ground.Scale(ResetsPerSecond, ResetsPerSecond / 10), over.Token);
                Task unread = NeverReadAsync(at, ground.Scale(Unread, FewUnread), over.Token);
                (long sent, long answered) = await FloodAsync(at, ground.Scale(PerSecond, PerSecond / 10), over.Token);
                await Task.WhenAll(resets, unread);
                verdict.Check("headers_answered", $"{answered}/{sent}", answered >= sent * 0.99);
                return 0;
            }));

    /// <summary>Sends bad headers.</summary>
    /// <returns>How many, and how many of them were answered before the end.</returns>
    public static async Task<(long Sent, long Answered)> FloodAsync(IPEndPoint server, double perSecond, CancellationToken over)
    {
        long answered = 0;
        long sent = await Pace.RunAsync(
            perSecond,
            async number =>
            {
                using var patience = new CancellationTokenSource(HonestClients.Patience);
                using Socket socket = await Wire.ConnectAsync(server, From(number), patience.Token);
                await Wire.TrySendAsync(socket, Headers[number % Headers.Length], patience.Token);
                if (await Wire.ReceiveAsync(socket, new byte[Wire.UnitBytes], patience.Token) == Wire.UnitBytes)
                {
                    Interlocked.Increment(ref answered);
                }
            },
            over);
        return (sent, answered);
    }

    /// <summary>Connects and resets.</summary>
    public static Task<long> ResetAsync(IPEndPoint server, double perSecond, CancellationToken over) => Pace.RunAsync(
        perSecond, async number => Wire.Reset(await Wire.ConnectAsync(server, From(Addresses + number), CancellationToken.None)), over);

    /// <summary>Sends messages whose answers nobody reads, until the time is over; who is ended comes again.</summary>
    public static Task NeverReadAsync(IPEndPoint server, int count, CancellationToken over) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(async number =>
        {
            byte[] messages = [.. Enumerable.Repeat(Wire.Message("unread"), 64).SelectMany(static message => message)];
            await Task.Delay(TimeSpan.FromSeconds((double)number / UnreadOpenedPerSecond), CancellationToken.None);
            while (!over.IsCancellationRequested)
            {
                using Socket? socket = await Wire.TryConnectAsync(server, From((2 * Addresses) + number), CancellationToken.None);
                socket?.ReceiveBufferSize = 4096;
                while (socket is not null && await Wire.TrySendAsync(socket, messages, over))
                {
                    // Until the server reads no further.
                }
            }
        }));

    private static IPAddress From(long number) => Wire.From(Network + (int)(number / Addresses % 3), 1 + (int)(number % Addresses));
}
