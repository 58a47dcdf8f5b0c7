using System.Buffers;
using System.Text;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Tests.Framing;

public sealed class PrefaceReaderTests
{
    private static readonly string Preface = "ALDIS/1 messages client=pump-7".PadRight(64);

    [Fact]
    public void A_preface_split_anywhere_names_the_client()
    {
        for (int cut = 0; cut < 64; cut++)
        {
            PrefaceReader reader = new("messages"u8);
            ReadOnlySequence<byte> received = Pieces.Of(Preface[..cut]);
            Assert.Equal(HandshakeStatus.NeedMore, reader.Read(ref received));
            received = Pieces.Of(Preface[..cut], Preface[cut..] + "rest");
            Assert.Equal(HandshakeStatus.Claimed, reader.Read(ref received));
            Assert.Equal(HandshakeStatus.Accepted, reader.Decide(ClientVerdict.Allowed));
            Assert.Equal("pump-7", reader.Client);
            Assert.Equal(4, received.Length);
        }
    }

    [Theory]
    [InlineData("TOKEN secret", HandshakeStatus.Accepted)]
    [InlineData("TOKEN Secret", HandshakeStatus.Refused)]
    [InlineData("TOKEN secret2", HandshakeStatus.Refused)]
    [InlineData("5 1", HandshakeStatus.Refused)]
    internal void A_required_token_must_be_the_second_unit(string second, HandshakeStatus expected)
    {
        foreach (ClientVerdict wrong in new[] { ClientVerdict.TokenRequired, ClientVerdict.Refused })
        {
            PrefaceReader reader = new("messages"u8);
            ReadOnlySequence<byte> received = Pieces.Of(Preface);
            Assert.Equal(HandshakeStatus.Claimed, reader.Read(ref received));
            Assert.Equal(HandshakeStatus.NeedMore, reader.Decide(ClientVerdict.TokenRequired));
            received = Pieces.Of(second.PadRight(64));
            HandshakeStatus status = reader.Read(ref received);
            if (status == HandshakeStatus.Claimed)
            {
                status = reader.Decide(Encoding.ASCII.GetString(reader.Token.Span) == "secret" ? ClientVerdict.Allowed : wrong);
            }

            Assert.Equal(expected, status);
            Assert.Equal(expected == HandshakeStatus.Refused ? PrefaceError.Token : PrefaceError.None, reader.Error);
        }
    }

    [Fact]
    public void A_client_that_no_token_could_help_is_turned_away_for_its_id()
    {
        PrefaceReader reader = new("messages"u8);
        ReadOnlySequence<byte> received = Pieces.Of(Preface);
        Assert.Equal(HandshakeStatus.Claimed, reader.Read(ref received));
        Assert.Equal(HandshakeStatus.Refused, reader.Decide(ClientVerdict.Refused));
        Assert.Equal(PrefaceError.Client, reader.Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_client_that_is_to_come_later_hears_so_whether_it_showed_a_token_or_not(bool showsToken)
    {
        PrefaceReader reader = new("messages"u8);
        ReadOnlySequence<byte> received = Pieces.Of(Preface);
        Assert.Equal(HandshakeStatus.Claimed, reader.Read(ref received));
        if (showsToken)
        {
            Assert.Equal(HandshakeStatus.NeedMore, reader.Decide(ClientVerdict.TokenRequired));
            received = Pieces.Of("TOKEN secret".PadRight(64));
            Assert.Equal(HandshakeStatus.Claimed, reader.Read(ref received));
        }

        Assert.Equal(HandshakeStatus.Refused, reader.Decide(ClientVerdict.Later));
        Assert.Equal(PrefaceError.Busy, reader.Error);
    }

    [Theory]
    [InlineData("messages", PrefaceError.Service)]
    [InlineData("files", PrefaceError.None)]
    internal void A_client_of_another_conversation_is_turned_away(string spoken, PrefaceError expected)
    {
        PrefaceReader reader = new(Encoding.ASCII.GetBytes(spoken));
        ReadOnlySequence<byte> received = Pieces.Of("ALDIS/1 files client=pump-7".PadRight(64));
        HandshakeStatus status = reader.Read(ref received);
        Assert.Equal(expected == PrefaceError.None ? HandshakeStatus.Claimed : HandshakeStatus.Refused, status);
        Assert.Equal(expected, reader.Error);
    }
}
