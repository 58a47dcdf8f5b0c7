using Aldis.Protocols.Messages;
using Client = Aldis.Protocols.Tests.Messages.ServerHarness.Client;

namespace Aldis.Protocols.Tests.Messages;

public sealed class MessageSessionTests
{
    private static readonly MessageSessionOptions Small = new() { Window = 16, MaxLength = 10, RetryMilliseconds = 250 };

    [Fact]
    public void A_new_client_is_told_0_and_begins_with_1()
    {
        ServerHarness server = new();
        Client peer = server.Connect();

        Assert.Equal("ALDIS/1 last=0 durable 1048576 256", peer.Answers);
        Assert.Equal(string.Empty, peer.Message(1, "one").Answers);
        server.Commit(1);
        Assert.Equal("ACK 1 durable", peer.Answers);
    }

    [Fact]
    public void A_known_client_is_told_where_it_stands()
    {
        ServerHarness server = new(stored: ["one", "two"]);

        Assert.Equal("ALDIS/1 last=2 durable 1048576 256", server.Connect().Answers);
    }

    [Fact]
    public void Nothing_is_acknowledged_before_its_commit_and_one_commit_gives_one_acknowledgement()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one").Message(2, "two").Message(3, "three");

        Assert.Equal(string.Empty, peer.Answers);
        server.Commit(2);
        Assert.Equal("ACK 2 durable", peer.Answers);
        server.Commit(3);
        Assert.Equal("ACK 3 durable", peer.Answers);
    }

    [Fact]
    public void A_committed_message_is_acknowledged_again_and_not_stored_twice()
    {
        ServerHarness server = new(stored: ["one", "two"]);
        Client peer = server.Connect().Hello().Message(1, "one");

        Assert.Equal("ACK 1 durable duplicate", peer.Answers);
        Assert.Equal(["one", "two"], server.Appended);
    }

    [Fact]
    public void A_repeat_of_a_message_under_way_is_answered_by_its_commit()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one").Message(1, "one");

        Assert.Equal(string.Empty, peer.Answers);
        server.Commit(1);
        Assert.Equal("ACK 1 durable", peer.Answers);
        Assert.Equal(["one"], server.Appended);
    }

    [Fact]
    public void A_gap_is_refused_once_and_what_follows_is_discarded_until_the_expected_number_comes()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(2, "two").Message(3, "three").Message(9, "nine");

        Assert.Equal("NAK 1 gap retry=0", peer.Answers);
        peer.Message(1, "one").Message(2, "two");
        Assert.Equal(["one", "two"], server.Appended);
        Assert.Equal(string.Empty, peer.Answers);
        Assert.Equal("NAK 3 gap retry=0", peer.Message(4, "four").Answers);
    }

    [Fact]
    public void Another_message_under_a_stored_number_is_a_conflict()
    {
        ServerHarness server = new(stored: ["one", "two"]);

        Assert.Equal("NAK 2 conflict|", server.Connect().Hello().Message(2, "TWO").Answers);
        Assert.Equal(["one", "two"], server.Appended);
    }

    [Fact]
    public void Another_message_under_a_number_under_way_is_a_conflict_after_its_acknowledgement()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one").Message(1, "eins").Message(2, "two");

        Assert.Equal(string.Empty, peer.Answers);
        server.Commit(1);
        Assert.Equal("ACK 1 durable\nNAK 1 conflict|", peer.Answers);
        Assert.Equal(["one"], server.Appended);
    }

    [Fact]
    public void What_was_the_same_is_acknowledged_before_the_one_that_differs_is_named()
    {
        ServerHarness server = new(stored: ["one", "two", "three"]);

        Assert.Equal(
            "ACK 2 durable duplicate\nNAK 3 conflict|",
            server.Connect().Hello().Message(1, "one").Message(2, "two").Message(3, "drei").Answers);
    }

    [Fact]
    public void A_repeat_older_than_the_server_remembers_is_forgotten_before_its_payload_is_read()
    {
        ServerHarness server = new(remembered: 2, stored: ["one", "two", "three"]);

        Assert.Equal("ACK 2 durable duplicate", server.Connect().Hello().Message(2, "two").Answers);
        Assert.Equal("NAK 1 forgotten|", server.Connect().Hello().Unit("3 1").Answers);
    }

    [Theory]
    [InlineData("a message longer than today's limit", "ACK 1 durable duplicate")]
    [InlineData("A message longer than today's limit", "NAK 1 conflict|")]
    public void A_repeat_longer_than_the_limit_is_compared_as_it_arrives(string repeat, string expected)
    {
        ServerHarness server = new(Small, stored: ["a message longer than today's limit"]);
        Client peer = server.Connect().Hello().Unit($"{repeat.Length} 1");
        foreach (char piece in repeat)
        {
            Assert.Equal(string.Empty, peer.Answers);
            Assert.True(peer.Session.AwaitsPayload);
            Assert.False(peer.Session.IsInsideUnit);
            peer.Raw($"{piece}");
            Assert.Equal(0, peer.Unread);
        }

        Assert.Equal(expected, peer.Answers);
    }

    [Fact]
    public void A_repeat_longer_than_any_message_can_have_been_is_a_conflict()
    {
        ServerHarness server = new(Small, stored: ["one"]);

        Assert.Equal(string.Empty, server.Connect().Hello().Unit("16777216 1").Answers);
        Assert.Equal("NAK 1 conflict|", server.Connect().Hello().Unit("16777217 1").Answers);
    }

    [Fact]
    public void A_repeat_of_a_message_under_way_that_is_longer_than_the_limit_is_a_conflict()
    {
        ServerHarness server = new(Small);
        Client peer = server.Connect().Hello().Message(1, "one").Unit("11 1");
        server.Commit(1);

        Assert.Equal("ACK 1 durable\nNAK 1 conflict|", peer.Answers);
    }

    [Fact]
    public void A_repeat_that_was_still_arriving_when_its_message_failed_is_left_to_the_next_try()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one").Unit("3 1").Raw("ei");
        server.Fail(NakCode.Busy);
        peer.Raw("n");

        Assert.Equal("NAK 1 busy retry=1000", peer.Answers);
        peer.Message(1, "one");
        Assert.Equal(["one"], server.Appended);
    }

    [Fact]
    public void What_is_too_long_is_refused_for_good_even_while_the_window_is_full()
    {
        ServerHarness server = new(Small);
        Client peer = server.Connect().Hello();
        for (int sequence = 1; sequence <= 16; sequence++)
        {
            peer.Message(sequence, $"{sequence}");
        }

        peer.Unit("11 17");
        server.Commit(16);
        Assert.Equal("ACK 16 durable\nNAK 17 too-large|", peer.Answers);
    }

    [Fact]
    public void Goodbye_is_taken_while_refused_messages_are_discarded()
    {
        ServerHarness server = new(Small);
        Client peer = server.Connect().Hello().Message(1, "one").Message(3, "three").Unit("BYE");
        server.Commit(1);

        Assert.Equal("ACK 1 durable\nNAK 2 gap retry=0\nBYE|", peer.Answers);
    }

    [Fact]
    public void More_outstanding_messages_than_the_window_are_refused()
    {
        ServerHarness server = new(Small);
        Client peer = server.Connect().Hello();
        for (int sequence = 1; sequence <= 18; sequence++)
        {
            peer.Message(sequence, $"{sequence}");
        }

        Assert.Equal("NAK 17 window retry=0", peer.Answers);
        Assert.Equal(16, server.Appended.Count);
        server.Commit(1);
        Assert.Equal("ACK 1 durable", peer.Answers);
        peer.Message(17, "17");
        Assert.Equal(17, server.Appended.Count);
        Assert.Equal("NAK 18 window retry=0", peer.Message(18, "18").Answers);
    }

    [Fact]
    public void A_message_over_the_limit_is_refused_before_its_payload_and_closes()
    {
        ServerHarness server = new(Small);

        Assert.Equal("NAK 1 too-large|", server.Connect().Hello().Unit("11 1").Answers);
        Assert.Equal("NAK 1 too-large|", server.Connect().Hello().Unit("9999999999 1").Answers);
    }

    [Fact]
    public void A_longest_message_and_an_empty_one_are_taken()
    {
        ServerHarness server = new(Small);
        server.Connect().Hello().Message(1, "0123456789").Message(2, string.Empty);

        Assert.Equal(["0123456789", string.Empty], server.Appended);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("5 0")]
    [InlineData("5 1 2")]
    [InlineData("-1 1")]
    [InlineData("ALDIS/1 messages client=a")]
    public void What_is_no_unit_closes(string text) =>
        Assert.Equal("NAK 3 bad-frame|", new ServerHarness(stored: ["one", "two"]).Connect().Hello().Unit(text).Answers);

    [Fact]
    public void A_token_is_ignored_as_the_first_unit_and_is_none_later()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Unit("TOKEN secret").Message(1, "one");

        Assert.Equal(["one"], server.Appended);
        peer.Unit("TOKEN secret");
        server.Commit(1);
        Assert.Equal("ACK 1 durable\nNAK 2 bad-frame|", peer.Answers);
    }

    [Theory]
    [InlineData(NakCode.DiskFull, "NAK 2 disk-full retry=250")]
    [InlineData(NakCode.Busy, "NAK 2 busy retry=250")]
    internal void A_message_the_store_does_not_accept_now_is_refused_and_taken_later(NakCode code, string expected)
    {
        ServerHarness server = new(Small);
        Client peer = server.Connect().Hello().Message(1, "one");
        peer.RefuseNext = code;

        Assert.Equal(expected, peer.Message(2, "two").Message(3, "three").Answers);
        server.Commit(1);
        Assert.Equal("ACK 1 durable", peer.Answers);
        peer.Message(2, "two").Message(3, "three");
        Assert.Equal(["one", "two", "three"], server.Appended);
    }

    [Fact]
    public void Messages_that_fail_after_they_were_queued_are_expected_again()
    {
        ServerHarness server = new(Small);
        Client peer = server.Connect().Hello().Message(1, "one").Message(2, "two").Message(3, "three");
        server.Commit(1);
        server.Fail(NakCode.DiskFull);

        Assert.Equal("ACK 1 durable\nNAK 2 disk-full retry=250", peer.Answers);
        peer.Message(4, "four").Message(2, "two").Message(3, "three");
        Assert.Equal(["one", "two", "three"], server.Appended);
        Assert.Equal(string.Empty, peer.Answers);
    }

    [Fact]
    public void A_payload_whose_header_came_before_the_failure_is_dropped()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one").Unit("3 2").Raw("tw");
        server.Fail(NakCode.Busy);
        peer.Raw("o").Message(1, "one");

        Assert.Equal(["one"], server.Appended);
    }

    [Fact]
    public void A_failed_store_acknowledges_nothing_more_and_turns_everyone_away()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one").Message(2, "two");
        Client next = server.Connect();
        server.Commit(1);
        server.Fail(NakCode.StoreFailed);

        Assert.Equal("ACK 1 durable\nNAK 0 superseded|", peer.Answers);
        Assert.Equal("ALDIS/1 error=store-failed|", next.Answers);
        Assert.Equal("ALDIS/1 error=store-failed|", server.Connect().Answers);
    }

    [Fact]
    public void A_failed_store_closes_after_the_refusal()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one");
        server.Fail(NakCode.StoreFailed);

        Assert.Equal("NAK 1 store-failed|", peer.Answers);
    }

    [Fact]
    public void A_newer_connection_is_answered_only_when_the_older_ones_messages_are_settled()
    {
        ServerHarness server = new();
        Client old = server.Connect().Hello().Message(1, "one").Message(2, "two");
        Client newer = server.Connect();
        old.Message(3, "three");
        newer.Message(1, "never read");

        Assert.Equal(string.Empty, newer.Answers);
        Assert.False(newer.Session.IsOpen);
        server.Commit(1);
        Assert.Equal("ACK 1 durable", old.Answers);
        Assert.Equal(string.Empty, newer.Answers);
        server.Commit(2);
        Assert.Equal("ACK 2 durable\nNAK 0 superseded|", old.Answers);
        Assert.Equal("ALDIS/1 last=2 durable 1048576 256", newer.Answers);
        Assert.Equal(["one", "two"], server.Appended);
    }

    [Fact]
    public void What_an_older_connection_had_queued_may_fail_before_the_newer_one_is_answered()
    {
        ServerHarness server = new();
        Client old = server.Connect().Hello().Message(1, "one").Message(2, "two");
        Client newer = server.Connect();
        server.Commit(1);
        server.Fail(NakCode.DiskFull);

        Assert.Equal("ACK 1 durable\nNAK 0 superseded|", old.Answers);
        Assert.Equal("ALDIS/1 last=1 durable 1048576 256", newer.Answers);
    }

    [Fact]
    public void The_messages_of_a_lost_connection_hold_up_the_next_one_too()
    {
        ServerHarness server = new();
        Client old = server.Connect().Hello().Message(1, "one");
        old.Session.HandleDisconnected();
        Client newer = server.Connect();

        Assert.Equal(string.Empty, newer.Answers);
        server.Commit(1);
        Assert.Equal("ALDIS/1 last=1 durable 1048576 256", newer.Answers);
    }

    [Fact]
    public void Of_several_newer_connections_the_newest_wins()
    {
        ServerHarness server = new();
        Client old = server.Connect().Hello().Message(1, "one");
        Client second = server.Connect();
        Client third = server.Connect();

        Assert.Equal("NAK 0 superseded|", second.Answers);
        server.Commit(1);
        Assert.Equal("ACK 1 durable\nNAK 0 superseded|", old.Answers);
        Assert.Equal("ALDIS/1 last=1 durable 1048576 256", third.Answers);
    }

    [Fact]
    public void A_driver_that_waited_for_space_is_told_when_it_may_not_submit_any_more()
    {
        ServerHarness server = new();
        Client old = server.Connect().Hello();
        System.Buffers.ReadOnlySequence<byte> received = Framing.Pieces.Of("3 1".PadRight(64), "one");
        Assert.Equal(SessionStep.Continue, old.Session.Read(ref received, out _, out _));
        Assert.Equal(SessionStep.Append, old.Session.Read(ref received, out _, out _));
        Assert.True(old.Session.MaySubmit);
        Client newer = server.Connect();

        Assert.False(old.Session.MaySubmit);
        old.Session.HandleRefused(NakCode.Superseded);
        Assert.Equal("NAK 0 superseded|", old.Answers);
        Assert.Equal("ALDIS/1 last=0 durable 1048576 256", newer.Answers);
    }

    [Fact]
    public void A_stopping_server_acknowledges_what_is_under_way_and_says_why_it_closes()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one");
        peer.Session.Close(NakCode.ShuttingDown);
        peer.Message(2, "two");

        Assert.Equal(string.Empty, peer.Answers);
        server.Commit(1);
        Assert.Equal("ACK 1 durable\nNAK 2 shutting-down|", peer.Answers);
        Assert.Equal(["one"], server.Appended);
    }

    [Fact]
    public void Goodbye_is_returned_after_all_acknowledgements()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one").Unit("BYE");

        Assert.Equal(string.Empty, peer.Answers);
        server.Commit(1);
        Assert.False(peer.Session.HasSaidGoodbye);
        Assert.Equal("ACK 1 durable\nBYE|", peer.Answers);
        Assert.True(peer.Session.HasSaidGoodbye);
    }

    [Fact]
    public void Goodbye_is_not_returned_when_a_message_failed()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one").Unit("BYE");
        server.Fail(NakCode.DiskFull);

        Assert.Equal("NAK 1 disk-full retry=1000|", peer.Answers);
        Assert.False(peer.Session.HasSaidGoodbye);
    }

    [Fact]
    public void A_begun_unit_is_told_from_an_idle_connection()
    {
        Client peer = new ServerHarness().Connect().Hello();
        Assert.False(peer.Session.IsInsideUnit);
        Assert.True(peer.Raw("3 ").Session.IsInsideUnit);
        Assert.False(peer.Raw("1".PadRight(62)).Session.IsInsideUnit);
        Assert.True(peer.Session.AwaitsPayload);
    }

    [Fact]
    public void The_preface_of_a_connection_that_was_given_up_supersedes_nobody_when_it_is_read_late()
    {
        var server = new ServerHarness();
        ServerHarness.Client living = server.Connect(acceptOrder: 2);
        Assert.StartsWith("ALDIS/1 last=0", living.Answers, StringComparison.Ordinal);
        ServerHarness.Client givenUp = server.Connect(acceptOrder: 1);
        Assert.Equal("NAK 0 superseded|", givenUp.Answers);
        givenUp.Session.HandleDisconnected();

        Assert.Equal(string.Empty, living.Answers);
        Assert.True(living.Session.MaySubmit);
        ServerHarness.Client newer = server.Connect(acceptOrder: 3);
        Assert.Equal("NAK 0 superseded|", living.Answers);
        Assert.StartsWith("ALDIS/1 last=0", newer.Answers, StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_that_left_leaves_an_idle_ledger()
    {
        ServerHarness server = new();
        Client peer = server.Connect().Hello().Message(1, "one");
        Assert.False(server.Ledger.IsIdle);
        peer.Session.HandleDisconnected();
        Assert.False(server.Ledger.IsIdle);
        server.Commit(1);
        Assert.True(server.Ledger.IsIdle);
    }
}
