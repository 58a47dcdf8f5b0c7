using Aldis.Protocols.Measurement;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Protocols.Tests.Measurement;

public sealed class SequenceLedgerTests
{
    [Fact]
    public void Replies_in_order_lose_nothing()
    {
        SequenceLedger ledger = Sent(3);
        Assert.Equal(ReplyKind.InOrder, ledger.RecordReply(0, 105, out long roundTrip));
        Assert.Equal(5, roundTrip);
        Assert.Equal(ReplyKind.InOrder, ledger.RecordReply(1, 120, out _));
        Assert.Equal(ReplyKind.InOrder, ledger.RecordReply(2, 130, out _));
        Assert.Equal((0, 0, 0), (ledger.Lost, ledger.Duplicates, ledger.Reordered));
    }

    [Fact]
    public void What_is_not_answered_is_lost()
    {
        SequenceLedger ledger = Sent(5);
        ledger.RecordReply(3, 200, out _);
        Assert.Equal(4, ledger.Lost);
    }

    [Fact]
    public void A_reply_after_a_later_one_is_reordered_and_not_lost()
    {
        SequenceLedger ledger = Sent(3);
        ledger.RecordReply(2, 200, out _);
        Assert.Equal(ReplyKind.Reordered, ledger.RecordReply(0, 250, out long roundTrip));
        Assert.Equal(150, roundTrip);
        Assert.Equal((1, 1, 2), (ledger.Lost, ledger.Reordered, ledger.Received));
    }

    [Fact]
    public void A_second_reply_is_a_duplicate_and_counts_no_round_trip()
    {
        SequenceLedger ledger = Sent(1);
        ledger.RecordReply(0, 200, out _);
        Assert.Equal(ReplyKind.Duplicate, ledger.RecordReply(0, 300, out long roundTrip));
        Assert.Equal((0, 1, 1), (roundTrip, ledger.Received, ledger.Duplicates));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3)]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    public void A_number_that_was_never_sent_is_unknown(long sequence)
    {
        SequenceLedger ledger = Sent(3);
        Assert.Equal(ReplyKind.Unknown, ledger.RecordReply(sequence, 200, out _));
        Assert.Equal((3, 0), (ledger.Lost, ledger.Duplicates));
    }

    [Fact]
    public void A_reply_older_than_the_window_leaves_its_request_lost()
    {
        var ledger = new SequenceLedger(2);
        for (int request = 0; request < 3; request++)
        {
            ledger.RecordSent(request);
        }

        Assert.Equal(ReplyKind.Unknown, ledger.RecordReply(0, 10, out _));
        Assert.Equal(ReplyKind.InOrder, ledger.RecordReply(1, 10, out _));
        Assert.Equal(2, ledger.Lost);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    public void What_was_sent_lately_and_not_answered_is_counted(long since, long count)
    {
        var ledger = new SequenceLedger(4);
        for (int request = 0; request < 5; request++)
        {
            ledger.RecordSent(request);
        }

        // Request 0 is remembered no more.
        ledger.RecordReply(3, 10, out _);
        Assert.Equal(count, ledger.UnansweredSince(since));
    }

    [Fact]
    public void Any_replies_in_any_order_are_counted_as_a_plain_list_counts_them() => Prop.ForAll(
        Gen.Choose(0, 19).Select(static sequence => (long)sequence).ListOf().ToArbitrary(),
        replies => Agrees([.. replies], (ledger, sequence) => ledger.RecordReply(sequence, 1, out _)))
        .Check(Config.QuickThrowOnFailure);

    [Fact]
    public void A_ledger_that_takes_duplicates_for_replies_is_noticed() => Assert.False(Agrees(
        [0, 0],
        (ledger, _) => ledger.RecordReply(ledger.Received, 1, out long _)));

    private static bool Agrees(long[] replies, Action<SequenceLedger, long> record)
    {
        SequenceLedger ledger = Sent(20);
        var seen = new List<long>();
        int duplicates = 0;
        int reordered = 0;
        foreach (long sequence in replies)
        {
            record(ledger, sequence);
            if (seen.Contains(sequence))
            {
                duplicates++;
                continue;
            }

            reordered += seen.Any(earlier => earlier > sequence) ? 1 : 0;
            seen.Add(sequence);
        }

        return ledger.Received == seen.Count && ledger.Lost == 20 - seen.Count
            && ledger.Duplicates == duplicates && ledger.Reordered == reordered;
    }

    private static SequenceLedger Sent(int requests)
    {
        var ledger = new SequenceLedger(64);
        for (int request = 0; request < requests; request++)
        {
            Assert.Equal(request, ledger.RecordSent(100));
        }

        return ledger;
    }
}
