namespace Aldis.Benchmarks.Hostile;

/// <summary>A second server in the data directory of the first.</summary>
internal static class SharedData
{
    private const int Files = 500;
    private const int FewFiles = 20;
    private const int UsageStatus = 2;
    private const int Network = 13;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static Attack Attack { get; } = new(
        "shared-data",
        "a second server in one data directory: it is refused and names the first, or no file of either is overwritten",
        RunAsync);

    /// <summary>Starts a second server in the data directory of one that runs.</summary>
    /// <returns>Whether it was refused.</returns>
    public static async Task<bool> IsRefusedAsync(Ground ground, string data)
    {
        await using ServerProcess second = await ServerProcess.StartAsync(
            ground, new ServerSetup("messages=tcp://127.0.0.1:0", "files=tcp://127.0.0.1:0") { Data = data });
        return !second.IsAlive;
    }

    private static async Task RunAsync(Ground ground, Verdict verdict)
    {
        await using ServerProcess first = await ServerProcess.StartAsync(ground, new ServerSetup("files=tcp://127.0.0.1:0"));
        await using ServerProcess second = await ServerProcess.StartAsync(ground, new ServerSetup("files=tcp://127.0.0.1:0") { Data = first.Data });
        bool isRefused = !second.IsAlive;
        verdict.Check("second_refused", isRefused, isRefused);
        if (isRefused)
        {
            await second.WaitForEndAsync();
            string id = first.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
            bool namesFirst = second.Lines.Any(line => line.Contains(id, StringComparison.Ordinal));
            verdict.Check("exit", second.ExitCode, second.ExitCode == UsageStatus);
            verdict.Check("names_first", namesFirst, namesFirst);
        }

        int files = ground.Scale(Files, FewFiles);
        int[] stored = await Task.WhenAll(UploadAsync(first, files), isRefused ? Task.FromResult(0) : UploadAsync(second, files));
        int there = Directory.GetFiles(Path.Combine(first.Data, "files"), "received_file*").Length;
        verdict.Tell("confirmed", stored.Sum());
        verdict.Check("there", there, there == stored.Sum() && stored[0] == files);
    }

    private static async Task<int> UploadAsync(ServerProcess server, int files)
    {
        using var uploads = new Uploads();
        await uploads.ConnectAsync(server.At("files/tcp"), files, Network);
        await uploads.GreetAsync(Patience);
        await uploads.SendAsync(100);
        return await uploads.FinishAsync(Patience);
    }
}
