using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Tests.Impairment;

public sealed class StreamLinkTests
{
    private const long Millisecond = 1_000_000;
    private const int Trials = 20_000;

    [Fact]
    public void A_link_without_faults_lets_everything_pass_at_once()
    {
        StreamLink link = New(LinkFaults.None);
        StreamPiece piece = link.Decide(100_000, 42);
        Assert.True(link.IsClear);
        Assert.Equal(100_000, piece.Length);
        Assert.Equal(new LinkCopy { ArrivalNanoseconds = 42 }, piece.Copy);
        Assert.Null(piece.Break);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Loss_is_as_frequent_as_asked_for_and_costs_a_retransmission(double loss)
    {
        StreamLink link = New(new LinkFaults { Loss = loss, RetransmissionDelay = TimeSpan.FromMilliseconds(5) });
        int lost = 0;
        for (int piece = 0; piece < Trials; piece++)
        {
            long nowNs = piece * 100 * Millisecond;
            StreamPiece decided = link.Decide(LinkFaults.SegmentBytes, nowNs);
            Assert.Equal(LinkFaults.SegmentBytes, decided.Length);
            bool isLost = decided.Verdict.Drop == LinkFault.RandomLoss;
            Assert.Equal(nowNs + (isLost ? 5 * Millisecond : 0), decided.Copy.ArrivalNanoseconds);
            lost += isLost ? 1 : 0;
        }

        AssertShare(loss, lost);
    }

    [Fact]
    public void Bursts_and_damage_are_as_frequent_as_asked_for()
    {
        StreamLink link = New(new LinkFaults { BurstLoss = GilbertElliottLoss.Bursts(0.1, 4), Corrupt = 0.03 });
        StreamPiece[] pieces = [.. Enumerable.Range(0, Trials).Select(_ => link.Decide(LinkFaults.SegmentBytes, 0))];
        int lost = pieces.Count(static piece => piece.Verdict.Drop == LinkFault.RandomLoss);
        int bursts = pieces.Zip(pieces.Skip(1)).Count(
            static pair => pair.First.Verdict.Drop == LinkFault.None && pair.Second.Verdict.Drop == LinkFault.RandomLoss);
        AssertShare(0.03, pieces.Count(static piece => piece.Copy.Damage == LinkFault.BitFlip));
        Assert.InRange(lost / (double)Trials, 0.08, 0.12);
        Assert.InRange(lost / (double)bursts, 3.5, 4.5);
    }

    [Fact]
    public void However_the_bytes_come_what_begins_at_one_place_has_one_fate()
    {
        var faults = new LinkFaults { Loss = 0.3, Corrupt = 0.3, Jitter = TimeSpan.FromMilliseconds(3) };
        Dictionary<long, LinkVerdict> whole = VerdictsOf(New(faults), static _ => 1_000_000);
        Dictionary<long, LinkVerdict> crumbs = VerdictsOf(New(faults), static offset => 1 + (int)(offset * 7 % 3_000));
        Dictionary<long, LinkVerdict> other = VerdictsOf(New(faults, seed: 8), static _ => 1_000_000);

        long[] both = [.. whole.Keys.Intersect(crumbs.Keys)];
        Assert.True(both.Length > 100, $"Only {both.Length} pieces begin at the same place.");
        Assert.All(both, offset => Assert.Equal(whole[offset], crumbs[offset]));
        Assert.NotEqual(whole, other);
    }

    [Fact]
    public void Switching_one_fault_on_leaves_the_others_where_they_were()
    {
        Dictionary<long, LinkVerdict> alone = VerdictsOf(New(new LinkFaults { Loss = 0.3 }), static _ => 1_000_000);
        Dictionary<long, LinkVerdict> among = VerdictsOf(
            New(new LinkFaults { Loss = 0.3, Corrupt = 0.3, Jitter = TimeSpan.FromMilliseconds(1) }), static _ => 1_000_000);
        Assert.Equal(alone.Select(static each => each.Value.Drop), among.Select(static each => each.Value.Drop));
    }

    [Fact]
    public void No_byte_overtakes_another()
    {
        StreamLink link = New(new LinkFaults
        {
            Loss = 0.2,
            Delay = TimeSpan.FromMilliseconds(2),
            Jitter = TimeSpan.FromMilliseconds(20),
            JitterDistribution = JitterDistribution.Pareto,
        });
        long lastNs = 0;
        for (int piece = 0; piece < Trials; piece++)
        {
            long arrivalNs = link.Decide(100, piece * 1_000L).Copy.ArrivalNanoseconds;
            Assert.True(arrivalNs >= lastNs, "A piece overtook the one before.");
            lastNs = arrivalNs;
        }

        Assert.True(link.EndArrivalNs(Trials * 1_000L) >= lastNs, "The end overtook the last byte.");
    }

    [Fact]
    public void The_rate_is_exact_and_holds_the_sender_back()
    {
        StreamLink link = New(new LinkFaults { BitsPerSecond = 8_000_000, QueueBytes = 10_000 });
        long sent = 0;
        long nowNs = 0;
        long lastNs = 0;
        while (sent < 1_000_000)
        {
            long room = link.Room(nowNs);
            if (room == 0)
            {
                Assert.True(link.RoomAtNs() > nowNs, "There is room at once, and none.");
                nowNs = link.RoomAtNs();
                continue;
            }

            Assert.True(room >= 2_500, "The sender would be read in crumbs.");
            StreamPiece piece = link.Decide((int)Math.Min(room, 5_000), nowNs);
            sent += piece.Length;
            lastNs = piece.Copy.ArrivalNanoseconds;
        }

        // A byte takes a microsecond.
        Assert.Equal(sent * 1_000, lastNs);
        Assert.InRange(nowNs, lastNs - (10_000 * 1_000), lastNs);
    }

    [Fact]
    public void Slices_are_as_long_as_asked_for_and_follow_each_other_at_their_distance()
    {
        StreamLink link = New(new LinkFaults { SliceBytes = 100, SliceVariationBytes = 20, SliceDelay = TimeSpan.FromMilliseconds(1) });
        var lengths = new HashSet<int>();
        int left = 10_000;
        for (int slice = 0; left > 0; slice++)
        {
            StreamPiece piece = link.Decide(left, 0);
            Assert.Equal(slice * Millisecond, piece.Copy.ArrivalNanoseconds);
            left -= piece.Length;
            lengths.Add(left == 0 ? 100 : piece.Length);
        }

        Assert.All(lengths, static length => Assert.InRange(length, 80, 120));
        Assert.True(lengths.Count > 10, "The lengths hardly differ.");
    }

    [Theory]
    [InlineData(StreamBreakKind.Reset)]
    [InlineData(StreamBreakKind.Close)]
    [InlineData(StreamBreakKind.HalfClose)]
    public void A_break_comes_behind_the_byte_it_was_asked_for_at(StreamBreakKind kind)
    {
        StreamLink link = New(Broken(kind, afterBytes: 1_000));
        StreamPiece first = link.Decide(700, 0);
        StreamPiece second = link.Decide(700, 0);
        Assert.Equal((700, null), (first.Length, first.Break));
        Assert.Equal((300, kind), (second.Length, second.Break));
        Assert.Equal(kind, link.DueBreak(0));
    }

    [Fact]
    public void A_break_that_waits_for_more_comes_with_the_next_byte_and_swallows_it()
    {
        StreamLink link = New(Broken(StreamBreakKind.Reset, afterBytes: 1_000, waitsForMore: true));
        Assert.Equal((1_000, null), (link.Decide(1_000, 0) is var first ? first.Length : 0, first.Break));
        Assert.Null(link.DueBreak(0));
        StreamPiece second = link.Decide(1, 0);
        Assert.Equal((0, StreamBreakKind.Reset), (second.Length, second.Break));
    }

    [Fact]
    public void A_stall_lets_nothing_pass_from_its_byte_on_until_it_is_taken_back()
    {
        StreamLink link = New(Broken(StreamBreakKind.Stall, afterBytes: 10));
        Assert.False(link.IsStalled(0));
        Assert.Equal(10, link.Decide(100, 0).Length);
        Assert.True(link.IsStalled(0));
        Assert.Null(link.DueBreak(0));

        link.Change(LinkFaults.None, 0);
        Assert.False(link.IsStalled(0));
        Assert.Equal(90, link.Decide(90, 0).Length);
    }

    [Fact]
    public void A_break_by_time_counts_from_the_beginning_of_the_connection_or_from_when_it_was_set()
    {
        var after = new LinkFaults { Breaks = [new StreamBreak(StreamBreakKind.Reset) { After = TimeSpan.FromMilliseconds(5) }] };
        StreamLink fromTheBeginning = New(after);
        Assert.Equal(5 * Millisecond, fromTheBeginning.NextBreakNs(0));
        Assert.Null(fromTheBeginning.DueBreak((5 * Millisecond) - 1));
        Assert.Equal(StreamBreakKind.Reset, fromTheBeginning.DueBreak(5 * Millisecond));

        StreamLink later = New(LinkFaults.None);
        later.Change(after, 100 * Millisecond);
        Assert.Equal(105 * Millisecond, later.NextBreakNs(100 * Millisecond));

        // Something else changes: the break goes on waiting.
        later.Change(after with { Loss = 0.1 }, 103 * Millisecond);
        Assert.Equal(105 * Millisecond, later.NextBreakNs(103 * Millisecond));
    }

    [Fact]
    public void The_end_of_a_stream_takes_the_delay_of_its_bytes_and_its_own()
    {
        StreamLink link = New(new LinkFaults { Delay = TimeSpan.FromMilliseconds(3), CloseDelay = TimeSpan.FromMilliseconds(10) });
        link.Decide(10, 0);
        Assert.Equal(13 * Millisecond, link.EndArrivalNs(0));
        Assert.Equal(14 * Millisecond, link.EndArrivalNs(Millisecond));
    }

    [Fact]
    public void What_was_decided_before_can_be_had_again_with_another_seed()
    {
        var faults = new LinkFaults { Loss = 0.3, Corrupt = 0.2 };
        Dictionary<long, LinkVerdict> before = VerdictsOf(New(faults), static _ => 1_000_000);
        var again = new StreamLink(LinkFaults.None, 99, 0) { Replay = offset => before[offset] };
        again.Change(LinkFaults.None, 0);
        Assert.Equal(before, VerdictsOf(again, static _ => 1_000_000));
    }

    private static StreamLink New(LinkFaults faults, ulong seed = 7) => new(faults, seed, 0);

    private static LinkFaults Broken(StreamBreakKind kind, long afterBytes, bool waitsForMore = false) =>
        new() { Breaks = [new StreamBreak(kind) { AfterBytes = afterBytes, WaitsForMore = waitsForMore }] };

    private static Dictionary<long, LinkVerdict> VerdictsOf(StreamLink link, Func<long, int> arrives)
    {
        var verdicts = new Dictionary<long, LinkVerdict>();
        while (link.Offset < 1_000_000)
        {
            for (int left = (int)Math.Min(arrives(link.Offset), 1_000_000 - link.Offset); left > 0;)
            {
                long offset = link.Offset;
                StreamPiece piece = link.Decide(left, 0);
                verdicts.Add(offset, piece.Verdict);
                left -= piece.Length;
            }
        }

        return verdicts;
    }

    // The binomial 99 % interval, by the normal approximation.
    private static void AssertShare(double probability, int count) => Assert.InRange(
        count / (double)Trials,
        probability - (2.576 * Math.Sqrt(probability * (1 - probability) / Trials)),
        probability + (2.576 * Math.Sqrt(probability * (1 - probability) / Trials)));
}
