using System.Text;
using Aldis.Protocols.Impairment;
using Aldis.Services.Echo;
using Aldis.Services.Hosting;
using Aldis.Transports.Relay;
using Xunit;

namespace Link.Sample;

// How does my client do on a bad network? Put one between it and its server: dotnet run
public sealed class LossyNetworkTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_message_comes_back_although_a_tenth_of_the_datagrams_is_lost()
    {
        await using var server = new ConversationServer();
        server.Listen(EchoConversation.Descriptor, "arq://127.0.0.1:0");
        await server.StartAsync(Stop);

        await using var relay = LinkRelay.Start("udp://127.0.0.1:0", $"udp://{server.Endpoints[0].EndPoint}", new LinkFaults { Loss = 0.1 });
        await using EchoClient client = await EchoClient.ConnectAsync($"arq://{relay.EndPoint}", cancellationToken: Stop);
        foreach (int number in Enumerable.Range(1, 100))
        {
            byte[] message = Encoding.UTF8.GetBytes($"message {number}");
            Assert.Equal(message, (await client.ExchangeAsync(message, Stop)).ToArray());
        }

        Assert.True(relay.Dropped > 0, "Nothing was lost.");
    }
}
