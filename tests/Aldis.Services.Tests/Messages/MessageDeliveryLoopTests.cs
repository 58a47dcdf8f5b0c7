using Aldis.Protocols.Messages;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;
using Aldis.Transports;
using static Aldis.Services.Tests.Messages.VirtualDelivery;

namespace Aldis.Services.Tests.Messages;

/// <summary>The patience of the client's loop (docs/protocols/messages.md section 5.4) in virtual time.</summary>
public sealed class MessageDeliveryLoopTests
{
    [Fact]
    public void Who_was_idle_for_a_night_has_a_whole_budget_when_the_connection_breaks()
    {
        VirtualDelivery delivery = Create();
        delivery.Give("first");
        delivery.MoodAt(Seconds(30_000), ServerMood.Down);
        delivery.GiveAt(Seconds(30_001), "second");
        delivery.MoodAt(Seconds(30_008), ServerMood.Serves);
        delivery.EndInputAt(Seconds(30_020));

        MessageDelivery end = delivery.Run();

        Assert.Equal((SenderEnd.Completed, 2), (end.End, end.Acknowledged));
        Assert.Equal(["first", "second"], delivery.Server.Stored);
    }

    [Fact]
    public void A_line_that_comes_while_there_is_no_server_is_in_the_outbox_when_the_client_gives_up()
    {
        VirtualDelivery delivery = Create();
        delivery.Give("first");
        delivery.MoodAt(Seconds(60), ServerMood.Down);
        delivery.GiveAt(Seconds(65), "second");

        MessageDelivery end = delivery.Run();

        Assert.Equal((1, 1, 1), (end.Acknowledged, end.Unacknowledged, end.NeverSent));
        Assert.Equal(CommunicationFailure.Network, end.Failure!.Failure);
        Assert.Equal(2, delivery.Outbox.Taken);
        Assert.Equal(Seconds(70), Rounded(end.Elapsed));
    }

