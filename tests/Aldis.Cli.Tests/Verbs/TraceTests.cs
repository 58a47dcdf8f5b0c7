using System.Net;
using Aldis.Protocols.Impairment;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>--trace</c> shows what the client's end of a real exchange did, and why.</summary>
public sealed class TraceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_conversation_is_shown_from_its_first_packet_to_its_end()
    {
        await using ConversationServer server = await ServeAsync();
        Run run = (await Run.AldisAsync("hello\n", ["talk", $"arq://{EndPointOf(server, "exchange")}?mode=stop-and-wait", "--trace"]))
            .Ends(ExitCode.Confirmed, "1 answered");

        Assert.Equal("hello\n", run.Output);
        AssertShownInOrder(run.Error, "SYN ", "SYNACK", "CONFIRM", "bytes 0 to 4 #1", "ACK 5", "bytes 0 to 4", "the end #", "the connection ended");
    }

    [Fact]
    public async Task What_is_lost_is_sent_again_with_the_reason()
    {
        await using ConversationServer server = await ServeAsync();
        var lossy = new LinkFaults { Loss = 0.2 };
        await using LinkRelay relay = LinkRelay.Start(
            EndpointAddress.Parse("udp://127.0.0.1:0"),
            EndpointAddress.Parse($"udp://{EndPointOf(server, "files")}"),
            new LinkRelayOptions { ToTarget = lossy, ToClient = lossy, Seed = 5 });
        string file = _directory.Combine("sent.txt");
        await File.WriteAllTextAsync(file, new string('x', 8_000), TestContext.Current.CancellationToken);

        Run run = (await Run.AldisAsync("copy", "--plain", file, $"arq://{relay.EndPoint}?mode=stop-and-wait&frame=200", "--trace"))
            .Ends(ExitCode.PartlyConfirmed);

        Assert.True(relay.Dropped > 0, "Nothing was lost.");
        AssertShownInOrder(run.Error, "bytes 22 to 221", "time-out: no answer to bytes", " for #", "the connection ended");
    }

    [Fact]
    public async Task Each_connection_has_a_ladder_of_its_own()
    {
        await using ConversationServer server = await ServeAsync();
        string[] files = [_directory.Combine("a"), _directory.Combine("b")];
        foreach (string file in files)
        {
            await File.WriteAllTextAsync(file, "text", TestContext.Current.CancellationToken);
        }

        Run run = await Run.AldisAsync(["copy", "--plain", .. files, $"arq://{EndPointOf(server, "files")}", "--trace", "--quiet"]);

        Assert.Equal(2, run.Error.Split("as the client sees it").Length - 1);
        Assert.Equal(2, run.Error.Split("the connection ended").Length - 1);
    }

    [Theory]
    [InlineData("talk", "tcp://127.0.0.1:1")]
    [InlineData("echo", "udp://127.0.0.1:1")]
    [InlineData("send", "unix:/nowhere", "text")]
    [InlineData("send", "--plain", "tls://127.0.0.1:1", "text")]
    [InlineData("copy", "--plain", "/dev/null", "127.0.0.1:1")]
    public async Task A_transport_without_frames_is_a_wrong_call(params string[] words) =>
        (await Run.AldisAsync([.. words, "--trace"])).Ends(ExitCode.UsageOrLocalError, "--trace shows the frames of arq://");

    [Fact]
    public async Task Several_connections_at_once_are_a_wrong_call() =>
        (await Run.AldisAsync("echo", "arq://127.0.0.1:1", "--connections", "2", "--trace")).Ends(ExitCode.UsageOrLocalError, "one connection");

    private static void AssertShownInOrder(string text, params string[] parts)
    {
        int at = 0;
        foreach (string part in parts)
        {
            int found = text.IndexOf(part, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"'{part}' is not shown, or not there:\n{text}");
            at = found + part.Length;
        }
    }

    private static IPEndPoint EndPointOf(ConversationServer server, string service) =>
        (IPEndPoint)server.Endpoints.Single(endpoint => endpoint.Service == service).EndPoint;

    private async Task<ConversationServer> ServeAsync()
    {
        var server = new ConversationServer();
        server.Listen("exchange", "arq://127.0.0.1:0", new ExchangeHandler());
        server.Listen("files", "arq://127.0.0.1:0", new FilesHandler(new FileInbox(new InboxOptions { Directory = _directory.Combine("files") })));
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }
}
