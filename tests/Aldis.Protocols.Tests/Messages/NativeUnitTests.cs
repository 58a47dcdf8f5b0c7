using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

public sealed class NativeUnitTests
{
    private const string LongestId = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0-9._x";

    [Theory]
    [InlineData("pump-7")]
    [InlineData("a")]
    [InlineData(LongestId)]
    public void A_preface_carries_the_client_id(string id)
    {
        byte[] unit = new byte[64];
        Preface.Write("messages"u8, id, unit);

        Assert.Equal($"ALDIS/1 messages client={id}".PadRight(64), Encoding.ASCII.GetString(unit));
        Assert.Equal(PrefaceError.None, Preface.Parse(unit, "messages"u8, out string client));
        Assert.Equal(id, client);
    }

    [Theory]
    [InlineData("ALDIS/1 files client=pump-7", PrefaceError.Service)]
    [InlineData("ALDIS/1", PrefaceError.Version)]
    [InlineData("ALDIS/1 messages", PrefaceError.Client)]
    [InlineData("ALDIS/1 messages client=", PrefaceError.Client)]
    [InlineData("ALDIS/1 messages client=a/b", PrefaceError.Client)]
    [InlineData("ALDIS/1 messages client=caf\u00e9", PrefaceError.Version)]
    [InlineData("ALDIS/1 messages client=" + LongestId + "y", PrefaceError.Client)]
    [InlineData("ALDIS/1 messages  client=a", PrefaceError.Client)]
    [InlineData("ALDIS/1  messages client=a", PrefaceError.Service)]
    [InlineData("ALDIS/1 messages client=a b", PrefaceError.Version)]
    [InlineData("ALDIS/1 messages client=a\0", PrefaceError.Version)]
    internal void A_wrong_preface_is_told_apart(string text, PrefaceError expected)
    {
        Assert.Equal(expected, Preface.Parse(Unit(text), "messages"u8, out string client));
        Assert.Empty(client);
    }

    [Fact]
    public void The_longest_hello_fills_60_bytes()
    {
        ServerHello longest = new(long.MaxValue, AcknowledgementLevel.Replicated, MessageLimits.MaxLength, MessageLimits.MaxWindow);
        byte[] unit = new byte[64];
        longest.Write(unit);

        Assert.Equal("ALDIS/1 last=9223372036854775807 replicated 9999999999 65535    ", Encoding.ASCII.GetString(unit));
        Assert.Equal(HelloStatus.Hello, ServerHello.Parse(unit, out ServerHello read, out _));
        Assert.Equal(longest, read);
    }

