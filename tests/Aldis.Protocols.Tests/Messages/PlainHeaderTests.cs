using System.Buffers;
using System.Text;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Tests.Messages;

public sealed class PlainHeaderTests
{
    private const long Limit = 1_048_576;

    [Theory]
    [InlineData("0", 0)]
    [InlineData("5", 5)]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000005", 5)]
    [InlineData("1048576", Limit)]
    [InlineData("0000000000000000000000000000000000000000000000000000000001048576", Limit)]
    public void Digits_followed_by_spaces_are_a_length(string text, long expected)
    {
        Assert.Equal(PlainRefusal.None, PlainHeader.Parse(Encoding.ASCII.GetBytes(text.PadRight(64)), Limit, out long length));
        Assert.Equal(expected, length);
    }

    [Theory]
    [InlineData("", PlainRefusal.NotDigits)]
    [InlineData(" 5", PlainRefusal.NotDigits)]
    [InlineData("five", PlainRefusal.NotDigits)]
    [InlineData("\0", PlainRefusal.NotDigits)]
    [InlineData("+5", PlainRefusal.Sign)]
    [InlineData("-5", PlainRefusal.Sign)]
    [InlineData("5\0", PlainRefusal.NulPadding)]
    [InlineData("5 \0", PlainRefusal.NulPadding)]
    [InlineData("5 x", PlainRefusal.NotPadded)]
    [InlineData("5 5", PlainRefusal.NotPadded)]
    [InlineData("5x", PlainRefusal.NotPadded)]
    [InlineData("5\n", PlainRefusal.NotPadded)]
    [InlineData("12345678901234567890", PlainRefusal.TooManyDigits)]
    [InlineData("9223372036854775808", PlainRefusal.TooManyDigits)]
    [InlineData("9223372036854775807", PlainRefusal.OverLimit)]
    [InlineData("1048577", PlainRefusal.OverLimit)]
    [InlineData("0000000000000000000000000000000000000000000000000000000001048577", PlainRefusal.OverLimit)]
    internal void Anything_else_is_refused_for_its_reason(string text, PlainRefusal expected)
    {
        Assert.Equal(expected, PlainHeader.Parse(Encoding.Latin1.GetBytes(text.PadRight(64)), Limit, out long length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void A_written_header_is_padded_with_spaces()
    {
        byte[] header = new byte[64];
        PlainHeader.Write(33, header);

        Assert.Equal("33".PadRight(64), Encoding.ASCII.GetString(header));
    }

    [Fact]
    public void What_is_no_header_is_the_callers_mistake() =>
        Assert.Throws<ArgumentException>(() => PlainHeader.Parse(new byte[63], Limit, out _));

    [Theory]
    [InlineData("Disconnect !", true)]
    [InlineData("Disconnect ?", false)]
    [InlineData("Disconnect !!", false)]
    [InlineData("", false)]
    public void Exactly_one_text_says_goodbye(string payload, bool doesSo) =>
        Assert.Equal(doesSo, PlainResponse.IsDisconnect(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(payload))));

    [Fact]
    public void Every_reason_is_a_short_sentence()
    {
        foreach (PlainRefusal refusal in Enum.GetValues<PlainRefusal>())
        {
            Assert.InRange(PlainHeader.Describe(refusal, Limit).Length, 10, 80);
        }
    }
}
