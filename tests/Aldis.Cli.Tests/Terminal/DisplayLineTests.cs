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

    private static string LineOf(in ServiceEvent what)
    {
        var lines = new StringWriter { NewLine = "\n" };
        DisplayLine.Append(what, lines);
        return lines.ToString();
    }
}
