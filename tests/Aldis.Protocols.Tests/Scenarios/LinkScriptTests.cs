using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;

namespace Aldis.Protocols.Tests.Scenarios;

/// <summary>A script says what happens to a link and when; a wrong one is answered with its line and column.</summary>
public sealed class LinkScriptTests
{
    private static readonly LinkFaults Slow = new() { Delay = TimeSpan.FromMilliseconds(50) };

    [Fact]
    public void Steps_happen_when_they_are_due_and_restore_brings_back_what_was_at_the_start()
    {
        var board = new LinkBoard(Slow, LinkFaults.None, LinkScript.Read("at 5s loss 30%; at 8s cut; at 10s restore", "--script"));
        Assert.Equal(TimeSpan.FromSeconds(5), board.Due);
        Assert.Empty(board.Advance(TimeSpan.FromSeconds(4.9)));
        Assert.True(board.IsAsItBegan);

        Assert.Equal("at 5s loss 30%", Assert.Single(board.Advance(TimeSpan.FromSeconds(5))).Text);
        Assert.Equal(Slow with { Loss = 0.3 }, board[LinkDirection.ToTarget]);
        Assert.Equal(new LinkFaults { Loss = 0.3 }, board[LinkDirection.ToClient]);

        Assert.Equal(["at 8s cut", "at 10s restore"], board.Advance(TimeSpan.FromSeconds(11)).Select(static step => step.Text));
        Assert.Null(board.Due);
        Assert.True(board.IsAsItBegan);
    }

    [Fact]
    public void A_step_may_be_for_one_direction_and_have_several_changes()
    {
        var board = new LinkBoard(LinkFaults.None, LinkFaults.None, LinkScript.Read(
            """
            # the way up gets bad, the way down worse
            at 0 to-target delay 20ms, jitter 5ms normal , rate 1Mbit,queue 64K   # figures of a lecture
            at 0 to-client burst 10% 4, corrupt 1%, duplicate 2%, reorder 3% 20ms, mtu 576, open-delay 1s, close-delay 2s

            at 1m slice 100 20 5ms, refuse, reset after 10K, stall after 5s, half-close, retransmission 1s
            """,
            "file"));
        board.Advance(TimeSpan.Zero);
        Assert.Equal(
            new LinkFaults
            {
                Delay = TimeSpan.FromMilliseconds(20),
                Jitter = TimeSpan.FromMilliseconds(5),
                JitterDistribution = JitterDistribution.Normal,
                BitsPerSecond = 1_000_000,
                QueueBytes = 65_536,
            },
            board[LinkDirection.ToTarget]);
        LinkFaults down = board[LinkDirection.ToClient];
        Assert.Equal(0.1, down.BurstLoss!.MeanLoss, 9);
        Assert.Equal(
            new LinkFaults
            {
                BurstLoss = down.BurstLoss,
                Corrupt = 0.01,
                Duplicate = 0.02,
                Reorder = 0.03,
                ReorderDelay = TimeSpan.FromMilliseconds(20),
                MaximumDatagramBytes = 576,
                OpenDelay = TimeSpan.FromSeconds(1),
                CloseDelay = TimeSpan.FromSeconds(2),
            },
            down);
        board.Advance(TimeSpan.FromMinutes(1));
        LinkFaults up = board[LinkDirection.ToTarget];
        Assert.Equal((100, 20, TimeSpan.FromMilliseconds(5), true), (up.SliceBytes, up.SliceVariationBytes, up.SliceDelay, up.IsRefusing));
        Assert.Equal(
            [
                new StreamBreak(StreamBreakKind.Reset) { AfterBytes = 10_240 },
                new StreamBreak(StreamBreakKind.Stall) { After = TimeSpan.FromSeconds(5) },
                new StreamBreak(StreamBreakKind.HalfClose),
            ],
            up.Breaks);
    }

    [Fact]
    public void A_profile_in_a_script_is_in_each_direction_what_it_is_there_and_clear_takes_all_away()
    {
        var board = new LinkBoard(Slow, Slow, LinkScript.Read("at 0 profile 3G; at 1s clear; at 2s burst 5% 2; at 3s burst 0", "--script"));
        board.Advance(TimeSpan.Zero);
        LinkProfile profile = LinkProfiles.Get(LinkProfiles.Known, "3g");
        Assert.Equal((profile.ToTarget, profile.ToClient), (board[LinkDirection.ToTarget], board[LinkDirection.ToClient]));
        board.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(LinkFaults.None, board[LinkDirection.ToTarget]);
        board.Advance(TimeSpan.FromSeconds(2));
        Assert.NotNull(board[LinkDirection.ToTarget].BurstLoss);
        board.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(LinkFaults.None, board[LinkDirection.ToClient]);
    }

