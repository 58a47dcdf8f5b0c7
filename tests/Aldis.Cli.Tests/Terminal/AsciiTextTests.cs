using Aldis.Cli.Terminal;

namespace Aldis.Cli.Tests.Terminal;

/// <summary>Text where only ASCII can be shown.</summary>
public sealed class AsciiTextTests
{
    [Theory]
    [InlineData("plain ~ text\n", "plain ~ text\n")]
    [InlineData("├─ frame 3 #4 ─╳  │ ● ┊", "+- frame 3 #4 -X  | * :")]
    [InlineData("│◀~ ACK ═▶┤ ┄ █▒░·", "|<~ ACK =>+ . #o_.")]
    [InlineData("±0.1, 5 µs, TO·P/(1−P) … →\u00A0", "+-0.1, 5 us, TO.P/(1-P) ~ > ")]
    [InlineData("\e[31m╳\e[0m", "\e[31mX\e[0m")]
    [InlineData("😀ä", "??")]
    public void Each_sign_has_one_in_its_place(string text, string ascii) => Assert.Equal(ascii, AsciiText.Of(text));

    [Theory]
    [InlineData(null, null, null, false)]
    [InlineData("", "", "", false)]
    [InlineData("C.UTF-8", null, "C", false)]
    [InlineData(null, "de_DE.utf8@euro", "C", false)]
    [InlineData(null, null, "en_US.UTF-8", false)]
    [InlineData("C", null, "en_US.UTF-8", true)]
    [InlineData("POSIX", null, null, true)]
    [InlineData(null, "de_DE.ISO-8859-1", "en_US.UTF-8", true)]
    [InlineData(null, null, "en_US", true)]
    [InlineData("", "", "ja_JP.eucJP", true)]
    public void The_first_variable_that_is_set_says_whether_it_is_needed(string? all, string? type, string? language, bool isNeeded) =>
        Assert.Equal(isNeeded, AsciiText.IsNeeded(name => name switch
        {
            "LC_ALL" => all,
            "LC_CTYPE" => type,
            "LANG" => language,
            _ => throw new InvalidOperationException($"{name} says nothing of signs."),
        }));
}
