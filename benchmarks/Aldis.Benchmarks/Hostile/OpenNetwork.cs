using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Aldis.Benchmarks.Hostile;

/// <summary>
/// What comes to servers that are open to everybody, all of it at once, against the limits they have when nobody sets any: slow headers, clients
/// that never read, bad headers, connections that are reset, floods of <c>arq</c>, forged datagrams, TLS that is none, wrong tokens and ids
/// without end. Honest clients are answered meanwhile, and afterwards the managed heap is what it was after the first of it.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class OpenNetwork
{
    private const int SlowConnections = 5000;
    private const int Unread = 200;
    private const int Halves = 400;

    // How often a second: the attackers share their core with the honest clients, who have to come to their turn.
    private const int Floods = 200;
    private const int Resets = 500;
    private const int FirstPackets = 2000;
    private const int Garbage = 50;
    private const int Handshakes = 20;
    private const int Tokens = 20;
    private const int Identities = 500;
    private const int Forgeries = 20;

    // More at once than the store writes at once: its buffers are then as large as they stay.
    private const int Senders = 16;
    private const int LongMessages = 8;

    private const int IdentityNetwork = 45;
    private const int Network = 46;
    private const int SpareDescriptors = 16;
    private const double MostGrowth = 1.1;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    // An address may bring 10,000 ids, 1,000 at once and then 100 a second: that is over 90 s.
    private static readonly TimeSpan LongestFilling = TimeSpan.FromMinutes(4);

    public static Attack Attack { get; } = new(
        "open-network",
        "what servers open to everybody meet, all at once for 60 s, under the limits of nobody's choice: honest clients are answered, the heap stays",
        AttackAsync);

    private static async Task AttackAsync(Ground ground, Verdict verdict)
    {
        TimeSpan time = ground.Scale(Duration, Duration / 20);
        TimeSpan warmUp = ground.Scale(WarmUp, WarmUp / 50);
        TimeSpan rest = ground.Scale(Rest, Rest / 20);
        await using ServerProcess server = await ServerProcess.StartAsync(ground, Setup(ground));
        await using ServerProcess guarded = await ServerProcess.StartAsync(ground, WrongTokens.Setup(ground, out string token));
        ServerProcess[] servers = [server, guarded];

        // What grows once and stays belongs to what is compared with: the places of those who are there at once, the buffers of the store, and
        // the ids that an address may bring, until it has brought them all.
        Task<bool> filling = FillAsync(server, ground.Scale(LongestFilling, warmUp));
        await AllAsync(ground, server, guarded, warmUp, token, new Verdict());
        await (ground.IsShort ? Task.CompletedTask : FillStoreAsync(server));
        bool isFull = await filling;
        verdict.Check("ids_filled", isFull, isFull || ground.IsShort);
        await Task.Delay(rest);
        long[] warm = [.. await LiveHeapsAsync(ground, servers)];
        int descriptors = server.Descriptors;
        long resident = server.ResidentBytes;
        TimeSpan[] busy = [.. servers.Select(static each => each.ProcessorTime), Environment.CpuUsage.TotalTime];

        Task attacking = AllAsync(ground, server, guarded, time, token, verdict);
        long highest = resident;
        while (!attacking.IsCompleted)
        {
            highest = Math.Max(highest, server.IsAlive ? server.ResidentBytes : 0);
            await Task.Delay(Look);
        }

        await attacking;
        bool areAlive = Array.TrueForAll(servers, static each => each.IsAlive);
        verdict.Check("alive", areAlive, areAlive);
        if (!areAlive)
        {
            return;
        }

        verdict.Tell("servers_percent_of_core", Percent(servers.Sum(static each => each.ProcessorTime.TotalSeconds) - (busy[0] + busy[1]).TotalSeconds, time));
        verdict.Tell("attackers_percent_of_core", Percent((Environment.CpuUsage.TotalTime - busy[2]).TotalSeconds, time));
        await Task.Delay(rest);
        foreach ((long before, long after) in warm.Zip(await LiveHeapsAsync(ground, servers)))
        {
            verdict.Check("heap_kib", $"{before >> 10}/{after >> 10}", after <= MostGrowth * before);
        }

        verdict.Tell("rss_mib", $"{resident >> 20}/{highest >> 20}/{server.ResidentBytes >> 20}");
        int last = server.Descriptors;
        verdict.Check("descriptors", $"{descriptors}/{last}", ground.IsShort || last <= descriptors + SpareDescriptors);
        bool isServed = await HonestClients.AskOnceAsync(server.At("messages/tcp"), Wire.From(Network, 1))
            && await UnfinishedOverArq.AskOnceAsync(server.At("messages/arq"), Wire.From(Network, 2));
        verdict.Check("served_after", isServed, isServed);
        foreach (ServerProcess each in servers)
        {
            bool hasStopped = await each.StopAsync();
            verdict.Check("stopped_in_order", hasStopped, hasStopped);
            verdict.Check("faults", each.Faults.Count, each.Faults.Count == 0);
            verdict.Tell("refusals", each.Refusals());
        }
    }

    private static ServerSetup Setup(Ground ground) => new(
        "messages=tcp://127.0.0.1:0",
        "messages=arq://127.0.0.1:0",
        $"messages=tls://127.0.0.1:0?{UnseenRefusals.NewCertificate(ground)}",
        "echo=udp://127.0.0.1:0",
        "echo=udp://127.0.0.2:0",
        "--quiet");

    private static double Percent(double seconds, TimeSpan time) => Math.Round(100 * seconds / time.TotalSeconds);

    // Of each server; of none where memory is not compared.
    private static async Task<long[]> LiveHeapsAsync(Ground ground, ServerProcess[] servers) =>
        ground.HeapHook is null || ground.IsShort ? [] : await Task.WhenAll(servers.Select(static each => each.LiveHeapBytesAsync()));

    // The longest messages that there are, one behind the other, over some connections.
    private static Task FillStoreAsync(ServerProcess server) => Task.WhenAll(Enumerable.Range(1, Senders).Select(async number =>
    {
        using Socket socket = await Wire.ConnectAsync(server.At("messages/tcp"), Wire.From(Network, number));
        byte[] message = Wire.Message(new string('s', Wire.LongestMessage));
        for (int count = 0; count < LongMessages; count++)
        {
            await Wire.TrySendAsync(socket, message);
        }

        await Wire.ReceiveAsync(socket, new byte[LongMessages * Wire.AnswerBytes]);
    }));

    // Until the address is told that it has brought all it may; whether it was.
    private static async Task<bool> FillAsync(ServerProcess server, TimeSpan longest)
    {
        using var over = new CancellationTokenSource(longest);
        Task bringing = BringIdentitiesAsync(server, Identities, over.Token);
        while (!over.IsCancellationRequested && server.Count("message-refused", "new-client-limit") == 0)
        {
            await Task.Delay(Look);
        }

        await over.CancelAsync();
        await bringing;
        return server.Count("message-refused", "new-client-limit") > 0;
    }

    private static Task<long> BringIdentitiesAsync(ServerProcess server, int perSecond, CancellationToken over) => Pace.RunAsync(
        perSecond,
        _ => NewIdentities.TakeAsync(server.At("messages/tcp"), Wire.From(IdentityNetwork, 1), $"open-{Guid.NewGuid():N}"[..32]),
        over);

    /// <summary>All attacks and the honest clients beside them, for a time.</summary>
    private static async Task AllAsync(Ground ground, ServerProcess server, ServerProcess guarded, TimeSpan time, string token, Verdict verdict)
    {
        IPEndPoint messages = server.At("messages/tcp");
        IPEndPoint tls = server.At("messages/tls");
        var honest = new HonestClients(messages);
        var overTls = new HonestClients(tls, count: 10, perSecond: 1) { Ask = from => TlsHandshakes.AskOnceAsync(tls, from) };
        HonestClients bearers = WrongTokens.NewBearers(guarded.At("messages/tls"), token);
        int share = ground.Scale(1, 10);
        using var over = new CancellationTokenSource(time);
        await Task.WhenAll(
            honest.RunAsync(time),
            overTls.RunAsync(time),
            bearers.RunAsync(time),
            SlowHeaders.RunAsync(messages, SlowConnections / share, over.Token),
            HeaderFloods.NeverReadAsync(messages, Unread / share, over.Token),
            HeaderFloods.FloodAsync(messages, Floods / share, over.Token),
            HeaderFloods.ResetAsync(messages, Resets / share, over.Token),
            SynFlood.RunAsync(server.At("messages/arq"), FirstPackets / share, over.Token),
            ForgeAsync(server, over.Token),
            TlsHandshakes.SendGarbageAsync(tls, Garbage / share, over.Token),
            TlsHandshakes.HoldHalvesAsync(tls, Halves / share, over.Token),
            TlsHandshakes.StormAsync(tls, Handshakes / share, over.Token),
            WrongTokens.RunAsync(guarded.At("messages/tls"), Tokens / share, over.Token),
            BringIdentitiesAsync(server, Identities / share, over.Token));
        honest.Tell(verdict);
        overTls.Tell(verdict, "tls");
        bearers.Tell(verdict, "bearers");
    }

    // Datagrams as if one echo had sent them to the other, where raw sockets may be had.
    private static async Task ForgeAsync(ServerProcess server, CancellationToken over)
    {
        try
        {
            await Pace.RunAsync(
                Forgeries,
                _ =>
                {
                    DatagramLoop.Forge(server.At("echo/udp"), server.At("echo/udp#2"));
                    return Task.CompletedTask;
                },
                over);
        }
        catch (NotSupportedException)
        {
            // The other attacks go on without it.
        }
    }
}
