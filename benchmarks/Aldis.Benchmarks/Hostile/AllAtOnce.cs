using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Aldis.Benchmarks.Hostile;

/// <summary>
/// All attacks at once on one server with a small heap, beside honest clients: it lives, they are answered, what was acknowledged is there,
/// memory and descriptors return, and what was refused was counted under its reason. It ends by SIGHUP.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class AllAtOnce
{
    private const int Descriptors = 4096;
    private const int UploadsAtOnce = 800;
    private const int Network = 20;
    private const int SpareDescriptors = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Ground ground, Verdict verdict, TimeSpan time)
    {
        string certificate = UnseenRefusals.NewCertificate(ground);
        using DiskFaults? disk = ground.Faults is null ? null : new DiskFaults(ground, ".part");
        ServerSetup setup = Setup(ground, certificate, disk);
        long comparison = await MemoryAttack.CompareAsync(ground, setup, WellBehaved.OverTcp);
        await using ServerProcess server = await ServerProcess.StartAsync(ground, setup);
        long before = server.ResidentBytes;
        int descriptors = server.Descriptors;
        var honest = new HonestClients(server.At("messages/tcp"));
        using var over = new CancellationTokenSource(time);
        Task attacking = AttackAsync(ground, server, disk, over.Token);
        Task asking = honest.RunAsync(time);
        long highest = before;
        int mostDescriptors = descriptors;
        while (server.IsAlive && !(asking.IsCompleted && attacking.IsCompleted))
        {
            highest = Math.Max(highest, server.ResidentBytes);
            mostDescriptors = Math.Max(mostDescriptors, server.Descriptors);
            await Task.Delay(200);
        }

        verdict.Check("alive", server.IsAlive, server.IsAlive);
        await over.CancelAsync();
        await asking;
        await attacking;
        honest.Tell(verdict);
        if (!server.IsAlive)
        {
            await server.WaitForEndAsync();
            verdict.Tell("exit", server.ExitCode);
            verdict.Tell("said", $"\"{server.Lines.LastOrDefault()}\"");
            return;
        }

        await FinishAsync(ground, verdict, server, honest, new Figures(before, highest, comparison, descriptors, mostDescriptors));
    }

    private static ServerSetup Setup(Ground ground, string certificate, DiskFaults? disk)
    {
        List<string> words =
        [
            "messages=tcp://127.0.0.1:0", "messages=arq://127.0.0.1:0", "files=tcp://127.0.0.1:0", $"echo=tls://127.0.0.1:0?{certificate}",
            "echo=udp://127.0.0.1:0", "echo=udp://127.0.0.2:0", "--quiet",
        ];
        if (ground.HasNetwork)
        {
            words.Add(OneNetwork.Address);
        }

        var environment = new Dictionary<string, string>(ground.SmallHeap, StringComparer.Ordinal);
        foreach ((string name, string value) in disk?.Environment ?? [])
        {
            environment[name] = value;
        }

        return new ServerSetup([.. words]) { Descriptors = Descriptors, Environment = environment };
    }

    private static async Task FinishAsync(Ground ground, Verdict verdict, ServerProcess server, HonestClients honest, Figures figures)
    {
        long atTheEnd = server.ResidentBytes;
        int descriptorsAtTheEnd = server.Descriptors;
        await Task.Delay(MemoryAttack.Afterwards);
        MemoryAttack.TellMemory(verdict, figures.Before, figures.Highest, server.ResidentBytes, figures.Comparison);
        verdict.Tell("rss_at_the_end_mib", atTheEnd >> 20);
        int last = server.Descriptors;
        verdict.Check(
            "descriptors", $"{figures.Descriptors}/{figures.MostDescriptors}/{descriptorsAtTheEnd}/{last}", last <= figures.Descriptors + SpareDescriptors);
        bool isServed = await HonestClients.AskOnceAsync(server.At("messages/tcp"), Wire.From(Network, 1));
        verdict.Check("served_after", isServed, isServed);
        bool overArq = await UnfinishedOverArq.AskOnceAsync(server.At("messages/arq"), Wire.From(Network, 2));
        verdict.Check("served_over_arq", overArq, overArq);
        await server.SignalAsync("HUP");
        bool hasEnded = await server.WaitForEndAsync();
        verdict.Check("exit", hasEnded ? server.ExitCode : -1, hasEnded && server.ExitCode == 0);
        long stored = await CountStoredAsync(ground, server.Data);
        verdict.Check("honest_stored", stored, stored >= honest.Answered);
        int parts = Directory.GetFiles(Path.Combine(server.Data, "files"), "*.part").Length;
        verdict.Check("parts", parts, parts == 0);
        long refused = server.Count("connection-refused");
        long dropped = server.Count("dropped");
        verdict.Check("refused_by_reason", refused, refused <= server.RefusedInSummary && server.RefusedInSummary <= refused + dropped);
        verdict.Tell("refused_in_summary", server.RefusedInSummary);
        verdict.Tell("events_dropped", dropped);
        verdict.Tell("refusals", server.Refusals());
        // That the process may have few descriptors is told at the start, and is so.
        string[] faults = [.. server.Faults.Where(static fault => !fault.StartsWith("the process may have", StringComparison.Ordinal))];
        verdict.Check("faults", faults.Length, faults.Length == 0);
        foreach (string fault in faults)
        {
            await Console.Error.WriteLineAsync($"fault: {fault}");
        }
    }

    // What honest clients had acknowledged is there: they alone come from 127.1.0.0/16.
    private static async Task<long> CountStoredAsync(Ground ground, string data)
    {
        using Process log = Process.Start(new ProcessStartInfo(ground.Aldis, ["log", "--json", "--data", data])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        long count = 0;
        while (await log.StandardOutput.ReadLineAsync() is { } line)
        {
            count += line.Contains("\"from\":\"127.1.", StringComparison.Ordinal) ? 1 : 0;
        }

        await log.WaitForExitAsync();
        return count;
    }

    private static Task AttackAsync(Ground ground, ServerProcess server, DiskFaults? disk, CancellationToken over)
    {
        IPEndPoint messages = server.At("messages/tcp");
        List<Task> attacks =
        [
            RepeatAsync(() => UnfinishedMessages.RunAsync(messages, UnfinishedMessages.Connections, Hold), server, over),
            RepeatAsync(() => UnfinishedOverArq.RunAsync(server.At("messages/arq"), Hold), server, over),
            RepeatAsync(() => UploadAsync(server.At("files/tcp")), server, over),
            RepeatAsync(() => UnseenRefusals.FailHandshakesAsync(server.At("echo/tls"), 100), server, over),
            RepeatAsync(() => LatePackets.RepeatAsync(server.At("messages/arq")), server, over),
            RepeatAsync(() => SharedData.IsRefusedAsync(ground, server.Data), server, over),
            ReconnectStorm.RunAsync(messages, over),
            NewIdentities.RunAsync(messages, over),
        ];
        if (disk is not null)
        {
            attacks.Add(FailDiskAsync(disk, over));
        }

        if (ground.HasNetwork)
        {
            attacks.Add(RepeatAsync(() => OneNetwork.HoldAsync(server.At("messages/tcp#2"), Hold), server, over));
            attacks.Add(RepeatAsync(() => DatagramLoop.AnswerAsync(server.At("echo/udp"), Hold), server, over));
            attacks.Add(RepeatAsync(() => Task.Run(() => DatagramLoop.Forge(server.At("echo/udp"), server.At("echo/udp#2")), CancellationToken.None), server, over));
        }

        return Task.WhenAll(attacks);
    }

    private static async Task RepeatAsync(Func<Task> attack, ServerProcess server, CancellationToken over)
    {
        while (!over.IsCancellationRequested && server.IsAlive)
        {
            try
            {
                await attack();
            }
            catch (Exception exception) when (exception is SocketException or IOException or InvalidOperationException)
            {
                // The server refuses, or is gone, which is seen elsewhere.
            }

            await Task.Delay(Second, CancellationToken.None);
        }
    }

    private static async Task UploadAsync(IPEndPoint files)
    {
        using var uploads = new Uploads();
        await uploads.ConnectAsync(files, UploadsAtOnce, Network);
        await uploads.GreetAsync(Patience);
        await uploads.SendAsync(1000);
        await uploads.FinishAsync(Patience);
    }

    // Syncs of received files take 10 ms, and fail in every fifth second.
    private static async Task FailDiskAsync(DiskFaults disk, CancellationToken over)
    {
        TimeSpan delay = TimeSpan.FromMilliseconds(10);
        for (int second = 0; !over.IsCancellationRequested; second++)
        {
            disk.Set(second % 5 == 4 ? DiskFaults.InputOutput : 0, delay);
            await Task.Delay(Second, CancellationToken.None);
        }

        disk.Set(0, TimeSpan.Zero);
    }

    private readonly record struct Figures(long Before, long Highest, long Comparison, int Descriptors, int MostDescriptors);
}
