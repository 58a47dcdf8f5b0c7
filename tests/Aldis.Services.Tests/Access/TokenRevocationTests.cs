using System.Runtime.Versioning;
using System.Text;
using Aldis.Protocols.Access;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Access;

/// <summary>Tokens that are taken back without the file they are in.</summary>
public sealed class TokenRevocationTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();

    private string FilePath => _directory.Combine(TokenRevocations.FileName);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_taken_back_is_so_after_a_restart_too_until_it_is_given_back()
    {
        TokenEntry pump = Token("pump");
        TokenRevocations first = TokenRevocations.Open(FilePath);
        Assert.Null(first.Find(pump.Hash.Span));
        first.Add(pump, Now);
        first.Add(Token("valve"), Now);

        TokenRevocations second = TokenRevocations.Open(FilePath);
        Assert.Equal(Now, second.Find(pump.Hash.Span));
        second.Remove(pump);
        Assert.Null(second.Find(pump.Hash.Span));

        TokenRevocations third = TokenRevocations.Open(FilePath);
        Assert.Null(third.Find(pump.Hash.Span));
        Assert.NotNull(third.Find(Token("valve").Hash.Span));
    }

    [Fact]
    public void A_new_token_of_the_same_name_counts()
    {
        TokenRevocations revoked = TokenRevocations.Open(FilePath);
        revoked.Add(Token("pump"), Now);
        Assert.Null(revoked.Find((Token("pump") with { Hash = Hash("another") }).Hash.Span));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Its_file_has_no_token_and_is_nobody_elses()
    {
        TokenRevocations.Open(FilePath).Add(Token("pump"), Now);
        string text = File.ReadAllText(FilePath);
        Assert.EndsWith($"name-of-pump sha256:{Convert.ToHexStringLower(Hash("pump"))} at=2030-01-01T12:00:00Z\n", text, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(FilePath));
        Assert.Equal([FilePath], Directory.GetFiles(_directory.Path));
    }

    [Theory]
    [InlineData("pump")]
    [InlineData("pump sha256:00 at=2030-01-01T12:00:00Z")]
    [InlineData("pump sha256:{0} at=yesterday")]
    [InlineData("pump sha256:{0}")]
    [InlineData("pump/7 sha256:{0} at=2030-01-01T12:00:00Z")]
    public void A_line_that_is_none_is_told_with_its_number_and_what_to_do(string line)
    {
        File.WriteAllText(FilePath, "# a comment\n" + line.Replace("{0}", Convert.ToHexStringLower(Hash("pump")), StringComparison.Ordinal) + "\n");
        FormatException wrong = Assert.Throws<FormatException>(() => TokenRevocations.Open(FilePath));
        Assert.Contains($"{FilePath}: line 2 ", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("mend it, or take the line out", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_written_down_is_not_taken_back()
    {
        TokenRevocations revoked = TokenRevocations.Open(_directory.Combine("missing/" + TokenRevocations.FileName));
        Assert.ThrowsAny<IOException>(() => revoked.Add(Token("pump"), Now));
        Assert.Null(revoked.Find(Hash("pump")));
    }

    [Fact]
    public async Task A_token_that_is_taken_back_ends_its_clients_and_lets_nobody_in_until_it_is_given_back()
    {
        await using var world = new TokenWorld(TokenWorld.Line("pump") + TokenWorld.Line("valve"));
        TokenEntry pump = world.Policy.Tokens.Entries.Single(static one => one.Name == "pmup");
        using InMemoryConnection connection = Enter(world, "pump");
        using InMemoryConnection other = Enter(world, "valve");
        Assert.StartsWith("ALDIS/1 last=0", await connection.ReceiveTextAsync(64), StringComparison.Ordinal);
        Assert.StartsWith("ALDIS/1 last=0", await other.ReceiveTextAsync(64), StringComparison.Ordinal);

        world.Policy.Revoke(pump, "127.0.0.1");
        connection.Served.Tick(TimeSpan.FromSeconds(1));
        other.Served.Tick(TimeSpan.FromSeconds(1));

        Assert.Equal(TokenWorld.Unit("NAK 1 token"), await connection.ReceiveTextAsync(64));
        connection.FinishWriting();
        await connection.Handling.InTime();
        Assert.Equal(ServiceEventCause.TokenRevoked, connection.Served.CloseCause);
        Assert.False(other.Handling.IsCompleted);
        using InMemoryConnection refused = Enter(world, "pump");
        Assert.StartsWith("ALDIS/1 error=token", await refused.ReceiveTextAsync(64), StringComparison.Ordinal);
        ServiceEvent told = world.Events.Of(ServiceEventKind.MessageRefused)[^1];
        Assert.Equal((ServiceEventCause.TokenRevoked, "its token 'pmup' was taken back"), (told.Cause, told.Detail));

        world.Policy.Restore(pump, "127.0.0.1");
        using InMemoryConnection again = Enter(world, "pump");
        Assert.StartsWith("ALDIS/1 last=0", await again.ReceiveTextAsync(64), StringComparison.Ordinal);
        Assert.Equal(
            ["the token 'pmup' was taken back at the dashboard", "the token 'pmup' was given back at the dashboard"],
            world.Events.Of(ServiceEventKind.TokenChanged).Select(static what => what.Detail));
        Assert.All(world.Events.Of(ServiceEventKind.TokenChanged), static what => Assert.Equal("127.0.0.1", what.Peer));
    }

    private static InMemoryConnection Enter(TokenWorld world, string token)
    {
        InMemoryConnection connection = world.Connect("messages");
        connection.Send(TokenWorld.Unit($"ALDIS/1 messages client={token}-7") + TokenWorld.Unit("TOKEN " + token));
        return connection;
    }

    private static TokenEntry Token(string token) => new() { Name = "name-of-" + token, Hash = Hash(token), Ids = ["*"] };

    private static byte[] Hash(string token)
    {
        byte[] hash = new byte[TokenText.HashBytes];
        TokenText.Hash(Encoding.ASCII.GetBytes(token), hash);
        return hash;
    }
}
