using System.Net;
using System.Net.Sockets;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Silent connections that all begin a file when few descriptors are left, while the journal begins a new segment.</summary>
internal static class SilentUploads
{
    private const int Descriptors = 1024;
    private const int FewDescriptors = 400;
    private const int BesideSilent = 224;
    private const int Further = 200;
    private const int Network = 4;

    // More than a segment of 64 MiB.
    private const int Messages = 80;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static Attack Attack { get; } = new(
        "silent-uploads",
        "of 1,024 descriptors 800 silent connections take theirs and then begin files: the journal goes on into its next segment, "
        + "what finds no descriptor is refused and counted",
        RunAsync);

    private static async Task RunAsync(Ground ground, Verdict verdict)
    {
        int descriptors = ground.Scale(Descriptors, FewDescriptors);
        await using ServerProcess server = await ServerProcess.StartAsync(
            ground, new ServerSetup("files=tcp://127.0.0.1:0", "messages=tcp://127.0.0.1:0", "--quiet") { Descriptors = descriptors });
        using Socket messages = await Wire.ConnectAsync(server.At("messages/tcp"), Wire.From(Network, 100));
        using var uploads = new Uploads();
        await uploads.ConnectAsync(server.At("files/tcp"), descriptors - BesideSilent, Network);
        verdict.Tell("connected", uploads.Count);
        await uploads.GreetUntilAsync(() => server.Descriptors >= descriptors - 1, Patience * 2);
        verdict.Tell("descriptors", server.Descriptors);
        using var further = new Uploads();
        await further.ConnectAsync(server.At("files/tcp"), Further, Network + 1);
        int answered = await SendAsync(messages);
        verdict.Check("answered", answered, answered == Messages);
        uploads.Dispose();
        further.Dispose();
        await Task.Delay(1000);
        bool isServed = await HonestClients.AskOnceAsync(server.At("messages/tcp"), Wire.From(Network, 101));
        verdict.Check("served_after", isServed, isServed);
        bool hasStopped = await server.StopAsync();
        verdict.Check("stopped_in_order", hasStopped, hasStopped);
        long refused = server.Count("connection-refused", "descriptor-limit");
        verdict.Check("refused_for_descriptors", refused, refused > 0 && server.RefusedInSummary >= refused);
        int segments = Directory.GetFiles(Path.Combine(server.Data, "journal"), "*.segment").Length;
        verdict.Check("segments", segments, segments > 1);
        verdict.Tell("refusals", server.Refusals());
    }

    private static async Task<int> SendAsync(Socket socket)
    {
        using var over = new CancellationTokenSource(Patience * 4);
        byte[] message = [.. Wire.UnfinishedMessage(), (byte)'x'];
        byte[] answer = new byte[Wire.AnswerBytes];
        int answered = 0;
        while (answered < Messages
            && await Wire.TrySendAsync(socket, message, over.Token)
            && await Wire.ReceiveAsync(socket, answer, over.Token) == answer.Length
            && answer.AsSpan(Wire.UnitBytes).StartsWith("Message received"u8))
        {
            answered++;
        }

        return answered;
    }
}
