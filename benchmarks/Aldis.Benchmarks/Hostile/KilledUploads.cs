using System.Runtime.Versioning;

namespace Aldis.Benchmarks.Hostile;

/// <summary>A server that is killed while it receives files.</summary>
[SupportedOSPlatform("linux")]
internal static class KilledUploads
{
    private const int Files = 50;
    private const int Network = 18;
    private const int MostLooks = 500;
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Attack Attack { get; } = new(
        "killed-uploads",
        "a server is killed under 50 uploads: the next one removes their halves, and nothing it keeps is open to other users",
        RunAsync);

    private static async Task RunAsync(Ground ground, Verdict verdict)
    {
        var setup = new ServerSetup("files=tcp://127.0.0.1:0", "messages=tcp://127.0.0.1:0") { Data = ground.NewFolder() };
        using var uploads = new Uploads();
        await using (ServerProcess server = await ServerProcess.StartAsync(ground, setup))
        {
            await HonestClients.AskOnceAsync(server.At("messages/tcp"), Wire.From(Network, 2));
            await uploads.ConnectAsync(server.At("files/tcp"), Files, Network);
            await uploads.GreetAsync(Patience);
            await uploads.SendAsync(Wire.LongestMessage);
            for (int wait = 0; wait < MostLooks && Parts(setup.Data).Length < Files; wait++)
            {
                await Task.Delay(Look);
            }

            await server.SignalAsync("KILL");
            await server.WaitForEndAsync();
        }

        int left = Parts(setup.Data).Length;
        verdict.Check("left_by_the_kill", left, left == Files);
        await using ServerProcess next = await ServerProcess.StartAsync(ground, setup);
        int remaining = Parts(setup.Data).Length;
        verdict.Check("left_by_the_next", remaining, remaining == 0);
        string[] open = [.. Directory.EnumerateFileSystemEntries(setup.Data, "*", SearchOption.AllDirectories)
            .Where(static path => (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)];
        verdict.Check("open_to_others", open.Length == 0 ? "0" : string.Join(',', open), open.Length == 0);
        bool hasStopped = await next.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
    }

    private static string[] Parts(string data) => Directory.GetFiles(Path.Combine(data, "files"), "*.part");
}
