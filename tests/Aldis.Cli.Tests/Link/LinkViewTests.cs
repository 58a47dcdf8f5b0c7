using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Link;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Protocols.Scenarios;

namespace Aldis.Cli.Tests.Link;

/// <summary>What a person at a terminal sees of a link, and what the keys do.</summary>
public sealed class LinkViewTests
{
    private static readonly LinkSnapshot Busy = new(
        "udp://127.0.0.1:9000 > 127.0.0.1:9999",
        TimeSpan.FromSeconds(65),
        1_200,
        3,
        new LinkCounters { Received = 123_456, Sent = 120_000, Lost = 3_450, Duplicated = 12, Corrupted = 7, Delayed = 120_000 },
        new LinkCounters { Received = 99, Sent = 99 });

    [Fact]
    public void A_link_is_shown_in_five_lines_of_eighty_columns()
    {
        var board = new LinkBoard(new LinkFaults { Loss = 0.1, Delay = TimeSpan.FromMilliseconds(50) }, LinkFaults.None);
        IReadOnlyList<string> lines = LinkView.Lines(Busy, board, 80);
        Assert.Equal(
            [
                "udp://127.0.0.1:9000 > 127.0.0.1:9999  1:05  clients 1,200, 3 there",
                "to target  in 123,456  out 120,000  lost 3,450  duplicated 12  corrupted 7",
                "to client  in 99  out 99",
                "now: to target loss 10 %, delay 50.0 ms; to client nothing",
                "keys: l more loss, d more delay, c cut, space restore, ? all, q end",
            ],
            lines);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    [InlineData(10)]
    public void No_line_reaches_the_last_column(int columns)
    {
        var everything = new LinkCounters
        {
            Received = long.MaxValue,
            Sent = long.MaxValue,
            Lost = 1,
            QueueFull = 2,
            TooLong = 3,
            Cut = 4,
            Duplicated = 5,
            HeldBack = 6,
            Corrupted = 7,
            Truncated = 8,
            Refused = 9,
            Stalled = 10,
            HalfClosed = 11,
            Closed = 12,
            Reset = 13,
            Delayed = 14,
        };
        var board = new LinkBoard(LinkFaults.None, LinkProfiles.Get(LinkProfiles.Known, "starlink").ToClient);
        IReadOnlyList<string> lines = LinkView.Lines(Busy with { ToTarget = everything, ToClient = everything }, board, columns);
        Assert.Equal(5, lines.Count);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, columns - 1));
    }

    [Fact]
    public void Keys_change_what_the_link_does_and_space_brings_back_what_there_was()
    {
        var start = new LinkFaults { Loss = 0.03 };
        var board = new LinkBoard(start, LinkFaults.None);
        Press("l");
        Assert.Equal((0.05, 0.01), Losses());
        Press("lllllllll");
        Assert.Equal((1, 1), Losses());
        Press("L");
        Assert.Equal((0.75, 0.75), Losses());
        Press("LLLLLLLLL");
        Assert.Equal((0, 0), Losses());
        Press("d");
        Assert.Equal(TimeSpan.FromMilliseconds(10), board[LinkDirection.ToTarget].Delay);
        Press("DD");
        Assert.Equal(TimeSpan.Zero, board[LinkDirection.ToTarget].Delay);
        Press("cl");
        Assert.True(board.IsCut);
        Press(" ");
        Assert.True(board.IsAsItBegan);
        Assert.Equal(start, board[LinkDirection.ToTarget]);

        (double, double) Losses() => (board[LinkDirection.ToTarget].Loss, board[LinkDirection.ToClient].Loss);

        void Press(string keys)
        {
            foreach (char key in keys)
            {
                board.Change(LinkKeys.Of(key).Change!);
            }
        }
    }

    [Fact]
    public void A_delay_beyond_the_steps_is_neither_lengthened_nor_lost()
    {
        var board = new LinkBoard(new LinkFaults { Delay = TimeSpan.FromSeconds(5) }, LinkFaults.None);
        board.Change(LinkKeys.Of('d').Change!);
        Assert.Equal(TimeSpan.FromSeconds(5), board[LinkDirection.ToTarget].Delay);
        board.Change(LinkKeys.Of('D').Change!);
        Assert.Equal(TimeSpan.FromSeconds(2), board[LinkDirection.ToTarget].Delay);
    }

    [Fact]
    public void Every_key_that_the_help_names_does_something_and_no_other_does()
    {
        Assert.Equal(LinkKeyKind.Help, LinkKeys.Of('?').Kind);
        Assert.Equal(LinkKeyKind.End, LinkKeys.Of('q').Kind);
        foreach (char key in "lLdDc ")
        {
            Assert.Equal(LinkKeyKind.Change, LinkKeys.Of(key).Kind);
        }

        Assert.All("axyz0\u001b\r\n", static key => Assert.Equal(default, LinkKeys.Of(key)));
        Assert.All([.. LinkKeys.Help, LinkKeys.Short], static line => Assert.InRange(line.Length, 1, 79));
    }

    [Fact]
    public void The_panel_is_written_over_and_gone_at_the_end()
    {
        var error = new StringWriter();
        using (var panel = new LivePanel(Console(error, isTerminal: true), isQuiet: false))
        {
            panel.Show(["one", "two"]);
            panel.Show(["three"]);
        }

        Assert.Equal("one\u001b[K\ntwo\u001b[K\n\u001b[2Fthree\u001b[K\n\u001b[J\u001b[1F\u001b[J", error.ToString());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Who_reads_no_terminal_or_wants_quiet_is_shown_no_panel(bool isTerminal, bool isQuiet)
    {
        var error = new StringWriter();
        using (var panel = new LivePanel(Console(error, isTerminal), isQuiet))
        {
            panel.Show(["one"]);
        }

        Assert.Empty(error.ToString());
    }

    private static CommandConsole Console(TextWriter error, bool isTerminal) =>
        new() { Input = Stream.Null, Output = Stream.Null, Error = error, ErrorIsTerminal = isTerminal };
}
