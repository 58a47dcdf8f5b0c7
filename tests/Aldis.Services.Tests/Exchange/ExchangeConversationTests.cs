using System.Text;
using Aldis.Services.Events;
using Aldis.Services.Exchange;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Exchange;

public sealed class ExchangeConversationTests
{
    [Fact]
    public async Task What_the_client_says_comes_back_until_it_closes()
    {
        await using RunningServer server = await RunningServer.StartAsync("exchange", new ExchangeHandler());
        using LabClient client = await server.ConnectAsync();

        foreach (string text in new[] { "good day", "grüß dich", new string('x', 1024) })
        {
            await client.SendAsync(text);
            Assert.Equal(text, await client.ReceiveTextAsync(Encoding.UTF8.GetByteCount(text)));
        }

        client.FinishWriting();
        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal("good day"u8.ToArray(), server.Events.Of(ServiceEventKind.TextReceived)[0].Payload.ToArray());
    }

    [Fact]
    public async Task A_disconnect_ends_one_conversation_and_not_the_server()
    {
        await using RunningServer server = await RunningServer.StartAsync("exchange", new ExchangeHandler());
        for (int round = 0; round < 4; round++)
        {
            using LabClient client = await server.ConnectAsync();
            await client.SendAsync("again");
            Assert.Equal("again", await client.ReceiveTextAsync(5));
            if (round % 2 == 1)
            {
                client.Reset();
            }
        }
    }

    [Fact]
    public async Task A_message_longer_than_the_labs_buffer_comes_back_whole()
    {
        await using RunningServer server = await RunningServer.StartAsync("exchange", new ExchangeHandler());
        using LabClient client = await server.ConnectAsync();
        string text = string.Concat(Enumerable.Range(0, 20_000).Select(number => $"{number} "));

        await client.SendAsync(text);

        Assert.Equal(text, await client.ReceiveTextAsync(text.Length));
    }

    [Fact]
    public async Task Interleaved_clients_get_their_own_words()
    {
        await using RunningServer server = await RunningServer.StartAsync("exchange", new ExchangeHandler());
        using LabClient first = await server.ConnectAsync();
        using LabClient second = await server.ConnectAsync();

        for (int round = 0; round < 20; round++)
        {
            await first.SendAsync($"first {round:00}");
            await second.SendAsync($"second {round:00}");
            Assert.Equal($"second {round:00}", await second.ReceiveTextAsync(9));
            Assert.Equal($"first {round:00}", await first.ReceiveTextAsync(8));
        }
    }
}
