using Aldis.Protocols.Text;

namespace Aldis.Protocols.Tests.Text;

/// <summary>What somebody meant who wrote a name that there is not.</summary>
public sealed class NearestNameTests
{
    private static readonly string[] Options =
        ["--plain", "--client", "--outbox", "--retry", "--retain-age", "--retain-size", "--quiet", "-q", "--timeout", "--json"];

    [Theory]
    [InlineData("--plian", "--plain")]
    [InlineData("--plai", "--plain")]
    [InlineData("--plainn", "--plain")]
    [InlineData("--plaim", "--plain")]
    [InlineData("-plain", "--plain")]
    [InlineData("plain", "--plain")]
    [InlineData("--Plain", "--plain")]
    [InlineData("--retain-ag", "--retain-age")]
    [InlineData("--retain", "--retain-age")]
    [InlineData("--time-out", "--timeout")]
    [InlineData("--jsno", "--json")]
    [InlineData("-p", "--plain")]
    [InlineData("-o", "--outbox")]
    public void A_misspelt_name_is_the_nearest_there_is(string word, string expected) => Assert.Equal(expected, NearestName.Find(word, Options));

    [Theory]
    [InlineData("--colour")]
    [InlineData("--xyz")]
    [InlineData("-x")]
    [InlineData("-r")]
    [InlineData("-5")]
    [InlineData("--")]
    [InlineData("")]
    public void A_word_that_is_like_no_name_is_not_guessed_at(string word) => Assert.Null(NearestName.Find(word, Options));

    [Fact]
    public void Of_two_that_are_near_it_is_the_one_with_fewer_mistakes() =>
        Assert.Equal("exchange", NearestName.Find("exchnage", ["exchanger", "exchange"]));

    [Fact]
    public void It_ends_a_sentence_with_a_question_or_with_nothing_more()
    {
        Assert.Equal("; did you mean 'echo'?", NearestName.End("ecoh", ["ack", "echo"]));
        Assert.Equal(".", NearestName.End("telnet", ["ack", "echo"]));
    }
}