    [Theory]
    [InlineData("ALDIS/1 messages client=pump-7", HelloStatus.Echo)]
    [InlineData("ALDIS/1 last=5 durable 1048576 256", HelloStatus.Hello)]
    [InlineData("ALDIS/1 last=5 durable 1048576 15", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=5 durable 1048576 65535", HelloStatus.Hello)]
    [InlineData("ALDIS/1 last=5 durable 1048576 65536", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=5 durable 1048576 100000", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=5 durable 10485760000 256", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=-5 durable 1048576 256", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=05 durable 1048576 256", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=9223372036854775808 durable 1048576 256", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=5 eternal 1048576 256", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=5 durable 1048576", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 last=5 durable 1048576 256 x", HelloStatus.Unknown)]
    [InlineData("ALDIS/1 error=token", HelloStatus.Error)]
    [InlineData("ALDIS/1 error=whatever", HelloStatus.Unknown)]
    [InlineData("ACK received", HelloStatus.Unknown)]
    internal void The_answer_to_a_preface_is_told_apart(string text, HelloStatus expected) =>
        Assert.Equal(expected, ServerHello.Parse(Unit(text), out _, out _));

    [Fact]
    public void Every_preface_error_has_its_word()
    {
        foreach (PrefaceError error in Enum.GetValues<PrefaceError>().Where(e => e != PrefaceError.None))
        {
            byte[] unit = new byte[64];
            PrefaceErrors.Write(error, unit);

            Assert.Equal(HelloStatus.Error, ServerHello.Parse(unit, out _, out PrefaceError read));
            Assert.Equal(error, read);
        }
    }

    [Theory]
    [InlineData("5 1", 5, 1)]
    [InlineData("0 9223372036854775807", 0, long.MaxValue)]
    [InlineData("9999999999 2", 9_999_999_999, 2)]
    public void A_message_header_names_length_and_sequence(string text, long length, long sequence)
    {
        Assert.True(ClientUnit.TryParse(Unit(text), out ClientUnit read));
        Assert.Equal(new ClientUnit(ClientUnitKind.Message, length, sequence), read);

        byte[] unit = new byte[64];
        ClientUnit.WriteMessage(length, sequence, unit);
        Assert.Equal(Unit(text), unit);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5 0")]
    [InlineData("5  1")]
    [InlineData("5 1 1")]
    [InlineData("05 1")]
    [InlineData("+5 1")]
    [InlineData("-5 1")]
    [InlineData("5 -1")]
    [InlineData("10000000000 1")]
    [InlineData("5 9223372036854775808")]
    [InlineData("5 1\0")]
    [InlineData("bye")]
    [InlineData("BYE BYE")]
    [InlineData("TOKEN")]
    [InlineData("TOKEN a b")]
    public void Anything_else_is_no_unit_of_a_client(string text) => Assert.False(ClientUnit.TryParse(Unit(text), out _));

    [Fact]
    public void A_token_may_fill_its_unit()
    {
        string token = new('t', 58);
        byte[] unit = new byte[64];
        TokenUnit.Write(Encoding.ASCII.GetBytes(token), unit);

        Assert.Equal("TOKEN " + token, Encoding.ASCII.GetString(unit));
        Assert.True(TokenUnit.TryParse(unit, out ReadOnlySpan<byte> read));
        Assert.Equal(token, Encoding.ASCII.GetString(read));
        Assert.True(ClientUnit.TryParse(unit, out ClientUnit parsed));
        Assert.Equal(ClientUnitKind.Token, parsed.Kind);
        Assert.Throws<ArgumentException>(() => TokenUnit.Write(Encoding.ASCII.GetBytes(token + "t"), unit));
    }

    [Theory]
    [InlineData("ACK 7 durable")]
    [InlineData("ACK 9223372036854775807 replicated duplicate")]
    [InlineData("NAK 3 gap retry=0")]
    [InlineData("NAK 0 superseded")]
    [InlineData("NAK 9223372036854775807 shutting-down retry=999999999")]
    [InlineData("BYE")]
    public void A_server_unit_is_written_as_it_was_read(string text)
    {
        Assert.True(ServerUnit.TryParse(Unit(text), out ServerUnit read));
        byte[] unit = new byte[64];
        read.Write(unit);
        Assert.Equal(text.PadRight(64), Encoding.ASCII.GetString(unit));
        Assert.InRange(text.Length, 1, 60);
    }

    [Theory]
    [InlineData("ACK")]
    [InlineData("ACK 0 durable")]
    [InlineData("ACK 7")]
    [InlineData("ACK 7 durable twice")]
    [InlineData("ACK 7 durable duplicate x")]
    [InlineData("NAK 7")]
    [InlineData("NAK 7 unheard-of")]
    [InlineData("NAK 7 busy retry=")]
    [InlineData("NAK 7 busy retry=-1")]
    [InlineData("NAK 7 busy retry=1000000000")]
    [InlineData("NAK 7 busy retry=1 x")]
    [InlineData("BYE x")]
    [InlineData("33")]
    public void Anything_else_is_no_unit_of_a_server(string text) => Assert.False(ServerUnit.TryParse(Unit(text), out _));

    [Fact]
    public void Every_code_and_level_has_its_word()
    {
        foreach (NakCode code in Enum.GetValues<NakCode>())
        {
            Assert.True(NakCodes.TryParse(NakCodes.GetWord(code), out NakCode read));
            Assert.Equal(code, read);
        }

        foreach (AcknowledgementLevel level in Enum.GetValues<AcknowledgementLevel>())
        {
            Assert.True(AcknowledgementLevels.TryParse(AcknowledgementLevels.GetWord(level), out AcknowledgementLevel read));
            Assert.Equal(level, read);
        }
    }

    private static byte[] Unit(string text) => Encoding.Latin1.GetBytes(text.PadRight(64));
}