    [Theory]
    [InlineData("", "--script has no step: write 'at 5s loss 30%; at 8s cut; at 10s restore'.")]
    [InlineData(" ; # only words\n ;", "--script has no step: write 'at 5s loss 30%; at 8s cut; at 10s restore'.")]
    [InlineData("loss 30%", "--script, line 1, column 1: a step begins with 'at', as in 'at 5s loss 30%', and not with 'loss'.")]
    [InlineData("at 5s loss 30%; after 8s cut", "--script, line 1, column 17: a step begins with 'at', as in 'at 5s loss 30%', and not with 'after'.")]
    [InlineData("at", "--script, line 1, column 3: a time, such as 5s, is missing behind 'at'.")]
    [InlineData("at 5 cut", "--script, line 1, column 4: '5' is no time such as 5s: a time needs its unit, 5ms or 5s.")]
    [InlineData("at soon cut", "--script, line 1, column 4: 'soon' is no time such as 5s.")]
    [InlineData("at 5s", "--script, line 1, column 6: what happens is missing, such as 'loss 30%' or 'cut'.")]
    [InlineData("at 5s to-target", "--script, line 1, column 16: what happens is missing, such as 'loss 30%' or 'cut'.")]
    [InlineData("at 5s cut,", "--script, line 1, column 11: what happens is missing, such as 'loss 30%' or 'cut'.")]
    [InlineData("at 5s cut\nat 4s restore", "--script, line 2, column 4: 4s lies before the step above: steps come in the order of their times.")]
    [InlineData("at 1s cut # off\n\n  at 2s loss 130%", "--script, line 3, column 9: loss is written loss 30%, and has '130%'.")]
    [InlineData("at 1s delay 50", "--script, line 1, column 7: delay is written delay 50ms, and has '50': a time needs its unit, 50ms or 50s.")]
    [InlineData("at 1s delay", "--script, line 1, column 7: delay is written delay 50ms, and has nothing.")]
    [InlineData("at 1s delay 25h", "--script, line 1, column 7: delay is written delay 50ms, and has '25h'.")]
    [InlineData("at 1s cut now", "--script, line 1, column 7: cut is written cut, and has 'now'.")]
    [InlineData("at 1s slice 10 10", "--script, line 1, column 7: slice is written slice 100, slice 100 20 (more or less) or slice 100 20 5ms (and a pause), and has '10 10'.")]
    [InlineData("at 1s burst 90% 1", "--script, line 1, column 7: burst is written burst 10% 4 (the share that is lost, and how many in a row on average), or burst 0, and has '90% 1'.")]
    [InlineData("at 1s profile 4g", "--script, line 1, column 7: there is no profile '4g'. Known are 3g, edge, dsl, wifi, satellite, starlink, lossy10.")]
    [InlineData("at 1s profile starlin", "--script, line 1, column 7: there is no profile 'starlin'; did you mean 'starlink'? Known are 3g, edge, dsl, wifi, satellite, starlink, lossy10.")]
    public void What_is_wrong_is_named_with_its_line_and_column(string script, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<FormatException>(() => LinkScript.Read(script, "--script")).Message);

    [Fact]
    public void A_word_that_is_none_is_answered_with_the_near_one_and_never_shown_as_it_came()
    {
        string message = Assert.Throws<FormatException>(static () => LinkScript.Read("at 1s los\u001b[2J", "--script")).Message;
        Assert.StartsWith(@"--script, line 1, column 7: there is no word 'los\u{1b}[2J'", message, StringComparison.Ordinal);
        message = Assert.Throws<FormatException>(static () => LinkScript.Read("at 1s los 5%", "--script")).Message;
        Assert.StartsWith("--script, line 1, column 7: there is no word 'los'; did you mean 'loss'? Known are loss, burst,", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_is_bounded()
    {
        string most = string.Join('\n', Enumerable.Repeat("at 1s cut", LinkScript.MaxSteps));
        Assert.Equal(LinkScript.MaxSteps, LinkScript.Read(most, "file").Steps.Count);
        Assert.Equal(
            "file, line 1001, column 1: this is one step more than the 1000 that a script may have.",
            Assert.Throws<FormatException>(() => LinkScript.Read(most + "\nat 1s cut", "file")).Message);
        Assert.Equal(
            "file has 65537 characters, and a script may have 65536.",
            Assert.Throws<FormatException>(static () => LinkScript.Read(new string(' ', LinkScript.MaxLength + 1), "file")).Message);
    }

    [Fact]
    public void The_usage_of_every_word_is_how_it_is_written()
    {
        foreach (LinkWord word in LinkWords.OfScripts)
        {
            string[] parts = word.Usage.Split([", or ", ", ", " or "], StringSplitOptions.None);
            string[] examples = [.. parts.Select(static part => part.Split(" (")[0]).Where(part => part.StartsWith(word.Name, StringComparison.Ordinal))];
            Assert.NotEmpty(examples);
            Assert.All(examples, static example => LinkScript.Read($"at 0 {example.Replace(" for no limit", string.Empty, StringComparison.Ordinal)}", "usage"));
        }
    }
}
