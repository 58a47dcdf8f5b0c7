using System.Text;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Tests.Framing;

/// <summary>What is written is what the specification says, byte by byte, and is read as it was meant; what is nearly it is not.</summary>
public sealed class SpokenUnitTests
{
    private const string Key = "0011223344556677";

    [Theory]
    [InlineData(Key, 17, "FETCH " + Key + " 17 ")]
    [InlineData(null, 0, "LIST 0 ")]
    public void A_request_for_shared_files_is_read_as_it_was_written(string? key, int bytes, string text)
    {
        foreach ((DigestAlgorithm algorithm, string word) in new[] { (DigestAlgorithm.Sha256, "sha256"), (DigestAlgorithm.Blake3, "blake3") })
        {
            byte[] unit = new byte[ControlUnit.Size];
            new FetchUnit(key, bytes, algorithm).Write(unit);
            Assert.Equal(Unit(text + word), unit);
            Assert.True(FetchUnit.TryParse(unit, out FetchUnit? read));
            Assert.Equal(new FetchUnit(key, bytes, algorithm), read);
        }
    }

    [Theory]
    [InlineData("FETCH 17 sha256")]
    [InlineData("FETCH short 17 sha256")]
    [InlineData("FETCH " + Key + " x sha256")]
    [InlineData("FETCH " + Key + " 17 md5")]
    [InlineData("LIST 0 sha256 more")]
    [InlineData("LIST -1 sha256")]
    [InlineData("LIS 0 sha256")]
    [InlineData("LISTED 1 2")]
    [InlineData("")]
    public void What_is_nearly_a_request_for_shared_files_is_none(string text)
    {
        Assert.False(FetchUnit.TryParse(Unit(text), out FetchUnit? read));
        Assert.Null(read);
    }

    [Fact]
    public void A_list_is_announced_with_its_entries_and_bytes()
    {
        byte[] unit = new byte[ControlUnit.Size];
        new ListedUnit(3, 120).Write(unit);
        Assert.Equal("LISTED 3 120".PadRight(ControlUnit.Size), Encoding.ASCII.GetString(unit));
        Assert.True(ListedUnit.TryParse(unit, out ListedUnit read));
        Assert.Equal(new ListedUnit(3, 120), read);
    }

    [Theory]
    [InlineData("LISTED 3")]
    [InlineData("LISTED 3 120 4")]
    [InlineData("LISTED x 120")]
    [InlineData("LISTED 3 1.5")]
    [InlineData("LIST 3 120")]
    public void What_is_nearly_the_announcement_of_a_list_is_none(string text) => Assert.False(ListedUnit.TryParse(Unit(text), out _));

    [Fact]
    public void Every_last_word_of_a_transfer_is_read_as_it_was_written()
    {
        byte[] unit = new byte[ControlUnit.Size];
        foreach (RefusalCode code in Enum.GetValues<RefusalCode>())
        {
            ErrorUnit.Write(code, unit);
            Assert.StartsWith("ERROR ", Encoding.ASCII.GetString(unit), StringComparison.Ordinal);
            Assert.True(ErrorUnit.TryParse(unit, out RefusalCode read), code.ToString());
            Assert.Equal(code, read);
        }

        Assert.False(ErrorUnit.TryParse(Unit("ERROR"), out _));
        Assert.False(ErrorUnit.TryParse(Unit("ERROR nothing-known"), out _));
        Assert.False(ErrorUnit.TryParse(Unit("EROR busy"), out _));
    }

    [Theory]
    [InlineData("version")]
    [InlineData("service")]
    [InlineData("client")]
    [InlineData("token")]
    [InlineData("busy")]
    [InlineData("store-failed")]
    public void A_preface_is_turned_away_with_a_word_that_is_read_again(string word)
    {
        Assert.True(PrefaceErrors.TryParse(Unit("ALDIS/1 error=" + word), out PrefaceError error));
        byte[] unit = new byte[ControlUnit.Size];
        PrefaceErrors.Write(error, unit);
        Assert.Equal(Unit("ALDIS/1 error=" + word), unit);
    }

