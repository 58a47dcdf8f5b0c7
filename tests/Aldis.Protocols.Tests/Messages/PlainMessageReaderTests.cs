using System.Buffers;
using System.Text;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Tests.Framing;

namespace Aldis.Protocols.Tests.Messages;

public sealed class PlainMessageReaderTests
{
    private const long Limit = 1000;

    [Fact]
    public void A_message_split_anywhere_is_as_if_it_had_come_whole()
    {
        string stream = Message("grüß dich") + Message(string.Empty) + Message("third");
        for (int cut = 0; cut <= stream.Length; cut++)
        {
            Assert.Equal(["grüß dich", string.Empty, "third"], ReadInTwoParts(stream, cut));
        }
    }

    [Fact]
    public void A_message_of_length_0_is_a_message()
    {
        ReadOnlySequence<byte> received = Pieces.Of(Message(string.Empty));

        Assert.Equal(PlainReadStatus.Message, new PlainMessageReader(Limit).Read(ref received, out ReadOnlySequence<byte> payload));
        Assert.True(payload.IsEmpty);
        Assert.True(received.IsEmpty);
    }

    [Fact]
    public void The_end_of_a_payload_is_waited_for_without_consuming_it()
    {
        PlainMessageReader reader = new(Limit);
        ReadOnlySequence<byte> received = Pieces.Of("5".PadRight(64) + "hell");

        Assert.Equal(PlainReadStatus.NeedMore, reader.Read(ref received, out _));
        Assert.Equal(4, received.Length);
        Assert.True(reader.AwaitsPayload);
        Assert.False(reader.IsInsideHeader);
    }

    [Fact]
    public void A_begun_header_is_told_from_an_idle_connection()
    {
        PlainMessageReader reader = new(Limit);
        ReadOnlySequence<byte> received = Pieces.Of(string.Empty);
        reader.Read(ref received, out _);
        Assert.False(reader.IsInsideHeader);

        received = Pieces.Of("5 ");
        Assert.Equal(PlainReadStatus.NeedMore, reader.Read(ref received, out _));
        Assert.True(reader.IsInsideHeader);
    }

    [Theory]
    [InlineData("+5", PlainRefusal.Sign)]
    [InlineData("hello", PlainRefusal.NotDigits)]
    [InlineData("5 x", PlainRefusal.NotPadded)]
    [InlineData("1001 ", PlainRefusal.OverLimit)]
    internal void A_wrong_header_is_refused_at_its_first_wrong_byte_and_stays_refused(string begin, PlainRefusal refusal)
    {
        PlainMessageReader reader = new(Limit);
        ReadOnlySequence<byte> received = Pieces.Of(begin);

        Assert.Equal(PlainReadStatus.Refused, reader.Read(ref received, out _));
        Assert.Equal(refusal, reader.Refusal);

        received = Pieces.Of(Message("good"));
        Assert.Equal(PlainReadStatus.Refused, reader.Read(ref received, out _));
    }

    [Fact]
    public void Empty_segments_stop_nothing()
    {
        ReadOnlySequence<byte> received = Pieces.Of(string.Empty, "2 ", string.Empty, new string(' ', 62) + "o", string.Empty, "k");

        Assert.Equal(PlainReadStatus.Message, new PlainMessageReader(Limit).Read(ref received, out ReadOnlySequence<byte> payload));
        Assert.Equal("ok"u8.ToArray(), payload.ToArray());
    }

    [Fact]
    public void A_confirmation_is_header_33_and_33_bytes()
    {
        Assert.Equal("33".PadRight(64) + "Message received successfully....", Encoding.ASCII.GetString(PlainResponse.Received.Span));
        Assert.Equal(97, PlainResponse.Received.Length);
    }

    [Fact]
    public void A_refusal_has_the_same_framing()
    {
        ReadOnlySequence<byte> received = new(PlainResponse.Refused("the length has a sign"));

        Assert.Equal(PlainReadStatus.Message, new PlainMessageReader(Limit).Read(ref received, out ReadOnlySequence<byte> payload));
        Assert.Equal("Message refused: the length has a sign", Encoding.UTF8.GetString(payload));
    }

    private static string Message(string text)
    {
        byte[] payload = Encoding.UTF8.GetBytes(text);
        return payload.Length.ToString().PadRight(64) + Encoding.Latin1.GetString(payload);
    }

    /// <summary>Drives a reader as a pipe does: what is not consumed is offered again, in front of what comes next.</summary>
    private static List<string> ReadInTwoParts(string stream, int cut)
    {
        PlainMessageReader reader = new(Limit);
        List<string> messages = [];
        byte[] left = [];
        foreach (string part in new[] { stream[..cut], stream[cut..] })
        {
            ReadOnlySequence<byte> received = Pieces.Of(left, Encoding.Latin1.GetBytes(part));
            while (reader.Read(ref received, out ReadOnlySequence<byte> payload) == PlainReadStatus.Message)
            {
                messages.Add(Encoding.UTF8.GetString(payload));
            }

            left = received.ToArray();
        }

        Assert.Empty(left);
        return messages;
    }
}
