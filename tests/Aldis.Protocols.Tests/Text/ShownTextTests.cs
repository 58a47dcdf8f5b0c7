using System.Buffers;
using System.Text;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Tests.Text;

/// <summary>Text and numbers as people are shown them.</summary>
public sealed class ShownTextTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\nb\rc\td", "a\\nb\\rc\\td")]
    [InlineData("\u001b[31m", "\\u{1b}[31m")]
    [InlineData("a\u202eb", "a\\u{202e}b")]
    [InlineData("\u2028\u2029", "\\u{2028}\\u{2029}")]
    [InlineData("\ue000", "\\u{e000}")]
    [InlineData("\u00e9\U0001f600", "\u00e9\U0001f600")]
    public void What_a_terminal_would_obey_is_shown_as_an_escape(string text, string shown)
    {
        Assert.Equal(shown, PrintableText.Escape(text));
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(shown, PrintableText.Escape(bytes, bytes.Length));
    }

    [Fact]
    public void A_backslash_of_a_payload_is_doubled_and_what_is_no_UTF_8_is_shown_as_bytes()
    {
        Assert.Equal(@"a\\n", PrintableText.Escape("a\\n"u8, 3));
        Assert.Equal(@"\xff\xc3(", PrintableText.Escape([0xFF, 0xC3, (byte)'('], 3));
        Assert.Equal(@"\xc3", PrintableText.Escape([0xC3], 1));
    }

    [Fact]
    public void What_was_cut_is_marked_and_a_character_is_not_cut_in_its_middle()
    {
        Assert.Equal("abc…", PrintableText.Escape("abcdef"u8, 6, 3));
        Assert.Equal("ab…", PrintableText.Escape("ab"u8, 100));
        Assert.Equal("a…", PrintableText.Escape([(byte)'a', 0xC3], 100));
        Assert.Equal("abc", PrintableText.Escape("abc"u8, 3, 3));
        Assert.Equal(@"\\…", PrintableText.Escape(@"\\\\"u8, 4, 1));
    }

    [Fact]
    public void Characters_that_arrive_in_pieces_of_any_length_are_given_whole()
    {
        byte[] text = Encoding.UTF8.GetBytes("a\u00e9\u20ac\U0001f600z");
        for (int size = 1; size <= text.Length; size++)
        {
            var whole = new WholeCharacters();
            var given = new List<byte>();
            for (int at = 0; at < text.Length; at += size)
            {
                byte[] piece = whole.Take(new ReadOnlySequence<byte>(text[at..Math.Min(at + size, text.Length)]), 100);
                Assert.DoesNotContain("\ufffd", Encoding.UTF8.GetString(piece), StringComparison.Ordinal);
                given.AddRange(piece);
            }

            Assert.Equal(text, given);
        }
    }

    [Fact]
    public void Bytes_that_are_no_character_are_passed_on_and_a_limit_cuts()
    {
        var whole = new WholeCharacters();
        Assert.Equal([0xFF, 0xFE], whole.Take(new ReadOnlySequence<byte>(new byte[] { 0xFF, 0xFE }), 100));
        Assert.Equal("abcd"u8.ToArray(), whole.Take(new ReadOnlySequence<byte>("abcdefgh"u8.ToArray()), 4));
        Assert.Equal([0x80, 0x80, 0x80, 0x80], whole.Take(new ReadOnlySequence<byte>(new byte[] { 0x80, 0x80, 0x80, 0x80 }), 100));
    }

    [Fact]
    public void Sentences_are_broken_between_words_and_a_long_word_has_its_line()
    {
        Assert.Equal(["one two", "three"], WrappedText.Lines("one two three", 7));
        Assert.Equal(["one two", "three"], WrappedText.Lines(" one  two three ", 12));
        Assert.Equal(["a", "longestword", "b"], WrappedText.Lines("a longestword b", 5));
        Assert.Empty(WrappedText.Lines("  ", 10));
    }

    [Theory]
    [InlineData(999, "999 bit/s")]
    [InlineData(1000, "1 kbit/s")]
    [InlineData(65_700, "65.7 kbit/s")]
    [InlineData(10e6, "10 Mbit/s")]
    [InlineData(1.234e9, "1.23 Gbit/s")]
    public void A_rate_has_a_fitting_unit(double rate, string shown) => Assert.Equal(shown, Quantity.Rate(rate));

    [Theory]
    [InlineData(0, "0 %")]
    [InlineData(0.00812, "0.812 %")]
    [InlineData(0.1, "10 %")]
    [InlineData(0.12345, "12.35 %")]
    public void A_share_is_a_percentage(double share, string shown) => Assert.Equal(shown, Quantity.Percentage(share));

    [Theory]
    [InlineData(12.3, "12.3 ms")]
    [InlineData(999.94, "999.9 ms")]
    [InlineData(4560, "4.56 s")]
    [InlineData(62_000, "1:02")]
    [InlineData(3_723_000, "1:02:03")]
    public void A_duration_has_a_fitting_unit(double milliseconds, string shown) =>
        Assert.Equal(shown, Quantity.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData(17, "17 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(1_572_864, "1.5 MiB")]
    [InlineData(2_684_354_560, "2.50 GiB")]
    public void Bytes_have_a_fitting_unit(double bytes, string shown) => Assert.Equal(shown, Quantity.Bytes(bytes));

    [Fact]
    public void Thousands_are_set_apart_and_round_trips_are_milliseconds()
    {
        Assert.Equal("152,000", Quantity.Count(152_000));
        Assert.Equal("99.5", Quantity.Count(99.5));
        Assert.Equal("0.045 ms", Quantity.Milliseconds(45_000));
    }
}
