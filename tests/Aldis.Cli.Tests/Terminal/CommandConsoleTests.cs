using Aldis.Cli.Terminal;

namespace Aldis.Cli.Tests.Terminal;

public sealed class CommandConsoleTests
{
    [Theory]
    [InlineData("xterm-256color", null, true)]
    [InlineData(null, null, true)]
    [InlineData("xterm-256color", "1", false)]
    [InlineData("dumb", null, false)]
    public void Colours_are_for_terminals_that_know_them_and_people_who_want_them(string? term, string? noColor, bool expected) =>
        Assert.Equal(expected, CommandConsole.IsColorful(name => name == "TERM" ? term : noColor));

    [Fact]
    public void A_dumb_terminal_has_no_line_that_is_written_over() => Assert.True(CommandConsole.IsDumb(static _ => "dumb"));
}
