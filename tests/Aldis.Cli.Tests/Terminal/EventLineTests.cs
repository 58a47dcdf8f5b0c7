using Aldis.Cli.Terminal;
using Aldis.Services.Events;

namespace Aldis.Cli.Tests.Terminal;

public sealed class EventLineTests
{
    private static readonly TimeZoneInfo There = TimeZoneInfo.CreateCustomTimeZone("there", TimeSpan.FromHours(2), "there", "there");

    [Theory]
    [InlineData(ServiceEventKind.ConnectionOpened, "08:00:00 messages pump-7                #12   connected, 3 open")]
    [InlineData(ServiceEventKind.ConnectionClosed, "08:00:00 messages pump-7                #12   closed, 3 open: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.ConnectionRefused, "08:00:00 messages pump-7                #12   refused: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.TextReceived, "08:00:00 messages pump-7                #12   > 3.1")]
    [InlineData(ServiceEventKind.MessageReceived, "08:00:00 messages pump-7                #12   > 3.1")]
    [InlineData(ServiceEventKind.MessageRefused, "08:00:00 messages pump-7                #12   refused: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.GreetingReceived, "08:00:00 messages pump-7                #12   > 3.1")]
    [InlineData(ServiceEventKind.FileReceived, "08:00:00 messages pump-7                #12   file why stored, 3 B")]
    [InlineData(ServiceEventKind.FileRefused, "08:00:00 messages pump-7                #12   file not stored: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.DatagramRefused, "08:00:00 messages pump-7                #12   datagram not answered: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.SegmentDeleted, "08:00:00 Deleted 3 bytes of the journal, why (and 2 more like it)")]
    [InlineData(ServiceEventKind.ClockJumped, "08:00:00 The clock jumped: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.Fault, "08:00:00 Fault in messages with 127.0.0.1:50000: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.ListenerFailed, "08:00:00 The listener of messages died and is opened again: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.ListenerReopened, "08:00:00 The listener of messages is open again: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.ListenerLost, "08:00:00 The listener of messages could not be opened again: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.ClientForgotten, "08:00:00 Forgot client pump-7: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.Reloaded, "08:00:00 Reloaded: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.ReloadRefused, "08:00:00 Not reloaded: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.TokenChanged, "08:00:00 Token: why (and 2 more like it), by 127.0.0.1:50000")]
    [InlineData(ServiceEventKind.CertificateExpires, "08:00:00 Certificate: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.StoreReady, "08:00:00 The store is there: why (and 2 more like it)")]
    [InlineData(ServiceEventKind.StoreUnavailable, "08:00:00 The store takes nothing for now: why (and 2 more like it)")]
    public void Every_kind_of_event_has_its_time_where_the_person_is_and_who_it_was(ServiceEventKind kind, string line) =>
        Assert.Equal(line, new EventLine(80, There).Of(What(kind, "3.1")));

    [Fact]
    public void Where_columns_are_few_none_is_left_empty()
    {
        var line = new EventLine(40, There);
        Assert.Equal("08:00:00 messages pump-7 #12 > 3.1", line.Of(What(ServiceEventKind.MessageReceived, "3.1")));
        Assert.Equal(
            "08:00:00 messages pump-7 connected, 3 open", line.Of(What(ServiceEventKind.ConnectionOpened, string.Empty) with { Sequence = 0 }));
    }

    [Fact]
    public void There_is_a_line_for_every_kind_but_acknowledgements_which_follow_each_message() =>
        Assert.Equal(
            [ServiceEventKind.MessageAcknowledged],
            Enum.GetValues<ServiceEventKind>().Where(static kind => new EventLine(80, There).Of(What(kind, "3.1")) is null));

    [Theory]
    [InlineData(80)]
    [InlineData(200)]
    public void Payload_is_cut_to_the_width_and_escaped(int columns)
    {
        string line = new EventLine(columns, There).Of(What(ServiceEventKind.MessageReceived, "\e[2J" + new string('x', 300)))!;
        Assert.Equal(columns, line.Length);
        Assert.Contains("> \\u{1b}[2Jxxx", line, StringComparison.Ordinal);
        Assert.EndsWith("x…", line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sentence_that_says_what_to_mend_is_never_cut()
    {
        string why = new('y', 300);
        Assert.Contains(why, new EventLine(80, There).Of(What(ServiceEventKind.MessageRefused, string.Empty) with { Detail = why }), StringComparison.Ordinal);
    }

    private static ServiceEvent What(ServiceEventKind kind, string payload)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(payload);
        return new ServiceEvent(kind, "messages", "127.0.0.1:50000")
        {
            Time = new DateTimeOffset(2026, 5, 1, 6, 0, 0, TimeSpan.Zero),
            Client = "pump-7",
            Sequence = 12,
            Active = 3,
            Length = bytes.Length,
            Payload = bytes,
            Detail = "why",
            Further = 2,
        } is var what && kind is ServiceEventKind.FileReceived ? what with { Further = 0 } : what;
    }
}
