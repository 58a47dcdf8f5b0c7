namespace Aldis.Benchmarks.Hostile;

/// <summary>Syncs of received files fail, each with another error.</summary>
internal static class FailedSync
{
    private const int Files = 5;
    private const int Network = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Attack Attack { get; } = new(
        "failed-sync",
        "the sync of a received file fails with EIO, ENOSPC and EDQUOT: the file is not published and said to be refused, the next is stored",
        RunAsync);

    private static async Task RunAsync(Ground ground, Verdict verdict)
    {
        using var disk = new DiskFaults(ground, ".part");
        await using ServerProcess server = await ServerProcess.StartAsync(
            ground, new ServerSetup("files=tcp://127.0.0.1:0") { Environment = disk.Environment });
        int[] errors = [DiskFaults.InputOutput, DiskFaults.NoSpace, DiskFaults.QuotaExceeded];
        int confirmed = 0;
        foreach (int error in errors)
        {
            disk.Set(error, TimeSpan.Zero);
            confirmed += await UploadAsync(server);
        }

        disk.Set(0, TimeSpan.Zero);
        int published = Count(server);
        int afterwards = await UploadAsync(server);
        verdict.Check("syncs_failed", disk.Touched, disk.Touched > 0);
        verdict.Check("confirmed", confirmed, confirmed == 0);
        verdict.Check("published", published, published == 0);
        verdict.Check("stored_afterwards", Count(server), afterwards == Files && Count(server) == Files);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
        long refused = server.Count("file-refused", "not-stored");
        verdict.Check("refused", refused, refused == errors.Length * Files);
    }

    private static async Task<int> UploadAsync(ServerProcess server)
    {
        using var uploads = new Uploads();
        await uploads.ConnectAsync(server.At("files/tcp"), Files, Network);
        await uploads.GreetAsync(Patience);
        await uploads.SendAsync(1000);
        return await uploads.FinishAsync(Patience);
    }

    private static int Count(ServerProcess server) => Directory.GetFiles(Path.Combine(server.Data, "files")).Length;
}
