using Aldis.Cli.Verbs.Copy;

namespace Aldis.Cli.Tests.Verbs.Copy;

/// <summary>Which way a copy goes, by what is an address.</summary>
public sealed class CopyPlacesTests
{
    [Theory]
    [InlineData("a b host:1", "Send", "a b", "host:1", "")]
    [InlineData("a host:1/", "Send", "a", "host:1", "")]
    [InlineData("- tls://h?insecure", "Send", "-", "tls://h?insecure", "")]
    [InlineData("host:1/a host:1/b/c/ here", "Fetch", "here", "host:1", "a b/c")]
    [InlineData("host:1/ .", "Fetch", ".", "host:1", "")]
    public void The_last_word_says_it(string words, string direction, string locals, string address, string paths)
    {
        CopyPlaces places = CopyPlaces.Read(words.Split(' '), isListing: false);
        Assert.Equal(
            (direction, locals, address, paths),
            (places.Direction.ToString(), string.Join(' ', places.Locals), places.Address, string.Join(' ', places.Paths)));
    }

    [Fact]
    public void A_list_takes_addresses_alone()
    {
        Assert.Equal(["", "a"], CopyPlaces.Read(["h:1", "h:1/a"], isListing: true).Paths);
        Assert.Contains("'x' is none", Refusal(["h:1", "x"], isListing: true), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", "copy needs FILE... ADDRESS, or ADDRESS/PATH... DIR")]
    [InlineData("h:1", "copy needs FILE... ADDRESS, or ADDRESS/PATH... DIR")]
    [InlineData("a b", "'b' is no address")]
    [InlineData("h:1 h:2", "only the last argument may be one")]
    [InlineData("a h:1/sub", "name the address alone")]
    [InlineData("h:1 here", "write h:1/PATH, or h:1/ for all that is shared")]
    [InlineData("h:1/a x here", "'x' is a file here")]
    [InlineData("h:1/a i:1/a here", "of one server")]
    public void What_says_no_way_is_told(string words, string sentence) =>
        Assert.Contains(sentence, Refusal(words.Split(' '), isListing: false), StringComparison.Ordinal);

    private static string Refusal(string[] words, bool isListing) =>
        Assert.Throws<UsageException>(() => CopyPlaces.Read(words, isListing)).Message;
}
