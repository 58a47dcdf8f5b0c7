using System.Buffers;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>A ledger whose store is opened for each connection, and opened again when nobody knows what became of what was taken.</summary>
public sealed class OpenedLedgerTests
{
    private readonly ClientLedger _ledger = new();

    [Fact]
    public void A_preface_is_answered_with_what_the_opening_said()
    {
        MessageSession session = Connect();
        Assert.True(session.IsOpening);
        Assert.Equal(string.Empty, Answers(session));

        _ledger.HandleOpened(session, 7, new History());

        Assert.False(session.IsOpening);
        Assert.Equal("ALDIS/1 last=7 durable 1048576 256", Answers(session));
    }

    [Theory]
    [InlineData(NakCode.Busy, "ALDIS/1 error=busy|")]
    [InlineData(NakCode.StoreFailed, "ALDIS/1 error=store-failed|")]
    [InlineData(NakCode.Superseded, "NAK 0 superseded|")]
    internal void A_preface_of_a_client_that_cannot_be_opened_is_refused(NakCode code, string expected)
    {
        MessageSession session = Connect();
        _ledger.HandleNotOpened(session, code);
        Assert.Equal(expected, Answers(session));
    }

    [Fact]
    public void A_newer_connection_does_not_open_the_client_while_the_older_one_does()
    {
        MessageSession older = Connect();
        MessageSession newer = Connect();
        Assert.Equal((true, false), (older.IsOpening, newer.IsOpening));

        _ledger.HandleOpened(older, 7, new History());

        Assert.Equal("NAK 0 superseded|", Answers(older));
        Assert.True(newer.IsOpening);
    }

    [Theory]
    [InlineData(7, "NAK 8 busy retry=1000")]
    [InlineData(9, "ACK 9 durable,NAK 10 busy retry=1000")]
    [InlineData(10, "ACK 10 durable")]
    public void What_a_reopening_finds_is_acknowledged_and_the_rest_is_sent_again(long found, string expected)
    {
        MessageSession session = OpenWithThreeUnderWay();
        Assert.True(_ledger.HandleReopened(found, new History()));
        Assert.Equal(expected, Answers(session));
        Assert.Equal((found, found + 1), (_ledger.Committed, _ledger.Expected));
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(11, 0)]
    [InlineData(9, 8)]
    [InlineData(10, 10)]
    public void What_cannot_have_come_of_what_was_taken_is_not_acknowledged_and_nobody_is_answered(long found, long differing)
    {
        MessageSession session = OpenWithThreeUnderWay();

        Assert.False(_ledger.HandleReopened(found, new History(differing)));

        Assert.Equal((7, 11), (_ledger.Committed, _ledger.Expected));
        _ledger.HandleUnknown();
        Assert.Equal("|", Answers(session));
        Assert.True(Connect().IsOpening);
    }

    [Fact]
    public void A_lost_lease_is_superseded_whatever_was_under_way()
    {
        MessageSession session = OpenWithThreeUnderWay();
        _ledger.HandleLeaseLost();
        Assert.Equal("NAK 0 superseded|", Answers(session));
    }

    private MessageSession Connect() => new(_ledger, new MessageSessionOptions());

    private MessageSession OpenWithThreeUnderWay()
    {
        MessageSession session = Connect();
        _ledger.HandleOpened(session, 7, new History());
        _ = Answers(session);
        foreach (string message in new[] { "1 8", "1 9", "1 10" })
        {
            ReadOnlySequence<byte> received = new(Encoding.ASCII.GetBytes(message.PadRight(ControlUnit.Size) + "x"));
            Assert.Equal(SessionStep.Continue, session.Read(ref received, out _, out _));
            Assert.Equal(SessionStep.Append, session.Read(ref received, out _, out _));
            session.HandleAppended();
        }

        return session;
    }

    private static string Answers(MessageSession session)
    {
        List<string> units = [];
        byte[] unit = new byte[ControlUnit.Size];
        while (session.TryTakeUnit(unit))
        {
            units.Add(Encoding.ASCII.GetString(unit).TrimEnd());
        }

        return string.Join(',', units) + (session.ShouldClose ? "|" : string.Empty);
    }

    /// <summary>Knows every message; one of them may be another than was taken.</summary>
    private sealed class History(long differing = 0) : IMessageHistory
    {
        public bool TryGetCrc(long sequence, out uint crc)
        {
            crc = sequence == differing ? 1U : 0U;
            return true;
        }
    }
}