    [Fact]
    public void What_was_handed_over_is_in_the_outbox_although_there_was_no_room_to_send_it()
    {
        VirtualDelivery delivery = Create(
            options: new MessagesClientOptions { RetryFirstConnection = true, RetryFor = TimeSpan.Zero, MaxPending = 1 },
            mood: ServerMood.Down);
        delivery.Give("one", "two", "three");

        Assert.Equal(3, delivery.Run().NeverSent);
        Assert.Equal(3, delivery.Outbox.Taken);
        Assert.Equal(1, delivery.Server.Connections);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 3)]
    public void An_outbox_is_given_what_it_holds_elsewhere_at_once_and_what_it_holds_in_memory_as_there_is_room(
        bool holdsInMemory, long takenBeforeTheEnd)
    {
        VirtualDelivery delivery = Create(
            options: Options(retry: 5) with { RetryFirstConnection = true, MaxPending = 1 },
            mood: ServerMood.Down,
            outbox: new OtherOutbox { HoldsInMemory = holdsInMemory });
        delivery.Give("one", "two", "three");
        long taken = 0;
        delivery.World.At(Seconds(2), () => taken = delivery.Outbox.Taken);

        Assert.Equal(3, delivery.Run().NeverSent);
        Assert.Equal(takenBeforeTheEnd, taken);
        Assert.Equal(3, delivery.Outbox.Taken);
    }

    [Theory]
    [InlineData(nameof(ServerMood.Busy), "busy")]
    [InlineData(nameof(ServerMood.DiskFull), "disk-full")]
    public void A_server_that_takes_nothing_is_given_up_when_the_budget_is_used_up(string mood, string word)
    {
        VirtualDelivery delivery = Create(options: Options(retry: 5), mood: Enum.Parse<ServerMood>(mood));
        delivery.Give("one");

        MessageDelivery end = delivery.Run();

        Assert.Equal(CommunicationFailure.Refused, end.Failure!.Failure);
        Assert.Contains($"takes nothing now ({word})", end.Failure.Message, StringComparison.Ordinal);
        Assert.Equal((Seconds(5), 1), (Rounded(end.Elapsed), delivery.Server.Connections));
        Assert.True(SenderEnds.AllowsReconnect(end.End));
    }

    [Fact]
    public void Without_a_budget_the_first_refusal_is_the_last()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 0), mood: ServerMood.DiskFull);
        delivery.Give("one");
        Assert.Equal(TimeSpan.Zero, Rounded(delivery.Run().Elapsed));
    }

    [Fact]
    public void A_pause_longer_than_the_budget_ends_with_it()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 5), mood: ServerMood.DiskFull, retryMilliseconds: 60_000);
        delivery.Give("one");
        Assert.Equal(Seconds(5), Rounded(delivery.Run().Elapsed));
    }

    [Fact]
    public void A_server_that_takes_nothing_for_less_than_the_budget_is_waited_for_on_its_connection()
    {
        VirtualDelivery delivery = Create(mood: ServerMood.DiskFull);
        delivery.Give("one");
        delivery.EndInput();
        delivery.MoodAt(Seconds(9), ServerMood.Serves);
        Assert.Equal(SenderEnd.Completed, delivery.Run().End);
        Assert.Equal(1, delivery.Server.Connections);
    }

    [Fact]
    public void With_a_budget_for_ever_a_server_is_waited_for_all_day()
    {
        VirtualDelivery delivery = Create(
            options: new MessagesClientOptions { RetryFirstConnection = true, RetryFor = Timeout.InfiniteTimeSpan }, mood: ServerMood.Down);
        delivery.Give("one");
        delivery.EndInput();
        delivery.MoodAt(Seconds(80_000), ServerMood.Serves);
        Assert.Equal(SenderEnd.Completed, delivery.Run().End);
    }

    [Fact]
    public void The_time_out_expires_while_new_lines_are_sent()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 0));
        delivery.Give("first");
        delivery.MoodAt(Seconds(1), ServerMood.Frozen);
        for (int i = 0; i < 500; i++)
        {
            delivery.GiveAt(Seconds(2 + (i * 0.2)), $"line {i}");
        }

        MessageDelivery end = delivery.Run();

        Assert.Equal(CommunicationFailure.Timeout, end.Failure!.Failure);
        Assert.InRange(end.Elapsed, Seconds(12), Seconds(12.5));
        Assert.Equal(end.Offered, end.Acknowledged + end.Unacknowledged);
    }

    [Fact]
    public void It_expires_while_an_acknowledgement_drips()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 0), mood: ServerMood.Drips);
        delivery.Give("first");
        MessageDelivery end = delivery.Run();
        Assert.Equal(CommunicationFailure.Timeout, end.Failure!.Failure);
        Assert.InRange(end.Elapsed, Seconds(10), Seconds(10.5));
    }

    [Fact]
    public void It_expires_when_the_peer_takes_nothing_and_all_buffers_are_full()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 0), mood: ServerMood.Mute, maxLength: 100_000, bufferBytes: 10_000);
        delivery.MoodAt(Seconds(1), ServerMood.Frozen);
        delivery.GiveAt(Seconds(2), new string('x', 50_000));
        MessageDelivery end = delivery.Run();
        Assert.Equal(CommunicationFailure.Timeout, end.Failure!.Failure);
        Assert.Contains("took nothing", end.Failure.Message, StringComparison.Ordinal);
        Assert.InRange(end.Elapsed, Seconds(12), Seconds(13));
    }

    [Fact]
    public void A_mebibyte_on_a_line_of_20_kB_a_second_arrives_with_a_time_out_of_a_second()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 0, timeout: 1), maxLength: 1 << 20, rate: 20_000, bufferBytes: 200_000);
        delivery.Give(new string('x', 1 << 20), "and a short one");
        delivery.EndInput();
        MessageDelivery end = delivery.Run();
        Assert.Equal((SenderEnd.Completed, 2), (end.End, end.Acknowledged));
        Assert.True(end.Elapsed > Seconds(50));
    }

    [Fact]
    public void Acknowledgements_are_read_while_a_large_message_is_written()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 0, timeout: 1), maxLength: 1 << 20, rate: 20_000, bufferBytes: 20_000);
        delivery.Give("short", new string('x', 200_000));
        delivery.EndInput();
        Assert.Equal(SenderEnd.Completed, delivery.Run().End);
        (TimeSpan first, _) = delivery.Events.First(static seen => seen.Event.Kind == MessagesClientEventKind.Acknowledged);
        Assert.True(first < Seconds(1), $"{first}");
    }

    [Fact]
    public void A_server_that_is_silent_on_one_connection_is_asked_on_another_one_with_the_defaults()
    {
        VirtualDelivery delivery = Create(options: new MessagesClientOptions(), mood: ServerMood.Frozen);
        delivery.Give("one");
        delivery.EndInput();
        delivery.World.At(Seconds(10.5), () => delivery.Server.Mood = ServerMood.Serves);
        Assert.Equal(1, delivery.Run().Acknowledged);
        Assert.Equal(2, delivery.Server.Connections);
    }

    [Fact]
    public void A_connection_that_settles_nothing_does_not_interrupt_the_budget()
    {
        VirtualDelivery delivery = Create(mood: ServerMood.CutsAtMessage);
        delivery.Give("one");
        MessageDelivery end = delivery.Run();
        Assert.Equal(CommunicationFailure.Network, end.Failure!.Failure);
        Assert.Equal(Seconds(10), Rounded(end.Elapsed));
    }

    [Theory]
    [InlineData(nameof(ServerMood.Down), nameof(SenderEnd.Completed))]
    [InlineData(nameof(ServerMood.ShutsDown), nameof(SenderEnd.ShuttingDown))]
    [InlineData(nameof(ServerMood.Mute), nameof(SenderEnd.Completed))]
    public void Everything_acknowledged_is_everything_whatever_becomes_of_the_farewell(string mood, string end)
    {
        VirtualDelivery delivery = Create();
        delivery.Give("one");
        delivery.World.At(Seconds(5), () =>
        {
            // At one moment: the server is gone, and the input has ended.
            delivery.Server.Mood = Enum.Parse<ServerMood>(mood);
            delivery.EndInput();
        });

        MessageDelivery result = delivery.Run();

        Assert.Null(result.Failure);
        Assert.Equal((1, 0), (result.Acknowledged, result.Unacknowledged));
        Assert.True(result.End == Enum.Parse<SenderEnd>(end) || result.End == SenderEnd.Cut, $"{result.End}");
        Assert.Equal(1, delivery.Server.Connections);
    }

    [Fact]
    public void Nothing_to_send_and_nobody_there_is_a_failure()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 0), mood: ServerMood.Down);
        delivery.EndInput();
        Assert.NotNull(delivery.Run().Failure);
    }

    [Fact]
    public void It_ends_when_everything_it_has_is_longer_than_the_server_takes()
    {
        VirtualDelivery delivery = Create(maxLength: 3);
        delivery.Give("long", "longer");
        delivery.EndInput();
        MessageDelivery end = delivery.Run();
        Assert.Equal((SenderEnd.Completed, 2), (end.End, end.Refused));
    }

    [Fact]
    public void Refusals_for_good_are_progress()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 1), mood: ServerMood.FindsTooLarge);
        delivery.Give([.. Enumerable.Range(1, 50).Select(static number => $"line {number}")]);
        delivery.EndInput();
        MessageDelivery end = delivery.Run();
        Assert.Null(end.Failure);
        Assert.Equal(50, end.Refused);
    }

    [Fact]
    public void A_process_that_was_stopped_reads_what_has_arrived_before_it_judges()
    {
        VirtualDelivery delivery = Create(options: Options(retry: 0), mood: ServerMood.Mute);
        delivery.Give("one");
        delivery.EndInput();
        delivery.World.At(Seconds(1), () =>
        {
            // The acknowledgement comes, and the process learns of it only after its alarm.
            delivery.World.Time.StandStill(Seconds(75));
            delivery.World.At(delivery.World.Now + Seconds(0.1), () =>
            {
                delivery.Server.Mood = ServerMood.Serves;
                delivery.Server.AcknowledgeUnanswered();
            });
        });
        Assert.Equal(1, delivery.Run().Acknowledged);
    }

    [Fact]
    public void A_process_that_was_stopped_between_connections_tries_again()
    {
        VirtualDelivery delivery = Create(mood: ServerMood.Down);
        delivery.Give("one");
        delivery.EndInput();
        delivery.World.At(Seconds(8), () =>
        {
            delivery.World.Time.StandStill(Seconds(75));
            delivery.Server.Mood = ServerMood.Serves;
        });
        Assert.Equal(SenderEnd.Completed, delivery.Run().End);
    }

    private static MessagesClientOptions Options(double retry, double timeout = 10) => new()
    {
        RetryFirstConnection = true,
        RetryFor = Seconds(retry),
        AnswerTimeout = Seconds(timeout),
        ConnectTimeout = Seconds(timeout),
    };

    private static VirtualDelivery Create(
        MessagesClientOptions? options = null,
        ServerMood mood = ServerMood.Serves,
        int maxLength = 1000,
        int retryMilliseconds = 100,
        int? rate = null,
        int bufferBytes = int.MaxValue,
        IOutbox? outbox = null)
    {
        var world = new VirtualWorld();
        var server = new ScriptedServer(world)
        {
            MaxLength = maxLength,
            RetryMilliseconds = retryMilliseconds,
            LineRate = rate,
            BufferBytes = bufferBytes,
            Mood = mood,
        };
        return new VirtualDelivery(world, server)
        {
            Options = options ?? new MessagesClientOptions { RetryFirstConnection = true },
            Outbox = outbox ?? new MemoryOutbox("pump-7"),
        };
    }

    private static TimeSpan Rounded(TimeSpan time) => TimeSpan.FromSeconds(Math.Round(time.TotalSeconds, 1));
}
