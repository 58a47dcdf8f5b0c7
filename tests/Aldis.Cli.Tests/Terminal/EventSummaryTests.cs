using Aldis.Cli.Terminal;
using Aldis.Services.Events;

namespace Aldis.Cli.Tests.Terminal;

public sealed class EventSummaryTests
{
    [Theory]
    [InlineData(
        200,
        "06:00:00  5 clients  6 messages  1 text  1 file  8 B  1 came  1 left  299 open  13 refused  (busy, window)  1 other  7 not counted  "
            + "most: pump-0 2, pump-1 2, 127.0.0.1:9 2")]
    [InlineData(120, "06:00:00  5 clients  6 messages  1 text  1 file  8 B  1 came  1 left  299 open  13 refused  1 other  7 not counted")]
    [InlineData(105, "06:00:00  5 clients  6 messages  1 text  1 file  8 B  1 came  1 left  13 refused  1 other  7 not counted")]
    [InlineData(80, "06:00:00  5 clients  6 messages  1 text  1 file  13 refused  7 not counted")]
    [InlineData(66, "06:00:00  6 messages  1 text  1 file  13 refused  7 not counted")]
    [InlineData(40, "06:00:00  6 messages  1 text  1 file  1…")]
    public void What_finds_no_room_is_left_out_the_least_important_first(int columns, string line) => Assert.Equal(line, Counted(columns).Line());

    [Fact]
    public void Another_second_counts_anew_and_still_knows_how_many_are_open()
    {
        EventSummary summary = Counted(80);
        summary.Clear();
        summary.Add(What(ServiceEventKind.TextReceived));
        Assert.Equal("06:00:00  1 client  1 text  1 B  299 open", summary.Line());
    }

    [Fact]
    public void When_the_last_has_left_it_says_that_none_is_open()
    {
        var summary = new EventSummary(80, TimeZoneInfo.Utc);
        summary.Add(What(ServiceEventKind.ConnectionClosed));
        Assert.Equal("06:00:00  1 left  0 open", summary.Line());
    }

    [Fact]
    public void The_name_of_a_client_is_escaped()
    {
        var summary = new EventSummary(200, TimeZoneInfo.Utc);
        foreach (char letter in "abcd")
        {
            summary.Add(What(ServiceEventKind.MessageReceived) with { Client = "\e[2J" + letter });
        }

        Assert.DoesNotContain('\e', summary.Line());
    }

    private static EventSummary Counted(int columns)
    {
        var summary = new EventSummary(columns, TimeZoneInfo.Utc);
        for (int count = 0; count < 6; count++)
        {
            summary.Add(What(ServiceEventKind.MessageReceived) with { Client = $"pump-{count % 4}" });
        }

        summary.Add(What(ServiceEventKind.TextReceived));
        summary.Add(What(ServiceEventKind.FileReceived));
        summary.Add(What(ServiceEventKind.ConnectionOpened) with { Active = 300 });
        summary.Add(What(ServiceEventKind.ConnectionClosed) with { Active = 299 });
        summary.Add(What(ServiceEventKind.MessageRefused) with { Cause = ServiceEventCause.Window, Further = 11 });
        summary.Add(What(ServiceEventKind.MessageRefused) with { Cause = ServiceEventCause.Busy });
        summary.Add(What(ServiceEventKind.SegmentDeleted));
        summary.Miss(7);
        return summary;
    }

    private static ServiceEvent What(ServiceEventKind kind) =>
        new(kind, "messages", "127.0.0.1:9") { Time = new DateTimeOffset(2026, 5, 1, 6, 0, 0, TimeSpan.Zero), Length = 1 };
}
