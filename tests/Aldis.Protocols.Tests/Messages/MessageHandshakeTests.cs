using System.Buffers;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Tests.Framing;

namespace Aldis.Protocols.Tests.Messages;

public sealed class MessageHandshakeTests
{
    private static readonly string Preface = "ALDIS/1 messages client=pump-7".PadRight(64);

    [Fact]
    public void A_preface_split_anywhere_names_the_client()
    {
        for (int cut = 0; cut < 64; cut++)
        {
            MessageHandshake handshake = new();
            ReadOnlySequence<byte> received = Pieces.Of(Preface[..cut]);
            Assert.Equal(HandshakeStatus.NeedMore, handshake.Read(ref received));
            received = Pieces.Of(Preface[..cut], Preface[cut..] + "rest");
            Assert.Equal(HandshakeStatus.Accepted, handshake.Read(ref received));
            Assert.Equal("pump-7", handshake.Client);
            Assert.Equal(4, received.Length);
        }
    }

    [Theory]
    [InlineData("TOKEN secret", HandshakeStatus.Accepted)]
    [InlineData("TOKEN Secret", HandshakeStatus.Refused)]
    [InlineData("TOKEN secret2", HandshakeStatus.Refused)]
    [InlineData("5 1", HandshakeStatus.Refused)]
    public void A_required_token_must_be_the_second_unit(string second, HandshakeStatus expected)
    {
        MessageHandshake handshake = new("secret"u8);
        ReadOnlySequence<byte> received = Pieces.Of(Preface);
        Assert.Equal(HandshakeStatus.NeedMore, handshake.Read(ref received));
        received = Pieces.Of(second.PadRight(64));
        Assert.Equal(expected, handshake.Read(ref received));
        Assert.Equal(expected == HandshakeStatus.Refused ? PrefaceError.Token : PrefaceError.None, handshake.Error);
    }

    [Fact]
    public void A_client_of_another_conversation_is_turned_away()
    {
        MessageHandshake handshake = new();
        ReadOnlySequence<byte> received = Pieces.Of("ALDIS/1 files client=pump-7".PadRight(64));
        Assert.Equal(HandshakeStatus.Refused, handshake.Read(ref received));
        Assert.Equal(PrefaceError.Service, handshake.Error);
    }
}
