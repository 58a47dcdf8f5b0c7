using System.Net.Sockets;
using Aldis.Services.Ack;
using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Services.Tests.Hosting;

public sealed class FewDescriptorsTests
{
    private readonly RecordedEvents _events = new();

    [Fact]
    public async Task A_limit_of_descriptors_below_that_of_connections_is_told_at_the_start()
    {
        await using ConversationServer server = await StartAsync(maxDescriptors: 1024);

        ServiceEvent told = await _events.WaitForAsync(ServiceEventKind.Fault);

        Assert.Equal(ServiceEventCause.DescriptorLimit, told.Cause);
        Assert.Contains("1024 file descriptors", told.Detail, StringComparison.Ordinal);
        Assert.Contains("240 files", told.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_limit_that_is_enough_is_not_spoken_of()
    {
        await using (await StartAsync(maxDescriptors: 1_000_000))
        {
        }

        Assert.Empty(_events.Of(ServiceEventKind.Fault));
    }

    [Fact]
    public async Task A_connection_beyond_the_share_is_counted_as_refused_and_says_why()
    {
        await using ConversationServer server = await StartAsync(maxDescriptors: 65);
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _ = await Record.ExceptionAsync(() => client.ConnectAsync(server.Endpoints[0].EndPoint, TestContext.Current.CancellationToken).AsTask());

        ServiceEvent refused = await _events.WaitForAsync(ServiceEventKind.ConnectionRefused);
        Assert.Equal(ServiceEventCause.DescriptorLimit, refused.Cause);
        Assert.StartsWith("out of file descriptors", refused.Detail, StringComparison.Ordinal);
        Assert.Equal(1, server.Statistics.ConnectionsRefused);
    }

    private async Task<ConversationServer> StartAsync(int maxDescriptors)
    {
        var server = new ConversationServer(new ServerOptions { Events = _events, MaxDescriptors = maxDescriptors });
        server.Listen(AckConversation.Descriptor, "tcp://127.0.0.1:0");
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }
}
