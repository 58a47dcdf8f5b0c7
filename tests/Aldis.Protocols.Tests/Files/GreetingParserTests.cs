using Aldis.Protocols.Files;
using Aldis.Protocols.Tests.Framing;

namespace Aldis.Protocols.Tests.Files;

public sealed class GreetingParserTests
{
    [Theory]
    [InlineData("Hello from the client!", 22)]
    [InlineData("Hello from the client!and the file", 22)]
    [InlineData("hi", 2)]
    [InlineData("Hello from the client?", 22)]
    [InlineData("Hello there, this is longer than the known greeting", 51)]
    public void A_greeting_ends_where_the_known_one_ends_or_with_the_first_read(string received, int expected)
    {
        Assert.Equal(GreetingStatus.Greeting, GreetingParser.Parse(Pieces.Of(received), final: false, out int length));
        Assert.Equal(expected, length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("H")]
    [InlineData("Hello from the client")]
    public void A_prefix_of_the_known_greeting_waits(string received)
    {
        Assert.Equal(GreetingStatus.NeedMore, GreetingParser.Parse(Pieces.Of(received), final: false, out int length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void A_prefix_of_the_known_greeting_is_a_greeting_once_nothing_follows()
    {
        Assert.Equal(GreetingStatus.Greeting, GreetingParser.Parse(Pieces.Of("Hell", "o"), final: true, out int length));
        Assert.Equal(5, length);
    }

    [Fact]
    public void An_end_before_any_byte_is_no_greeting()
    {
        Assert.Equal(GreetingStatus.Nothing, GreetingParser.Parse(Pieces.Of(string.Empty), final: true, out int length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void An_unknown_greeting_is_all_that_came_until_it_was_known_to_be_one()
    {
        Assert.Equal(GreetingStatus.NeedMore, GreetingParser.Parse(Pieces.Of("Hel"), final: false, out _));
        Assert.Equal(GreetingStatus.NeedMore, GreetingParser.Parse(Pieces.Of("Hel", "lo "), final: false, out _));
        Assert.Equal(GreetingStatus.Greeting, GreetingParser.Parse(Pieces.Of("Hel", "lo ", "server, file"), final: false, out int length));
        Assert.Equal(18, length);
    }

    [Fact]
    public void An_unknown_greeting_has_at_most_1024_bytes()
    {
        Assert.Equal(GreetingStatus.Greeting, GreetingParser.Parse(Pieces.Of(new string('x', 700), new string('y', 700)), false, out int length));
        Assert.Equal(1024, length);
    }

    [Fact]
    public void A_known_greeting_split_anywhere_is_cut_at_its_end()
    {
        string stream = "Hello from the client!file";
        for (int cut = 0; cut <= stream.Length; cut++)
        {
            GreetingParser.Parse(Pieces.Of(stream[..cut], stream[cut..]), final: false, out int length);
            Assert.Equal(22, length);
        }
    }
}