    [Theory]
    [InlineData("ALDIS/1 error=")]
    [InlineData("ALDIS/1 error=Token")]
    [InlineData("ALDIS/1 error=tokens")]
    [InlineData("ALDIS/1 last=0 durable 1 16")]
    [InlineData("ALDIS/2 error=token")]
    public void Another_answer_turns_nobody_away(string text)
    {
        Assert.False(PrefaceErrors.TryParse(Unit(text), out PrefaceError error));
        Assert.Equal(PrefaceError.None, error);
    }

    [Fact]
    public void No_word_is_there_for_a_preface_that_is_right() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PrefaceErrors.Write(PrefaceError.None, new byte[ControlUnit.Size]));

    [Theory]
    [InlineData(1)]
    [InlineData(TokenUnit.MaxLength)]
    public void A_token_may_fill_its_unit(int length)
    {
        byte[] token = Encoding.ASCII.GetBytes(new string('t', length));
        byte[] unit = new byte[ControlUnit.Size];
        TokenUnit.Write(token, unit);
        Assert.True(TokenUnit.TryParse(unit, out ReadOnlySpan<byte> read));
        Assert.Equal(token, read.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a token")]
    [InlineData("to\u00e9ken")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789")]
    public void What_cannot_be_a_token_is_not_written(string token) =>
        Assert.Throws<ArgumentException>(() => TokenUnit.Write(Encoding.UTF8.GetBytes(token), new byte[ControlUnit.Size]));

    [Theory]
    [InlineData("TOKEN")]
    [InlineData("TOKEN two words")]
    [InlineData("token secret")]
    [InlineData("1 1")]
    public void What_is_nearly_a_token_is_none(string text)
    {
        Assert.False(TokenUnit.TryParse(Unit(text), out ReadOnlySpan<byte> token));
        Assert.True(token.IsEmpty);
    }

    [Fact]
    public void A_request_for_a_token_is_known()
    {
        byte[] unit = new byte[ControlUnit.Size];
        TokenUnit.WriteRequest(unit);
        Assert.Equal(Unit("ALDIS/1 token"), unit);
        Assert.True(TokenUnit.IsRequest(unit));
        Assert.False(TokenUnit.IsRequest(Unit("ALDIS/1 tokens")));
        Assert.False(TokenUnit.IsRequest(Unit("ALDIS/1 echo")));
    }

    [Fact]
    public void A_client_without_units_is_told_that_a_token_is_required_and_knows_it_by_its_beginning()
    {
        byte[] refusal = TokenRefusal.Of("a token is required, and none was shown");
        Assert.Equal("Refused: a token is required, and none was shown", Encoding.UTF8.GetString(refusal));
        Assert.True(TokenRefusal.Is(refusal));
        Assert.True(TokenRefusal.Is(refusal.AsSpan(0, TokenRefusal.LeastBytes)));
        Assert.False(TokenRefusal.Is(refusal.AsSpan(0, TokenRefusal.LeastBytes - 1)));
        Assert.True(TokenRefusal.Begins("Refu"u8));
        Assert.False(TokenRefusal.Begins("Reply"u8));
        Assert.False(TokenRefusal.Is("Refused: a tokem is required"u8));
    }

    [Fact]
    public void A_preface_is_accepted_by_the_name_of_its_conversation()
    {
        byte[] unit = new byte[ControlUnit.Size];
        Preface.WriteAccepted("echo"u8, unit);
        Assert.Equal(Unit("ALDIS/1 echo"), unit);
        Assert.True(Preface.IsAccepted("echo"u8, unit));
        Assert.False(Preface.IsAccepted("ack"u8, unit));
        Assert.False(Preface.IsAccepted("echo"u8, Unit("ALDIS/1 echo client=a")));
        Assert.False(Preface.IsAccepted("echo"u8, Unit("echo")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("123456789012345678901234567890123")]
    public void A_preface_is_not_written_under_what_is_no_id(string client) =>
        Assert.Throws<ArgumentException>(() => Preface.Write("messages"u8, client, new byte[ControlUnit.Size]));

    private static byte[] Unit(string text) => Encoding.ASCII.GetBytes(text.PadRight(ControlUnit.Size));
}
