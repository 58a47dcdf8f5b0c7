using System.Text;
using Aldis.Services.Clients;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Services.Tests.Clients;

public sealed class MessagePiecesTests
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData("abc", 3, 3)]
    [InlineData("abcd", 3, 3)]
    [InlineData("abü", 3, 2)]
    [InlineData("a€b", 3, 1)]
    [InlineData("a€b", 4, 4)]
    [InlineData("😀😀", 5, 4)]
    [InlineData("€", 1, 1)]
    [InlineData("€€", 2, 2)]
    public void A_piece_ends_before_a_character_that_does_not_fit(string message, int limit, int length) =>
        Assert.Equal(length, MessagePieces.NextLength(Encoding.UTF8.GetBytes(message), limit));

    [Fact]
    public void Every_piece_of_a_text_is_a_text_and_together_they_are_the_text() => Prop.ForAll(
        Gen.Elements("a", "ü", "€", "😀").ListOf().ToArbitrary(),
        Gen.Choose(4, 9).ToArbitrary(),
        (characters, limit) => Cuts(string.Concat(characters), limit, MessagePieces.NextLength)).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Cutting_anywhere_is_noticed() =>
        Assert.ThrowsAny<ArgumentException>(() => Cuts("€€", 4, static (message, limit) => Math.Min(message.Length, limit)));

    [Fact]
    public void Bytes_that_are_no_text_are_cut_at_the_limit()
    {
        byte[] bytes = Enumerable.Repeat((byte)0x80, 20).ToArray();
        Assert.Equal(8, MessagePieces.NextLength(bytes, 8));
        Assert.Equal(8, MessagePieces.NextLength(Enumerable.Repeat((byte)0xFF, 20).ToArray(), 8));
    }

    private delegate int Cutter(ReadOnlySpan<byte> message, int limit);

    private static bool Cuts(string text, int limit, Cutter nextLength)
    {
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(text);
        var joined = new StringBuilder();
        while (!rest.IsEmpty)
        {
            int length = nextLength(rest, limit);
            if (length < 1 || length > limit)
            {
                return false;
            }

            joined.Append(Strict.GetString(rest[..length]));
            rest = rest[length..];
        }

        return joined.ToString() == text;
    }
}
