using System.Text;
using Aldis.Protocols.Access;

namespace Aldis.Protocols.Tests.Access;

/// <summary>The file of tokens: what a line says, and the sentence where it says nothing.</summary>
public sealed class TokenFileTests
{
    private const string Hash = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    private const string Other = "sha256:ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private const string UntilField = "until=2030-01-01";

    private static readonly string[] Conversations = ["ack", "echo", "exchange", "files", "messages"];
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_line_is_a_name_a_hash_and_fields_in_any_order_between_comments()
    {
        TokenTable table = Read(
            $"# für alle Pumpen\n\n  pumps {Hash}\trights=read,send until=2030-06-01 ids=pump-*,valve-? conversations=messages,files  \r\n");

        TokenEntry entry = Assert.Single(table.Entries);
        Assert.Equal("pumps", entry.Name);
        Assert.Equal(["pump-*", "valve-?"], entry.Ids);
        Assert.Equal(["messages", "files"], entry.Conversations);
        Assert.Equal(ClientRights.Send | ClientRights.Read, entry.Rights);
        Assert.Equal(new DateTimeOffset(2030, 6, 1, 0, 0, 0, TimeSpan.Zero), entry.Until);
    }

    [Fact]
    public void Without_fields_a_token_is_for_the_client_of_its_name_to_send_whatever_the_conversation_for_ever()
    {
        TokenEntry entry = Assert.Single(Read($"pump-7 {Hash}").Entries);

        Assert.Equal(TokenVerdict.Allowed, entry.Judge("messages", "pump-7", ClientRights.Send, DateTimeOffset.MaxValue));
        Assert.Equal(TokenVerdict.OtherClient, entry.Judge("messages", "pump-8", ClientRights.Send, Now));
        Assert.Equal(TokenVerdict.OtherRight, entry.Judge("files", "pump-7", ClientRights.Read, Now));
        Assert.Equal(TokenVerdict.Allowed, entry.Judge("files", "pump-7", ClientRights.None, Now));
    }

