using System.Text;
using Aldis.Protocols.Files;

namespace Aldis.Protocols.Tests.Files;

/// <summary>When a piece of a growing file is sent, and what a rotation is.</summary>
public sealed class FollowRuleTests
{
    private const int Full = FollowRule.FullPieceBytes;

    private static readonly FollowLook Same = new(1000, 1000, IsSame: true, HasName: true, Quiet: TimeSpan.Zero, SincePiece: TimeSpan.Zero);

    [Fact]
    public void A_little_is_waited_with_and_a_lot_is_sent_at_once()
    {
        Assert.Equal((FollowAction.Wait, 0), FollowRule.Decide(Same));
        Assert.Equal((FollowAction.Wait, 0), FollowRule.Decide(Same with { Length = 1005 }));
        Assert.Equal((FollowAction.Send, 5), FollowRule.Decide(Same with { Length = 1005, SincePiece = FollowRule.PieceTime }));
        Assert.Equal((FollowAction.Send, Full), FollowRule.Decide(Same with { Length = 1000 + Full }));
        Assert.Equal((FollowAction.Send, FollowRule.MaxPieceBytes), FollowRule.Decide(Same with { Length = 1L << 40 }));
    }

    [Fact]
    public void One_that_is_shorter_or_holds_something_else_was_emptied()
    {
        Assert.Equal(FollowAction.StartOver, FollowRule.Decide(Same with { Length = 999 }).Action);
        Assert.Equal(FollowAction.StartOver, FollowRule.Decide(Same with { Length = 2000, IsSame = false }).Action);
    }

    [Fact]
    public void One_that_lost_its_name_is_sent_to_its_end_and_left_when_nobody_writes_it_any_more()
    {
        FollowLook renamed = Same with { HasName = false };
        Assert.Equal((FollowAction.Send, 1), FollowRule.Decide(renamed with { Length = 1001 }));
        Assert.Equal(FollowAction.Wait, FollowRule.Decide(renamed).Action);
        Assert.Equal(FollowAction.GoOn, FollowRule.Decide(renamed with { Quiet = FollowRule.GraceTime }).Action);
        Assert.Equal(FollowAction.Wait, FollowRule.Decide(Same with { Quiet = TimeSpan.FromDays(1) }).Action);
    }

    [Theory]
    [InlineData("a\nb\n", 4, false, 4)]
    [InlineData("a\nb", 3, false, 2)]
    [InlineData("a\nb", 3, true, 3)]
    [InlineData("ab", 2, false, 0)]
    [InlineData("ab", 2, true, 2)]
    [InlineData("a\nb", Full, false, Full - 1)]
    [InlineData("ab", Full, false, Full)]
    public void A_piece_ends_with_a_line_where_it_can(string end, int bytes, bool isLast, int piece) =>
        Assert.Equal(piece, FollowRule.Cut(Encoding.UTF8.GetBytes(end), bytes, isLast));
}
