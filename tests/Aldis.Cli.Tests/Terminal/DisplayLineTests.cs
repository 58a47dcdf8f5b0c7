using Aldis.Cli.Terminal;
using Aldis.Services.Events;

namespace Aldis.Cli.Tests.Terminal;

public sealed class DisplayLineTests
{
    [Fact]
    public void One_refusal_stands_for_those_like_it() => Assert.Equal(
        "Refused echo to 10.0.0.1:5: full (and 99 more like it)\n",
        LineOf(new ServiceEvent(ServiceEventKind.ConnectionRefused, "echo", "10.0.0.1:5") { Detail = "full", Further = 99 }));

    [Fact]
    public void What_a_stranger_had_a_part_in_is_escaped() => Assert.Equal(
        "Refused echo to 10.0.0.1:5: \\u{1b}[2J\n",
        LineOf(new ServiceEvent(ServiceEventKind.ConnectionRefused, "echo", "10.0.0.1:5") { Detail = "\e[2J" }));

    [Fact]
    public void A_fault_below_the_handlers_names_no_service() => Assert.Equal(
        "Fault: accepting pauses\n",
        LineOf(new ServiceEvent(ServiceEventKind.Fault, string.Empty, string.Empty) { Detail = "accepting pauses" }));

    [Theory]
    [InlineData("ack", "Connected from 10.0.0.1:5\n")]
    [InlineData("echo", "")]
    [InlineData("exchange", "Connected from 10.0.0.1:5\n")]
    [InlineData("files", "Connected from 10.0.0.1:5\n")]
    [InlineData("messages", "[NEW CONNECTION] 10.0.0.1:5 connected.\n[ACTIVE CONNECTION] 3\n")]
    [InlineData("a conversation of one's own", "Connected from 10.0.0.1:5\n")]
    public void A_client_that_connects_is_shown_in_the_words_of_the_conversation(string service, string lines) =>
        Assert.Equal(lines, LineOf(new ServiceEvent(ServiceEventKind.ConnectionOpened, service, "10.0.0.1:5") { Active = 3 }));

    [Theory]
    [InlineData("ack", "Client: hello\n")]
    [InlineData("exchange", "Data received: hello\n")]
    public void Text_is_shown_in_the_words_of_the_conversation(string service, string line) => Assert.Equal(
        line, LineOf(new ServiceEvent(ServiceEventKind.TextReceived, service, "10.0.0.1:5") { Payload = "hello"u8.ToArray(), Length = 5 }));

    [Theory]
    [InlineData(ServiceEventKind.ListenerFailed, "The listener of ack died and is opened again: tcp://h:1: taken\n")]
    [InlineData(ServiceEventKind.ListenerReopened, "The listener of ack is open again: tcp://h:1: taken\n")]
    [InlineData(ServiceEventKind.ListenerLost, "The listener of ack could not be opened again: tcp://h:1: taken\n")]
    public void A_listener_that_dies_is_shown(ServiceEventKind kind, string line) =>
        Assert.Equal(line, LineOf(new ServiceEvent(kind, "ack", string.Empty) { Detail = "tcp://h:1: taken" }));

    private static string LineOf(in ServiceEvent what)
    {
        var lines = new StringWriter { NewLine = "\n" };
        DisplayLine.Append(what, lines);
        return lines.ToString();
    }
}