    [Theory]
    [InlineData("pump", "line 1: a hash follows the name: 'sha256:' and 64 hexadecimal digits")]
    [InlineData("pump aldis_secret", "line 1: a hash follows the name")]
    [InlineData("pump sha256:00", "line 1: a hash follows the name")]
    [InlineData("pump " + Hash + "0", "line 1: a hash follows the name")]
    [InlineData("p/mp " + Hash, "line 1: 'p/mp' is no name of a token")]
    [InlineData("pump " + Hash + " right=send", "line 1: 'right=send' is no field: there are ids=, conversations=, rights=, until=")]
    [InlineData("pump " + Hash + " rights=", "line 1: '' is no right")]
    [InlineData("pump " + Hash + " rights=sned", "line 1: 'sned' is no right: there are send, read, admin; did you mean 'send'?")]
    [InlineData("pump " + Hash + " conversations=message", "line 1: 'message' is no conversation: there are ack, echo, exchange, files, messages")]
    [InlineData("pump " + Hash + " ids=a/*", "line 1: 'a/*' is no client id or pattern")]
    [InlineData("pump " + Hash + " ids=", "line 1: '' is no client id or pattern")]
    [InlineData("pump " + Hash + " until=tomorrow", "line 1: 'tomorrow' is no date: write 2027-01-01, or 2027-01-01T12:00:00Z.")]
    [InlineData("pump " + Hash + " ids=a ids=b", "line 1: 'ids=' is there twice.")]
    [InlineData("a " + Hash + "\n#\na " + Other, "line 3: a token 'a' is in line 1 already.")]
    [InlineData("a " + Hash + "\nb " + Hash, "line 2: this hash is in line 1 already.")]
    [InlineData("püm " + Hash, "line 1: it has a character that is no printable ASCII.")]
    [InlineData("\v " + Hash, "line 1: it has a character that is no printable ASCII.")]
    [InlineData("pump\0 " + Hash, "line 1: it has a character that is no printable ASCII.")]
    public void What_is_no_line_is_told_with_its_number(string text, string sentence) =>
        Assert.StartsWith(sentence, Assert.Throws<FormatException>(() => Read(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_line_and_a_file_have_a_longest()
    {
        FormatException line = Assert.Throws<FormatException>(() => Read($"a {Hash}".PadRight(TokenFile.MaxLineBytes) + "x"));
        Assert.Contains("longer than 4096 bytes", line.Message, StringComparison.Ordinal);
        FormatException file = Assert.Throws<FormatException>(() => TokenFile.Read(new byte[TokenFile.MaxBytes + 1], Conversations));
        Assert.Contains("longer than 4194304 bytes", file.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_as_long_or_as_many_as_may_be_is_taken()
    {
        string start = $"a {Hash} ids=";
        string ids = string.Join(',', Enumerable.Range(10, 64));
        string longest = new('p', 64);
        Assert.Equal(64, Assert.Single(Read(start + ids).Entries).Ids.Count);
        Assert.Equal([longest], Assert.Single(Read(start + longest).Entries).Ids);
        Assert.Single(Read($"{start}b".PadRight(TokenFile.MaxLineBytes - UntilField.Length) + UntilField).Entries);
        Assert.Empty(TokenFile.Read(Encoding.UTF8.GetBytes(new string('\n', TokenFile.MaxBytes)), Conversations).Entries);

        FormatException many = Assert.Throws<FormatException>(() => Read($"{start}{ids},x"));
        Assert.Equal("line 1: at most 64 patterns of ids are taken.", many.Message);
        Assert.Throws<FormatException>(() => Read($"{start}{longest}p"));
    }

    [Fact]
    public void Of_several_ids_and_conversations_one_that_covers_is_enough_and_a_right_said_twice_is_one()
    {
        TokenEntry entry = Assert.Single(Read($"t {Hash} ids=pump-*,valve-? conversations=ack,messages rights=send,send").Entries);

        Assert.Equal(ClientRights.Send, entry.Rights);
        Assert.Equal(TokenVerdict.Allowed, entry.Judge("messages", "valve-1", ClientRights.Send, Now));
        Assert.Equal(TokenVerdict.Allowed, entry.Judge("ack", "pump-1", ClientRights.Send, Now));
        Assert.Equal(TokenVerdict.OtherConversation, entry.Judge("files", "pump-1", ClientRights.Send, Now));
        Assert.Equal(TokenVerdict.OtherClient, entry.Judge("ack", "door", ClientRights.Send, Now));
    }

    [Theory]
    [InlineData("pump-*", "pump-7", true)]
    [InlineData("pump-*", "pump-", true)]
    [InlineData("pump-*", "PUMP-7", false)]
    [InlineData("pump-*", "valve-7", false)]
    [InlineData("pump-?", "pump-77", false)]
    [InlineData("*", "anything", true)]
    [InlineData("a*b*c", "a-x-b-y-c", true)]
    [InlineData("a.b", "axb", false)]
    public void A_pattern_covers_ids_letter_by_letter(string pattern, string client, bool covers) => Assert.Equal(
        covers ? TokenVerdict.Allowed : TokenVerdict.OtherClient,
        Assert.Single(Read($"t {Hash} ids={pattern}").Entries).Judge("ack", client, ClientRights.Send, Now));

    [Theory]
    [InlineData("rights=admin", ClientRights.Read, nameof(TokenVerdict.Allowed))]
    [InlineData("rights=read", ClientRights.Send, nameof(TokenVerdict.OtherRight))]
    [InlineData("conversations=files", ClientRights.Send, nameof(TokenVerdict.OtherConversation))]
    [InlineData("until=2030-01-01", ClientRights.Send, nameof(TokenVerdict.Expired))]
    [InlineData("until=2030-01-01T00:00:01Z", ClientRights.Send, nameof(TokenVerdict.Allowed))]
    public void Rights_conversations_and_time_bound_it(string field, ClientRights wanted, string verdict) =>
        Assert.Equal(verdict, Assert.Single(Read($"t {Hash} ids=* {field}").Entries).Judge("messages", "x", wanted, Now).ToString());

    [Fact]
    public void An_entry_is_written_as_it_is_read()
    {
        TokenEntry entry = Assert.Single(Read($"t {Hash} until=2030-06-01 rights=admin,send ids=a*,b conversations=ack").Entries);
        TokenEntry again = Assert.Single(Read(entry.ToString()).Entries);
        Assert.Equal(entry.ToString(), again.ToString());
        Assert.Equal(entry.Hash.ToArray(), again.Hash.ToArray());
    }

    /// <summary>No time can say how much of a token is right, because nothing but its hash is looked at: the hash of one that differs in a
    /// single character, wherever, shares with the right one's what chance gives.</summary>
    [Fact]
    public void A_token_that_is_almost_right_is_as_far_from_the_right_one_as_any()
    {
        string right = TokenText.Of(new byte[TokenText.RandomBytes]);
        byte[] hash = HashOf(right);
        var table = new TokenTable([new TokenEntry { Name = "t", Hash = hash, Ids = ["*"] }]);

        Assert.Equal("t", table.Find(hash)!.Name);
        for (int at = 0; at < right.Length; at++)
        {
            byte[] almost = HashOf(string.Concat(right.AsSpan(0, at), "~", right.AsSpan(at + 1)));
            Assert.Null(table.Find(almost));
            Assert.True(almost.AsSpan().CommonPrefixLength(hash) < 4);
        }
    }

    [Fact]
    public void A_hash_that_shares_its_first_half_is_another()
    {
        byte[] hash = HashOf("right");
        var table = new TokenTable([new TokenEntry { Name = "t", Hash = hash, Ids = ["*"] }]);
        byte[] half = [.. hash[..16], .. new byte[16]];
        Assert.Null(table.Find(half));
    }

    [Fact]
    public void A_token_is_made_of_256_bits()
    {
        Assert.Equal("aldis_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", TokenText.Of(new byte[32]));
        Assert.Throws<ArgumentException>(() => TokenText.Of(new byte[31]));
    }

    private static byte[] HashOf(string token)
    {
        byte[] hash = new byte[TokenText.HashBytes];
        TokenText.Hash(Encoding.ASCII.GetBytes(token), hash);
        return hash;
    }

    private static TokenTable Read(string text) => TokenFile.Read(Encoding.UTF8.GetBytes(text), Conversations);
}
