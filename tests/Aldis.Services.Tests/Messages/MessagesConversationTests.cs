using System.Text;
using Aldis.Services.Events;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Messages;

public sealed class MessagesConversationTests
{
    [Fact]
    public async Task The_labs_client_sends_header_and_payload_and_believes_each_receive()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        foreach (string text in new[] { "Hello World!", "grüß dich", "third", LabFrame.Disconnect })
        {
            await client.SendAsync(LabFrame.Header(Encoding.UTF8.GetByteCount(text)));
            await client.SendAsync(text);
            Assert.Equal(LabFrame.Header(33), await client.ReceiveOnceAsync(64));
            Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveOnceAsync());
        }

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Equal(
            ["Hello World!", "grüß dich", "third", LabFrame.Disconnect],
            server.Events.Of(ServiceEventKind.MessageReceived).Select(what => Encoding.UTF8.GetString(what.Payload.Span)));
    }

    [Fact]
    public async Task An_answer_goes_out_in_one_write()
    {
        using var connection = new InMemoryConnection();
        connection.Serve(TestStore.NewHandler());
        List<string> flushed = [];
        using var answered = new SemaphoreSlim(0);
        Task watching = connection.WatchFlushesAsync(bytes =>
        {
            flushed.Add(Encoding.ASCII.GetString(bytes));
            answered.Release();
        });

        connection.Send(LabFrame.Of("one"));
        await answered.WaitAsync(TestContext.Current.CancellationToken);
        connection.Send(LabFrame.Of("two"));
        await answered.WaitAsync(TestContext.Current.CancellationToken);
        connection.Send(LabFrame.Header("letters"));
        connection.FinishWriting();
        await watching;

        Assert.Equal(
            [LabFrame.Confirmation, LabFrame.Confirmation, LabFrame.Of("Message refused: the header is not a number")], flushed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(63)]
    [InlineData(65)]
    public async Task A_stream_in_pieces_of_any_size_is_as_if_it_had_come_whole(int size)
    {
        byte[] stream = Encoding.UTF8.GetBytes(LabFrame.Of("first €") + LabFrame.Of(string.Empty) + LabFrame.Of("0123456789"));
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        for (int start = 0; start < stream.Length; start += size)
        {
            await client.SendAsync(stream.AsMemory(start, Math.Min(size, stream.Length - start)));
        }

        client.FinishWriting();

        Assert.Equal(string.Concat(Enumerable.Repeat(LabFrame.Confirmation, 3)), await client.ReceiveTextToEndAsync());
        Assert.Equal(
            ["first €", string.Empty, "0123456789"],
            server.Events.Of(ServiceEventKind.MessageReceived).Select(what => Encoding.UTF8.GetString(what.Payload.Span)));
    }

    [Fact]
    public async Task Many_messages_in_one_segment_are_each_answered()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(string.Concat(Enumerable.Range(0, 100).Select(number => LabFrame.Of($"message {number}"))));

        Assert.Equal(string.Concat(Enumerable.Repeat(LabFrame.Confirmation, 100)), await client.ReceiveTextAsync(9700));
    }

    [Fact]
    public async Task A_message_of_length_0_is_answered()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(LabFrame.Header(0));

        Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveFrameAsync());
        Assert.Equal(0, Assert.Single(server.Events.Of(ServiceEventKind.MessageReceived)).Length);
    }

    [Fact]
    public async Task Leading_zeros_are_fine()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync("5".PadLeft(64, '0') + "hello");

        Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveFrameAsync());
    }

    [Theory]
    [InlineData(1024 * 1024)]
    [InlineData(1024 * 1024 - 1)]
    public async Task The_longest_message_is_taken(int length)
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(LabFrame.Header(length));
        await client.SendAsync(new byte[length]);

        Assert.Equal(LabFrame.ConfirmationText, await client.ReceiveFrameAsync());
        Assert.Equal(length, server.Events.Of(ServiceEventKind.MessageReceived)[0].Length);
    }

    [Theory]
    [InlineData("+5", "the length has a sign")]
    [InlineData("-5", "the length has a sign")]
    [InlineData(" 5", "the header is not a number")]
    [InlineData("5 x", "the length is not followed by spaces only")]
    [InlineData("12345678901234567890", "the length has too many digits")]
    [InlineData("5\0\0\0", "the header is padded with NUL bytes instead of spaces")]
    [InlineData("five", "the header is not a number")]
    [InlineData("1048577", "the length is over the limit of 1048576 bytes")]
    [InlineData("ALDIS/2 messages", "the header is not a number")]
    public async Task A_wrong_header_is_refused_with_the_reason_and_the_connection_closed(string header, string reason)
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        // The payload is on its way already: the refusal must reach the client all the same.
        await client.SendAsync(LabFrame.Header(header));
        await client.SendAsync(new byte[100_000]);

        Assert.Equal(LabFrame.Of("Message refused: " + reason), await client.ReceiveTextToEndAsync());
        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Equal("refused: " + reason, closed.Detail);
        Assert.Empty(server.Events.Of(ServiceEventKind.MessageReceived));
    }

    [Fact]
    public async Task Messages_before_a_wrong_header_are_answered_and_those_behind_it_are_not()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(LabFrame.Of("good") + LabFrame.Header("bad") + LabFrame.Of("good again"));

        Assert.Equal(
            LabFrame.Confirmation + LabFrame.Of("Message refused: the header is not a number"), await client.ReceiveTextToEndAsync());
        Assert.Single(server.Events.Of(ServiceEventKind.MessageReceived));
    }

    [Fact]
    public async Task What_follows_the_disconnect_is_not_answered()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(LabFrame.Of(LabFrame.Disconnect) + LabFrame.Of("too late"));

        Assert.Equal(LabFrame.Confirmation, await client.ReceiveTextAsync(97));
        await client.WaitForEndAsync();
        Assert.Single(server.Events.Of(ServiceEventKind.MessageReceived));
    }

    [Fact]
    public async Task A_half_close_before_the_answer_does_not_cost_the_answer()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(LabFrame.Of("last words"));
        client.FinishWriting();

        Assert.Equal(LabFrame.Confirmation, await client.ReceiveTextToEndAsync());
    }

    [Fact]
    public async Task A_reset_in_the_middle_delivers_nothing_of_the_message_and_others_go_on()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient other = await server.ConnectAsync();
        using LabClient client = await server.ConnectAsync();
        await client.SendAsync(LabFrame.Of("whole"));
        await client.ReceiveFrameAsync();
        await client.SendAsync(LabFrame.Header(100) + "half");

        client.Reset();

        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Equal("reset by the client", closed.Detail);
        Assert.Equal("whole"u8.ToArray(), Assert.Single(server.Events.Of(ServiceEventKind.MessageReceived)).Payload.ToArray());
        await other.SendAsync(LabFrame.Of("still here"));
        Assert.Equal(LabFrame.ConfirmationText, await other.ReceiveFrameAsync());
    }

    [Fact]
    public async Task A_message_that_stops_short_of_its_end_is_not_delivered()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient client = await server.ConnectAsync();

        await client.SendAsync(LabFrame.Header(100) + "half");
        client.FinishWriting();

        Assert.Empty(await client.ReceiveToEndAsync());
        Assert.Empty(server.Events.Of(ServiceEventKind.MessageReceived));
    }

    [Fact]
    public async Task The_count_of_connections_goes_up_and_down()
    {
        await using RunningServer server = await RunningServer.StartAsync("messages", TestStore.NewHandler());
        using LabClient first = await server.ConnectAsync();
        await server.Events.WaitForAsync(what => what is { Kind: ServiceEventKind.ConnectionOpened, Active: 1 });
        using LabClient second = await server.ConnectAsync();
        await server.Events.WaitForAsync(what => what is { Kind: ServiceEventKind.ConnectionOpened, Active: 2 });

        first.Dispose();
        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);

        Assert.Equal(1, closed.Active);
        Assert.Null(closed.Detail);
    }
}
