using System.Diagnostics;
using System.Net;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Uploads that end at once on a disk whose sync takes 10 ms.</summary>
internal static class UploadsEndTogether
{
    private const int Files = 1000;
    private const int FewFiles = 100;
    private const int Network = 6;
    private const double MostDelayMs = 100;
    private static readonly TimeSpan SyncTime = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Attack Attack { get; } = new(
        "uploads-end-together",
        "1,000 uploads end at once where a sync takes 10 ms: all are stored, and a new connection waits at most 100 ms longer (p99)",
        RunAsync);

    private static async Task RunAsync(Ground ground, Verdict verdict)
    {
        using var disk = new DiskFaults(ground, "/files");
        await using ServerProcess server = await ServerProcess.StartAsync(ground, new ServerSetup("files=tcp://127.0.0.1:0", "messages=tcp://127.0.0.1:0")
        {
            Environment = disk.Environment,
        });
        int files = ground.Scale(Files, FewFiles);
        List<double> before = await AskAsync(server.At("messages/tcp"), Task.Delay(ground.Scale(2000, 100)));
        using var uploads = new Uploads();
        await uploads.ConnectAsync(server.At("files/tcp"), files, Network);
        await uploads.GreetAsync(Patience);
        await uploads.SendAsync(1000);
        disk.Set(0, SyncTime);
        Task<int> ending = uploads.FinishAsync(Patience);
        List<double> during = await AskAsync(server.At("messages/tcp"), ending);
        disk.Set(0, TimeSpan.Zero);
        verdict.Check("stored", await ending, await ending == files);
        verdict.Tell("late_syncs", disk.Touched);
        verdict.Tell("asked", during.Count);
        double usual = HonestClients.Percentile(before, 0.99);
        double late = HonestClients.Percentile(during, 0.99);
        verdict.Tell("p99_before_ms", usual);
        verdict.Check("p99_new_ms", late, ground.IsShort || late <= usual + MostDelayMs);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
    }

    // One that waits does not stop the next from being due.
    private static async Task<List<double>> AskAsync(IPEndPoint server, Task until)
    {
        var asked = new List<Task<double>>();
        do
        {
            asked.Add(AskOnceAsync(server, asked.Count));
            await Task.Delay(20);
        }
        while (!until.IsCompleted);
        return [.. await Task.WhenAll(asked)];
    }

    private static async Task<double> AskOnceAsync(IPEndPoint server, int number)
    {
        long begin = Stopwatch.GetTimestamp();
        bool isAnswered = await HonestClients.AskOnceAsync(server, Wire.From(Network + 1, 1 + (number % 100)));
        return isAnswered ? Stopwatch.GetElapsedTime(begin).TotalMilliseconds : HonestClients.Patience.TotalMilliseconds;
    }
}
