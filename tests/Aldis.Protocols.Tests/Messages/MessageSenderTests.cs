using System.Buffers;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Tests.Framing;

namespace Aldis.Protocols.Tests.Messages;

public sealed class MessageSenderTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Nothing_is_sent_before_the_answer_to_the_preface()
    {
        Client client = new(items: 3);

        Assert.Equal("ALDIS/1 messages client=pump-7", client.Sent);
        client.Receive("ALDIS/1 last=0 durable 1048576 256");
        Assert.Equal("1 1\n1 2\n1 3", client.Sent);
        Assert.Equal(new SenderState(0, 0, 3), client.Sender.State);
    }

    [Fact]
    public void A_token_follows_the_preface_without_waiting()
    {
        Client client = new(items: 0, token: "secret");

        Assert.Equal("ALDIS/1 messages client=pump-7\nTOKEN secret", client.Sent);
    }

    [Fact]
    public void Numbers_follow_the_servers_last()
    {
        Client client = new(items: 2);

        Assert.Equal("1 8\n1 9", client.Open(last: 7).Sent);
        Assert.Equal(new SenderState(0, 7, 9), client.Sender.State);
    }

    [Fact]
    public void No_more_is_sent_than_the_window_lets_out()
    {
        Client client = new(items: 40);
        _ = client.Sent;
        client.Receive("ALDIS/1 last=0 durable 1048576 16");

        Assert.Equal(16, client.Sent.Split('\n').Length);
        Assert.Equal(string.Empty, client.Sent);
        client.Receive("ACK 3 durable");
        Assert.Equal("1 17\n1 18\n1 19", client.Sent);
    }

    [Fact]
    public void An_acknowledgement_is_cumulative_and_an_older_one_changes_nothing()
    {
        Client client = new Client(items: 3).Open();
        client.Receive("ACK 2 durable").Receive("ACK 1 durable duplicate");

        Assert.Equal("Connected 0-0, Acknowledged 1-2, Duplicate 1-1", client.Events);
        Assert.Equal(new SenderState(2, 2, 3), client.Sender.State);
    }

    [Fact]
    public void What_was_not_seen_acknowledged_is_sent_again_although_the_servers_last_covers_it()
    {
        Client client = new(items: 4, state: new SenderState(10, 5, 8));

        Assert.Equal("1 6\n1 7\n1 8\n1 9", client.Open(last: 7).Sent);
        Assert.Equal(new SenderState(10, 5, 9), client.Sender.State);
        client.Receive("ACK 7 durable duplicate");
        Assert.Equal("Connected 7-7, Duplicate 6-7, Acknowledged 11-12", client.Events);
    }

    [Fact]
    public void The_window_bounds_what_is_sent_again_too()
    {
        Client client = new(items: 40, state: new SenderState(0, 0, 40));
        _ = client.Sent;
        client.Receive("ALDIS/1 last=40 durable 1048576 16");

        Assert.Equal(16, client.Sent.Split('\n').Length);
        client.Receive("ACK 16 durable duplicate");
        Assert.StartsWith("1 17\n", client.Sent, StringComparison.Ordinal);
    }

    [Fact]
    public void An_acknowledgement_covers_nothing_that_was_not_sent_on_this_connection()
    {
        Client client = new Client(items: 3, state: new SenderState(0, 0, 3)).Open(last: 3);
        Assert.True(client.Sender.TryTakeMessage(0, out _));
        ReadOnlySequence<byte> received = Pieces.Of("ACK 3 durable".PadRight(64));
        client.Sender.Read(ref received, 0);

        Assert.Equal(SenderEnd.ProtocolViolation, client.Sender.End);
        Assert.Equal(new SenderState(0, 0, 3), client.Sender.State);
    }

    [Fact]
    public void What_was_not_acknowledged_is_sent_again_under_its_number_after_a_cut()
    {
        Client client = new Client(items: 3).Open().Receive("ACK 1 durable");
        _ = client.Sent;
        client.Sender.HandleEnded(isOrderly: false);
        Assert.Equal(SenderEnd.Cut, client.Sender.End);
        client.Sender.HandleConnected();

        Assert.Equal("ALDIS/1 messages client=pump-7", client.Sent);
        Assert.Equal("1 2\n1 3", client.Receive("ALDIS/1 last=1 durable 1048576 256").Sent);
    }

    [Fact]
    public void A_last_below_what_was_acknowledged_is_reported_as_lost_and_the_rest_is_renumbered()
    {
        Client client = new(items: 2, state: new SenderState(10, 8, 9));

        Assert.Equal("1 4\n1 5", client.Open(last: 3).Sent);
        Assert.Equal("Connected 3-3, Lost 4-8", client.Events);
        Assert.Equal(new SenderState(10, 3, 5), client.Sender.State);
    }

    [Fact]
    public void A_server_that_knows_nothing_of_the_client_is_not_said_to_have_lost_anything_and_numbers_begin_anew()
    {
        Client client = new(items: 2, state: new SenderState(10, 8, 9));

        Assert.Equal("1 1\n1 2", client.Open(last: 0).Sent);
        Assert.Equal("Connected 0-0, ClientUnknown 1-8", client.Events);
        Assert.Equal(new SenderState(10, 0, 2), client.Sender.State);
    }

    [Fact]
    public void Behind_a_last_beyond_what_was_numbered_new_numbers_begin_once_ours_are_compared()
    {
        Client client = new(items: 4, state: new SenderState(10, 7, 9));

        Assert.Equal("1 8\n1 9", client.Open(last: 12).Sent);
        Assert.Equal(string.Empty, client.Receive("ACK 8 durable duplicate").Sent);
        Assert.Equal("1 13\n1 14", client.Receive("ACK 9 durable duplicate").Sent);
        Assert.Equal(new SenderState(12, 12, 14), client.Sender.State);
    }

    [Fact]
    public void Behind_a_last_beyond_what_was_numbered_one_that_differs_ends_it_and_stays()
    {
        Client client = new Client(items: 4, state: new SenderState(10, 7, 9)).Open(last: 12);
        client.Receive("ACK 8 durable duplicate").Receive("NAK 9 conflict");

        Assert.Equal(SenderEnd.Conflict, client.Sender.End);
        Assert.Equal(9, client.Sender.DisputedSequence);
        Assert.Equal(new SenderState(11, 8, 9), client.Sender.State);
        Assert.Equal(3, client.Sender.PendingCount);
    }

    [Fact]
    public void What_the_server_cannot_compare_any_more_ends_it_and_stays()
    {
        Client client = new Client(items: 4, state: new SenderState(10, 7, 9)).Open(last: 9).Receive("NAK 8 forgotten");

        Assert.Equal(SenderEnd.Forgotten, client.Sender.End);
        Assert.False(SenderEnds.AllowsReconnect(client.Sender.End));
        Assert.Equal(8, client.Sender.DisputedSequence);
        Assert.Equal(4, client.Sender.PendingCount);
    }

    [Theory]
    [InlineData("NAK 2 gap retry=0", 0)]
    [InlineData("NAK 2 window retry=0", 0)]
    [InlineData("NAK 2 busy retry=1000", Second)]
    [InlineData("NAK 2 disk-full retry=1000", Second)]
    [InlineData("NAK 2 disk-full", Second / 100)]
    public void A_refusal_that_keeps_the_connection_rewinds_and_waits(string unit, long pause)
    {
        Client client = new Client(items: 3).Open();
        _ = client.Sent;
        client.Receive(unit);

        Assert.Equal(pause, client.Sender.ResumeAtNanoseconds);
        Assert.Equal("1 2\n1 3", client.At(pause).Sent);
        Assert.Equal(0, client.Sender.State.Acknowledged);
    }

    [Fact]
    public void Nothing_is_sent_during_the_pause_a_refusal_asks_for()
    {
        Client client = new Client(items: 3).Open();
        _ = client.Sent;
        client.Receive("NAK 2 busy retry=1000");

        Assert.Equal(string.Empty, client.At(Second - 1).Sent);
        Assert.Equal("Connected 0-0, Delayed 2-2", client.Events);
    }

    [Fact]
    public void A_server_that_rewinds_forever_is_given_up()
    {
        Client client = new Client(items: 3).Open();
        for (int count = 0; count < 20 && client.Sender.End == SenderEnd.None; count++)
        {
            _ = client.Sent;
            client.Receive("NAK 1 gap retry=0");
        }

        Assert.Equal(SenderEnd.ProtocolViolation, client.Sender.End);
    }

    [Fact]
    public void A_message_refused_for_good_gives_its_number_to_the_next()
    {
        Client client = new Client(items: 3).Open();
        _ = client.Sent;
        client.Receive("NAK 2 too-large");
        Assert.Equal(SenderEnd.MessageRefused, client.Sender.End);
        Assert.Equal(new SenderState(0, 0, 1), client.Sender.State);
        client.Sender.HandleConnected();
        _ = client.Sent;

        client.Receive("ALDIS/1 last=1 durable 1048576 256");
        Assert.Equal("1 1\n1 2", client.Sent);
        client.Receive("ACK 2 durable");
        Assert.Equal("Connected 0-0, Refused 2-2, Connected 1-1, Acknowledged 1-3", client.Events);
    }

    [Fact]
    public void A_message_longer_than_the_server_takes_is_not_sent()
    {
        Client client = new(items: 0);
        client.Sender.Offer(1, 10);
        client.Sender.Offer(2, 11);
        client.Sender.Offer(3, 9);
        _ = client.Sent;

        client.Receive("ALDIS/1 last=0 durable 10 256");
        Assert.Equal("10 1\n9 2", client.Sent);
        Assert.Equal("Connected 0-0, Refused 2-2", client.Events);
    }

    [Fact]
    public void A_message_the_server_may_have_is_sent_again_however_little_it_takes_today()
    {
        Client client = new(lengths: [10, 11, 11], state: new SenderState(0, 0, 3));
        _ = client.Sent;

        Assert.Equal("10 1\n11 2", client.Receive("ALDIS/1 last=2 durable 10 256").Sent);
        Assert.Equal("Connected 2-2, Refused 3-3", client.Events);
        Assert.Equal(new SenderState(0, 0, 2), client.Sender.State);
    }

    [Theory]
    [InlineData("NAK 2 too-large", SenderEnd.ProtocolViolation)]
    [InlineData("NAK 3 too-large", SenderEnd.MessageRefused)]
    public void A_message_the_server_said_to_have_is_not_refused_as_too_large(string unit, SenderEnd expected) =>
        Assert.Equal(expected, new Client(items: 3, state: new SenderState(0, 0, 3)).Open(last: 2).Receive(unit).Sender.End);

    [Fact]
    public void An_item_refused_in_front_of_all_others_is_settled()
    {
        Client client = new(items: 0);
        client.Sender.Offer(1, 11);
        client.Sender.Offer(2, 9);
        _ = client.Sent;

        Assert.Equal("9 1", client.Receive("ALDIS/1 last=0 durable 10 256").Sent);
        Assert.Equal(new SenderState(1, 0, 1), client.Sender.State);
    }

    [Theory]
    [InlineData("NAK 0 superseded", SenderEnd.Superseded, false)]
    [InlineData("NAK 1 conflict", SenderEnd.Conflict, false)]
    [InlineData("NAK 1 forgotten", SenderEnd.Forgotten, false)]
    [InlineData("NAK 1 bad-frame", SenderEnd.ProtocolViolation, false)]
    [InlineData("NAK 1 unheard-of", SenderEnd.ProtocolViolation, false)]
    [InlineData("NAK 4 shutting-down", SenderEnd.ShuttingDown, true)]
    [InlineData("NAK 1 store-failed", SenderEnd.StoreFailed, true)]
    [InlineData("NAK 4 gap retry=0", SenderEnd.ProtocolViolation, false)]
    [InlineData("ACK 4 durable", SenderEnd.ProtocolViolation, false)]
    [InlineData("BYE", SenderEnd.ProtocolViolation, false)]
    [InlineData("what", SenderEnd.ProtocolViolation, false)]
    public void A_last_word_of_the_server_says_whether_to_come_back(string unit, SenderEnd expected, bool mayReconnect)
    {
        Client client = new Client(items: 3).Open();
        _ = client.Sent;
        client.Receive(unit);

        Assert.Equal(expected, client.Sender.End);
        Assert.Equal(mayReconnect, SenderEnds.AllowsReconnect(client.Sender.End));
        Assert.Equal(string.Empty, client.Sent);
    }

    [Theory]
    [InlineData("ALDIS/1 messages client=pump-7", SenderEnd.NotMessageServer)]
    [InlineData("ALDIS/1 error=token", SenderEnd.Refused)]
    [InlineData("ALDIS/1 error=busy", SenderEnd.StoreUnavailable)]
    [InlineData("ALDIS/1 error=store-failed", SenderEnd.StoreFailed)]
    [InlineData("ALDIS/1 last=9223372036854775807 durable 1048576 256", SenderEnd.ProtocolViolation)]
    [InlineData("NAK 0 superseded", SenderEnd.Superseded)]
    [InlineData("46", SenderEnd.PlainServer)]
    [InlineData("ACK 1 durable", SenderEnd.NotMessageServer)]
    public void An_answer_to_the_preface_that_is_no_hello_ends_the_connection(string unit, SenderEnd expected) =>
        Assert.Equal(expected, new Client(items: 1).Receive(unit).Sender.End);

    [Fact]
    public void A_peer_of_another_kind_is_recognized_without_64_bytes()
    {
        Client client = new(items: 1);
        ReadOnlySequence<byte> received = Pieces.Of("ACK received");
        client.Sender.Read(ref received, 0);

        Assert.Equal(SenderEnd.NotMessageServer, client.Sender.End);
    }

    [Fact]
    public void A_peer_that_closes_on_the_preface_twice_is_a_plain_server()
    {
        Client client = new(items: 1);
        client.Sender.HandleEnded(isOrderly: true);
        Assert.Equal(SenderEnd.Cut, client.Sender.End);
        client.Sender.HandleConnected();
        client.Sender.HandleEnded(isOrderly: true);

        Assert.Equal(SenderEnd.PlainServer, client.Sender.End);
    }

    [Fact]
    public void A_peer_that_could_not_be_reached_between_two_closes_was_restarted_and_is_no_plain_server()
    {
        Client client = new(items: 1);
        client.Sender.HandleEnded(isOrderly: true);
        client.Sender.HandleEnded(isOrderly: false);
        client.Sender.HandleConnected();
        client.Sender.HandleEnded(isOrderly: true);

        Assert.Equal(SenderEnd.Cut, client.Sender.End);
    }

    [Fact]
    public void A_sender_that_has_numbered_before_takes_no_close_on_the_preface_for_a_plain_server()
    {
        var sender = new MessageSender("pump-7", new SenderState(AcknowledgedItem: 3, Acknowledged: 3, Assigned: 3));
        for (int close = 0; close < 3; close++)
        {
            sender.HandleConnected();
            sender.HandleEnded(isOrderly: true);
            Assert.Equal(SenderEnd.Cut, sender.End);
        }
    }

    [Fact]
    public void Goodbye_is_said_after_the_last_acknowledgement()
    {
        Client client = new Client(items: 1).Open();
        _ = client.Sent;
        client.Sender.Finish();
        Assert.Equal(string.Empty, client.Sent);
        client.Receive("ACK 1 durable");
        Assert.Equal("BYE", client.Sent);
        client.Receive("BYE");

        Assert.Equal(SenderEnd.Completed, client.Sender.End);
    }

    [Fact]
    public void A_state_whose_items_are_missing_is_a_defect_of_the_driver() =>
        Assert.Throws<InvalidOperationException>(() => new MessageSender("pump-7", new SenderState(0, 0, 2)).HandleConnected());

    /// <summary>A sender with items behind its state, of one byte where it is not said, connected.</summary>
    private sealed class Client
    {
        private long _now;

        public Client(int items, SenderState state = default, string token = "")
            : this([.. Enumerable.Repeat(1, items)], state, token)
        {
        }

        public Client(int[] lengths, SenderState state = default, string token = "")
        {
            Sender = new MessageSender("pump-7", state, Encoding.ASCII.GetBytes(token));
            foreach (int length in lengths)
            {
                Sender.Offer(Sender.LastOffered + 1, length);
            }

            Sender.HandleConnected();
        }

        public MessageSender Sender { get; }

        public string Sent
        {
            get
            {
                List<string> lines = [];
                byte[] unit = new byte[64];
                while (Sender.TryTakeUnit(unit))
                {
                    lines.Add(Encoding.ASCII.GetString(unit).TrimEnd());
                }

                while (Sender.TryTakeMessage(_now, out OutgoingMessage message))
                {
                    lines.Add($"{message.Length} {message.Sequence}");
                }

                return string.Join('\n', lines);
            }
        }

        public string Events
        {
            get
            {
                List<string> events = [];
                while (Sender.TryTakeEvent(out SenderEvent e))
                {
                    events.Add($"{e.Kind} {e.First}-{e.Last}");
                }

                return string.Join(", ", events);
            }
        }

        public Client Open(long last = 0)
        {
            _ = Sent;
            return Receive($"ALDIS/1 last={last} durable 1048576 256");
        }

        public Client At(long now)
        {
            _now = now;
            return this;
        }

        public Client Receive(string unit)
        {
            // What the driver does before it reads: everything that may leave has left.
            if (Sender.Hello is not null)
            {
                _ = Sent;
            }

            ReadOnlySequence<byte> received = Pieces.Of(unit.PadRight(64));
            Sender.Read(ref received, _now);
            return this;
        }
    }
}
