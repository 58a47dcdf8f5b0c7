using Aldis.Protocols.Budgets;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Services.Tests.Messages;
using Aldis.Tests;
using Aldis.Transports.Budgets;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>The 10 s of a header and the hour of an idle connection, in virtual time.</summary>
public sealed class DeadlineTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public static TheoryData<string> Conversations => ["ack", "echo", "exchange", "files", "messages"];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task A_silent_client_is_kept_until_the_idle_limit_and_closed_then(string conversation)
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(Handler(conversation));

        Tick(served, from: 1, to: 3599);
        Assert.False(connection.Handling.IsCompleted);

        served.Tick(TimeSpan.FromHours(1));
        await EndAsync(connection);
        Assert.Equal(StopCause.Idle, served.Stop);
        Assert.Empty(connection.ReceiveOnce());
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task A_byte_starts_the_idle_time_anew(string conversation)
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(Handler(conversation));
        Assert.True(connection.Send(conversation == "messages" ? LabFrame.Of("x") : "x"));

        Tick(served, from: 1, to: 3600);
        Assert.False(connection.Handling.IsCompleted);

        // The answer of a store comes from another thread and is progress as well: the hour begins with whichever was last.
        for (int second = 3601; served.Stop == StopCause.None; second++)
        {
            served.Tick(TimeSpan.FromSeconds(second));
        }

        await EndAsync(connection);
        Assert.Equal(StopCause.Idle, served.Stop);
    }

    [Fact]
    public async Task Time_in_which_nothing_is_read_for_want_of_memory_is_none_of_a_headers_ten_seconds()
    {
        using var connection = new InMemoryConnection();
        ReceiveAccount account = new ReceiveBudget(1 << 20, 1 << 20).Open(default);
        connection.Features.Set<IReceiveAccountFeature>(new Counted(account));
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        connection.Send("12");
        Tick(served, from: 1, to: 6);

        account.OnDiscarded();
        Tick(served, from: 7, to: 600);
        Assert.Equal(StopCause.None, served.Stop);

        Assert.True(account.TryResume());
        Tick(served, from: 601, to: 604);
        Assert.Equal(StopCause.None, served.Stop);
        served.Tick(TimeSpan.FromSeconds(605));
        await EndAsync(connection);
        Assert.Equal(StopCause.UnitIncomplete, served.Stop);
    }

    [Fact]
    public async Task A_header_that_was_begun_must_be_whole_ten_seconds_after_its_first_byte()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());

        // One byte per second is progress, and yet no header.
        for (int second = 0; second < 10; second++)
        {
            connection.Send("0");
            served.Tick(TimeSpan.FromSeconds(second));
            Assert.False(connection.Handling.IsCompleted);
        }

        served.Tick(TimeSpan.FromSeconds(10));
        await EndAsync(connection);
        Assert.Equal(StopCause.UnitIncomplete, served.Stop);
        Assert.Empty(connection.ReceiveOnce());
    }

    [Fact]
    public async Task Each_header_has_ten_seconds_of_its_own()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        for (int message = 0; message < 5; message++)
        {
            connection.Send("5    ");
            Tick(served, (message * 9) + 1, (message * 9) + 9);
            connection.Send(new string(' ', 59) + "hello");
            Assert.Equal(LabFrame.Confirmation, await connection.ReceiveTextAsync(LabFrame.Confirmation.Length));
        }

        Assert.False(connection.Handling.IsCompleted);
    }

    [Fact]
    public async Task A_payload_may_take_longer_than_a_header()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        connection.Send(LabFrame.Header(60));
        for (int second = 1; second <= 60; second++)
        {
            served.Tick(TimeSpan.FromSeconds(second));
            connection.Send("x");
        }

        Assert.Equal(LabFrame.Confirmation, await connection.ReceiveTextAsync(LabFrame.Confirmation.Length));
    }

    [Fact]
    public async Task A_pause_between_messages_is_no_unfinished_header()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        connection.Send(LabFrame.Of("first"));
        Tick(served, from: 1, to: 600);
        connection.Send(LabFrame.Of("second"));

        Assert.Equal(LabFrame.Confirmation + LabFrame.Confirmation, await connection.ReceiveTextAsync(2 * LabFrame.Confirmation.Length));
    }

    [Fact]
    public async Task A_greeting_that_stops_short_is_a_whole_one_after_ten_seconds()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(Handler("files"));
        connection.Send("Hello from");

        Tick(served, from: 0, to: 9);
        Assert.Empty(connection.ReceiveOnce());
        served.Tick(TimeSpan.FromSeconds(10));
        Assert.Equal("Hello from the server!", connection.ReceiveTextOnce());

        // The rest of the time is the file's: nothing of the stop is left.
        Tick(served, from: 11, to: 100);
        connection.Send("the file");
        connection.FinishWriting();
        await EndAsync(connection);
        string path = _directory.Combine(FilesHandler.PlainName);
        Assert.Equal("the file", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_that_stops_coming_is_not_stored_after_the_idle_limit()
    {
        using var connection = new InMemoryConnection();
        var events = new RecordedEvents();
        ServedConnection served = connection.Serve(Handler("files"), events);
        connection.Send("Hello from the client!half a file");
        await events.WaitForAsync(ServiceEventKind.GreetingReceived);

        // Disk work is on other threads: the ticks go on until the connection is found idle.
        for (int hour = 1; !connection.Handling.IsCompleted && served.Stop == StopCause.None; hour++)
        {
            served.Tick(TimeSpan.FromHours(hour));
        }

        await EndAsync(connection);
        Assert.Equal(StopCause.Idle, served.Stop);
        Assert.Single(events.Of(ServiceEventKind.FileRefused));
        Assert.Empty(Directory.EnumerateFiles(_directory.Path));
    }

    [Fact]
    public async Task A_handler_that_does_not_end_after_its_deadline_is_aborted_a_tick_later()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(new DeafHandler());

        served.Tick(TimeSpan.FromHours(1));
        Assert.Null(connection.AbortReason);
        served.Tick(TimeSpan.FromHours(1) + TimeSpan.FromSeconds(1));

        Assert.NotNull(connection.AbortReason);
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => connection.Handling);
    }

    [Theory]
    [InlineData("ack")]
    [InlineData("echo")]
    [InlineData("exchange")]
    [InlineData("messages")]
    public async Task A_client_that_never_reads_is_read_no_further_and_closed_at_the_idle_limit(string conversation)
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(Handler(conversation));
        string piece = conversation == "messages" ? LabFrame.Of("x") : new string('x', 100);
        long sent = 0;
        while (connection.Send(piece))
        {
            sent += piece.Length;
            Assert.True(sent <= 4 * InMemoryConnection.InputLimit, "The server reads on although its answers are not read.");
        }

        Tick(served, from: 0, to: 3599);
        Assert.False(connection.Handling.IsCompleted);
        served.Tick(TimeSpan.FromHours(1));
        await EndAsync(connection);
        Assert.Equal(StopCause.Idle, served.Stop);
    }

    [Theory]
    [MemberData(nameof(Conversations))]
    public async Task An_idle_connection_ends_at_once_when_the_server_drains(string conversation)
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(Handler(conversation));

        served.RequestStop(StopCause.Draining);

        await EndAsync(connection);
    }

    [Fact]
    public async Task A_message_in_flight_is_finished_while_the_server_drains_and_then_the_connection_ends()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        connection.Send(LabFrame.Header(5) + "he");

        served.RequestStop(StopCause.Draining);
        Assert.False(connection.Handling.IsCompleted);
        connection.Send("llo");

        Assert.Equal(LabFrame.Confirmation, await connection.ReceiveTextAsync(LabFrame.Confirmation.Length));
        await EndAsync(connection);
    }

    [Fact]
    public async Task A_header_in_flight_is_finished_too()
    {
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(TestStore.NewHandler());
        connection.Send("5 ");

        served.RequestStop(StopCause.Draining);
        Assert.False(connection.Handling.IsCompleted);
        connection.Send(new string(' ', 62) + "hello");

        Assert.Equal(LabFrame.Confirmation, await connection.ReceiveTextAsync(LabFrame.Confirmation.Length));
        await EndAsync(connection);
    }

    [Fact]
    public async Task What_arrived_before_the_server_drains_is_answered()
    {
        // The stop comes from within the first read, when the second message is in the buffer already.
        using var connection = new InMemoryConnection();
        var events = new StopsAtFirstMessage();
        events.Served = connection.Serve(TestStore.NewHandler(), events);

        connection.Send(LabFrame.Of("first") + LabFrame.Of("second") + LabFrame.Header(5));
        Assert.False(connection.Handling.IsCompleted);
        connection.Send("third");

        Assert.Equal(
            string.Concat(Enumerable.Repeat(LabFrame.Confirmation, 3)),
            await connection.ReceiveTextAsync(3 * LabFrame.Confirmation.Length));
        await EndAsync(connection);
    }

    private static void Tick(ServedConnection served, int from, int to)
    {
        for (int second = from; second <= to; second++)
        {
            served.Tick(TimeSpan.FromSeconds(second));
        }
    }

    private static Task EndAsync(InMemoryConnection connection) =>
        connection.Handling.InTime();

    private ConnectionHandler Handler(string conversation) => conversation switch
    {
        "ack" => new AckHandler(),
        "echo" => new EchoHandler(),
        "exchange" => new ExchangeHandler(),
        "files" => new FilesHandler(new FileInbox(new InboxOptions { Directory = _directory.Path })),
        _ => TestStore.NewHandler(),
    };

    private sealed class DeafHandler : ConnectionHandler
    {
        public override async Task OnConnectedAsync(ConnectionContext connection)
        {
            while (true)
            {
                var read = await connection.Transport.Input.ReadAsync();
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
            }
        }
    }

    private sealed class StopsAtFirstMessage : IServiceEvents
    {
        public ServedConnection? Served { get; set; }

        public bool ShowsPayload => false;

        public bool IsObserved => true;

        public void Publish(in ServiceEvent what)
        {
            if (what.Kind == ServiceEventKind.MessageReceived)
            {
                Served!.RequestStop(StopCause.Draining);
            }
        }
    }

    private sealed record Counted(ReceiveAccount Account) : IReceiveAccountFeature;
}
