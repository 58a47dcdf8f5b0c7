using Aldis.Protocols.Text;

namespace Aldis.Protocols.Tests.Text;

public sealed class CanonicalTextTests
{
    [Theory]
    [InlineData("report.pdf", "report.pdf")]
    [InlineData("cafe\u0301", "caf\u00E9")]
    [InlineData("caf\u00E9", "caf\u00E9")]
    [InlineData("\u212B\u2126", "\u00C5\u03A9")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("s\u0323\u0307", "\u1E69")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\u1112\u1161\u11A7", "\uD558\u11A7")]
    [InlineData("\uF900", "\u8C48")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0061\u0328\u0301", "\u0105\u0301")]
    public void Text_gets_normalization_form_C(string text, string expected)
    {
        Assert.Equal(expected, CanonicalText.Compose(text));
        Assert.Equal(expected, CanonicalText.Compose(expected));
    }

    [Theory]
    [InlineData("README", "readme")]
    [InlineData("caf\u00C9", "cafe\u0301")]
    [InlineData("Stra\u00DFe", "STRASSE")]
    [InlineData("\u1E9E", "ss")]
    [InlineData("\u03A3\u03BF\u03C2", "\u03C3\u03BF\u03C3")]
    [InlineData("\u212A", "k")]
    [InlineData("\u017Fea", "Sea")]
    [InlineData("\uFB01le", "FILE")]
    [InlineData("\u2764\uFE0F", "\u2764")]
    [InlineData("\u1F80", "\u1F00\u03B9")]
    [InlineData("\u0130", "i\u0307")]
    public void Names_that_differ_by_case_or_normalization_alone_have_one_key(string name, string other) =>
        Assert.Equal(CanonicalText.CollisionKey(name), CanonicalText.CollisionKey(other));

    [Theory]
    [InlineData("a", "b")]
    [InlineData("e", "\u00E9")]
    [InlineData("\u0131", "i")]
    [InlineData("\u0430", "a")]
    [InlineData("a\u0323\u0307", "a\u0323")]
    public void Other_names_have_other_keys(string name, string other) =>
        Assert.NotEqual(CanonicalText.CollisionKey(name), CanonicalText.CollisionKey(other));
}
