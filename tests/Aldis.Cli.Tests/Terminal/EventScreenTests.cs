using Aldis.Cli.Terminal;
using Aldis.Services.Events;

namespace Aldis.Cli.Tests.Terminal;

/// <summary>What a person at a terminal is shown of a server, second by second.</summary>
public sealed class EventScreenTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly StringWriter _shown = new() { NewLine = "\n" };

    public void Dispose() => _shown.Dispose();

    [Fact]
    public void Events_that_come_one_by_one_each_have_their_line_at_once()
    {
        EventScreen screen = Screen();
        for (int count = 1; count <= 3 * EventScreen.MostLines; count++)
        {
            TimeSpan now = TimeSpan.FromMilliseconds(100 * count);
            screen.Show(Message($"pump-{count}", count, now), now, _shown);
            Assert.Equal(count, Lines().Length);
        }

        Assert.EndsWith("pump-30               #30   > text", Lines()[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 80)]
    [InlineData(300, 80)]
    [InlineData(3, 200)]
    [InlineData(300, 200)]
    public void However_many_clients_send_in_a_second_its_end_is_one_line_that_fits_and_counts_them_all(int clients, int columns)
    {
        EventScreen screen = Screen(columns);
        foreach (int second in Enumerable.Range(0, 5))
        {
            TimeSpan now = TimeSpan.FromSeconds(second);
            screen.Advance(now, _shown);
            int before = Lines().Length;
            for (int count = 0; count < 40 * clients; count++)
            {
                screen.Show(Message($"pump-{count % clients}", count, now), now, _shown);
            }

            Assert.Equal(second == 0 ? EventScreen.MostLines : 0, Lines().Length - before);
            screen.Advance(now + TimeSpan.FromMilliseconds(999), _shown);
            Assert.Equal(second == 0 ? EventScreen.MostLines : 0, Lines().Length - before);
        }

        screen.Advance(TimeSpan.FromSeconds(5), _shown);
        string[] sums = Lines()[EventScreen.MostLines..];
        Assert.Equal(5, sums.Length);
        Assert.All(sums, line => Assert.InRange(line.Length, 1, columns));
        Assert.All(sums.Index(), line => Assert.StartsWith(
            FormattableString.Invariant($"12:00:0{line.Index}  {clients} clients  {40 * clients:#,##0} messages"), line.Item, StringComparison.Ordinal));
        Assert.Equal(clients > 3 && columns == 200, sums[0].Contains("  most: pump-", StringComparison.Ordinal));
    }

    [Fact]
    public void Few_events_after_many_are_shown_again_each_by_itself()
    {
        EventScreen screen = Screen();
        Flood(screen, TimeSpan.Zero);
        TimeSpan now = TimeSpan.FromMilliseconds(1500);
        screen.Show(Message("late", 7, now), now, _shown);
        Assert.Equal(EventScreen.MostLines + 1, Lines().Length);
        Assert.Equal(TimeSpan.FromMilliseconds(2500), screen.Due);

        screen.Advance(TimeSpan.FromMilliseconds(2500), _shown);
        Assert.StartsWith("12:00:01 messages late", Lines()[^1], StringComparison.Ordinal);
        Assert.Null(screen.Due);

        now = TimeSpan.FromMilliseconds(2600);
        screen.Show(Message("later", 8, now), now, _shown);
        Assert.StartsWith("12:00:02 messages later", Lines()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Who_comes_into_the_calm_after_many_is_shown_at_once()
    {
        EventScreen screen = Screen();
        Flood(screen, TimeSpan.Zero);
        screen.Advance(TimeSpan.FromSeconds(1), _shown);
        TimeSpan now = TimeSpan.FromSeconds(2);
        screen.Show(Message("late", 7, now), now, _shown);
        Assert.StartsWith("12:00:02 messages late", Lines()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void What_endangers_the_server_is_shown_among_any_number_of_others()
    {
        EventScreen screen = Screen();
        Flood(screen, TimeSpan.Zero);
        screen.Show(new ServiceEvent(ServiceEventKind.Fault, string.Empty, string.Empty) { Detail = "accepting pauses", Time = Noon }, TimeSpan.Zero, _shown);
        Assert.Equal("12:00:00 Fault: accepting pauses", Lines()[^1]);
    }

    [Fact]
    public void What_was_lost_on_the_way_is_in_the_sum()
    {
        EventScreen screen = Screen();
        screen.Show(Message("pump-7", 1, TimeSpan.Zero), TimeSpan.Zero, _shown);
        screen.Miss(5000, TimeSpan.Zero, _shown);
        screen.Complete(_shown);
        Assert.Equal("12:00:00  1 client  1 message  4 B  5,000 not counted", Lines()[^1]);
    }

    [Fact]
    public void With_verbose_every_event_has_its_line_with_its_exact_time()
    {
        var screen = new EventScreen(new EventLine(80, TimeZoneInfo.Utc, isExact: true), new EventSummary(80, TimeZoneInfo.Utc), isFolding: false);
        Flood(screen, TimeSpan.Zero);
        screen.Miss(3, TimeSpan.Zero, _shown);
        Assert.Equal(102, Lines().Length);
        Assert.StartsWith("2026-05-01T12:00:00.000+00:00 messages pump-7", Lines()[0], StringComparison.Ordinal);
        Assert.StartsWith("(3 lines not shown", Lines()[^1], StringComparison.Ordinal);
        Assert.Null(screen.Due);
    }

    [Fact]
    public void A_fault_of_the_store_is_the_verbs_to_tell()
    {
        Screen().Show(
            new ServiceEvent(ServiceEventKind.Fault, "messages", string.Empty) { Cause = ServiceEventCause.StoreFailed }, TimeSpan.Zero, _shown);
        Assert.Empty(Lines());
    }

    [Fact]
    public async Task What_the_last_second_held_is_shown_at_the_end()
    {
        var hub = new EventHub();
        await using (var printer = new EventPrinter(hub, _shown, json: null, showPayload: false, screen: Screen()))
        {
            foreach (int number in Enumerable.Range(1, 12))
            {
                hub.Publish(Message("pump-7", number, TimeSpan.Zero));
            }

            Assert.True(await printer.FinishAsync());
        }

        Assert.Equal(EventScreen.MostLines + 1, Lines().Length);
        Assert.Contains("  1 client  12 messages  48 B", Lines()[^1], StringComparison.Ordinal);
    }

    private static EventScreen Screen(int columns = 80) =>
        new(new EventLine(columns, TimeZoneInfo.Utc), new EventSummary(columns, TimeZoneInfo.Utc));

    private static ServiceEvent Message(string client, long number, TimeSpan after) =>
        new(ServiceEventKind.MessageReceived, "messages", "127.0.0.1:50000")
        {
            Client = client,
            Sequence = number,
            Length = 4,
            Payload = "text"u8.ToArray(),
            Time = Noon + after,
        };

    private void Flood(EventScreen screen, TimeSpan now)
    {
        foreach (int number in Enumerable.Range(1, 101))
        {
            screen.Show(Message("pump-7", number, now), now, _shown);
        }
    }

    private string[] Lines() => _shown.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
