using System.Text;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Tests.Framing;

public sealed class ControlUnitTests
{
    [Theory]
    [InlineData("BYE")]
    [InlineData("ALDIS/1 last=9223372036854775807 replicated 9999999999 65535")]
    public void A_written_unit_is_read_back_without_its_padding(string text)
    {
        byte[] unit = new byte[ControlUnit.Size];
        ControlUnit.Write(Encoding.ASCII.GetBytes(text), unit);

        Assert.Equal(text.PadRight(64), Encoding.ASCII.GetString(unit));
        Assert.True(ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> read));
        Assert.Equal(text, Encoding.ASCII.GetString(read));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(61)]
    public void A_text_that_does_not_fit_is_never_truncated(int length) =>
        Assert.Throws<ArgumentException>(() => ControlUnit.Write(Encoding.ASCII.GetBytes(new string('x', length)), new byte[64]));

    [Fact]
    public void A_unit_is_written_into_64_bytes_not_into_fewer_and_not_into_more()
    {
        byte[] more = [.. Enumerable.Repeat((byte)'x', 66)];
        ControlUnit.Write("BYE"u8, more);

        Assert.Equal("BYE".PadRight(64) + "xx", Encoding.ASCII.GetString(more));
        Assert.Throws<ArgumentException>(() => ControlUnit.Write("BYE"u8, new byte[63]));
    }

    [Theory]
    [InlineData(60, 60, true)]
    [InlineData(61, 60, false)]
    [InlineData(64, 64, true)]
    public void Parts_that_are_too_long_together_are_no_unit(int length, int most, bool isUnit)
    {
        byte[] unit = new byte[ControlUnit.Size];
        Exception? thrown = Record.Exception(() =>
        {
            UnitWriter writer = new(unit);
            writer.Append(Encoding.ASCII.GetBytes(new string('x', length - 2)));
            writer.Append(42);
            writer.Complete(most);
        });

        Assert.Equal(isUnit ? null : typeof(InvalidOperationException), thrown?.GetType());
        Assert.True(!isUnit || Encoding.ASCII.GetString(unit) == (new string('x', length - 2) + "42").PadRight(64));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" BYE")]
    [InlineData("BYE\0")]
    [InlineData("BYE\n")]
    [InlineData("B\tYE")]
    [InlineData("B\u00e9")]
    public void A_blank_shifted_or_unprintable_unit_is_no_unit(string text) =>
        Assert.False(ControlUnit.TryGetText(Encoding.Latin1.GetBytes(text.PadRight(64)), out _));

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(65)]
    public void A_unit_has_64_bytes(int length) =>
        Assert.False(ControlUnit.TryGetText(Encoding.ASCII.GetBytes("BYE".PadRight(length)[..length]), out _));
}
