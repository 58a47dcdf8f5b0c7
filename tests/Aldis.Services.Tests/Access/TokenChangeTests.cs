using Aldis.Services.Events;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Access;

/// <summary>A file of tokens that changes while clients are connected, and addresses that try tokens.</summary>
public sealed class TokenChangeTests
{
    private static readonly string Tokens = TokenWorld.Line("pump", "ids=*") + TokenWorld.Line("soon", "ids=* until=2030-01-01T00:00:30Z");

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("messages", "taken out", ServiceEventCause.TokenRevoked, "NAK 1 token")]
    [InlineData("messages", "narrowed", ServiceEventCause.TokenRevoked, "NAK 1 token")]
    [InlineData("files", "taken out", ServiceEventCause.TokenRevoked, "ERROR token")]
    [InlineData("echo", "taken out", ServiceEventCause.TokenRevoked, "")]
    [InlineData("exchange", "taken out", ServiceEventCause.TokenRevoked, "")]
    [InlineData("ack", "taken out", ServiceEventCause.TokenRevoked, "")]
    public async Task A_client_whose_token_is_taken_back_is_told_so_and_ended(
        string service, string change, ServiceEventCause cause, string word)
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = await EnterAsync(world, service, "pump");

        world.Write(TokenWorld.Line(change == "narrowed" ? "pump" : "another", "ids=valve"));
        world.Time.Advance(Second);
        connection.Served.Tick(Second);

        await EndedAsync(connection, cause, word);
    }

    [Fact]
    public async Task A_client_whose_tokens_time_is_over_is_ended()
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = await EnterAsync(world, "messages", "soon");
        world.Time.Advance(TimeSpan.FromSeconds(29));
        connection.Served.Tick(Second);
        Assert.False(connection.Handling.IsCompleted);

        world.Time.Advance(Second);
        connection.Served.Tick(2 * Second);

        await EndedAsync(connection, ServiceEventCause.TokenExpired, "NAK 1 token");
    }

    [Fact]
    public async Task What_is_under_way_when_a_token_is_taken_back_is_acknowledged_first()
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = await EnterAsync(world, "messages", "pump");
        connection.Send(TokenWorld.Unit("5 1") + "hello");
        world.Write(TokenWorld.Line("another"));
        world.Time.Advance(Second);
        connection.Served.Tick(Second);

        Assert.Equal(TokenWorld.Unit("ACK 1 durable") + TokenWorld.Unit("NAK 2 token"), await connection.ReceiveTextAsync(128));
    }

    [Fact]
    public async Task A_client_whose_token_is_as_it_was_goes_on()
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = await EnterAsync(world, "echo", "pump");
        world.Write("# changed\n" + Tokens);
        world.Time.Advance(Second);
        connection.Served.Tick(Second);

        connection.Send("still here");
        Assert.Equal("still here", await connection.ReceiveTextAsync(10));
        Assert.Single(world.Events.Of(ServiceEventKind.Reloaded));
    }

    [Theory]
    [InlineData("pump", "line 1: a hash follows the name")]
    [InlineData("", "it has no token")]
    [InlineData(null, "cannot be read")]
    public async Task A_bad_file_is_told_once_and_the_tokens_of_before_go_on_counting(string? content, string sentence)
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = await EnterAsync(world, "messages", "pump");
        if (content is null)
        {
            File.Delete(world.Path);
        }
        else
        {
            world.Write(content);
        }

        world.Time.Advance(3 * Second);
        connection.Served.Tick(Second);

        ServiceEvent told = Assert.Single(world.Events.Of(ServiceEventKind.ReloadRefused));
        Assert.Equal(ServiceEventCause.ReloadFailed, told.Cause);
        Assert.Contains(sentence, told.Detail, StringComparison.Ordinal);
        Assert.False(connection.Handling.IsCompleted);
        using InMemoryConnection next = await EnterAsync(world, "messages", "pump");
    }

    [Fact]
    public async Task A_link_that_points_elsewhere_now_is_a_change()
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = await EnterAsync(world, "messages", "pump");
        string target = world.Path + ".new";
        await File.WriteAllTextAsync(target, TokenWorld.Line("another"), TestContext.Current.CancellationToken);
        File.Delete(world.Path);
        File.CreateSymbolicLink(world.Path, target);
        world.Time.Advance(Second);
        connection.Served.Tick(Second);

        await EndedAsync(connection, ServiceEventCause.TokenRevoked, "NAK 1 token");
    }

    [Fact]
    public async Task Who_asks_for_it_is_told_though_nothing_changed()
    {
        await using var world = new TokenWorld(Tokens);
        world.Policy.Reload();
        Assert.Single(world.Events.Of(ServiceEventKind.Reloaded));
    }

    [Fact]
    public async Task After_ten_wrong_tokens_an_address_is_busy_and_the_next_is_looked_at_six_seconds_later()
    {
        await using var world = new TokenWorld(Tokens);
        for (int attempt = 0; attempt < 10; attempt++)
        {
            Assert.StartsWith("ALDIS/1 error=token", await TryAsync(world, "guess"), StringComparison.Ordinal);
        }

        Assert.StartsWith("ALDIS/1 error=busy", await TryAsync(world, "pump"), StringComparison.Ordinal);
        Assert.Equal(ServiceEventCause.TokenAttempts, world.Events.Of(ServiceEventKind.MessageRefused)[^1].Cause);
        world.Time.Advance(TimeSpan.FromSeconds(6));
        Assert.StartsWith("ALDIS/1 last=0", await TryAsync(world, "pump"), StringComparison.Ordinal);
        Assert.StartsWith("ALDIS/1 error=token", await TryAsync(world, "guess"), StringComparison.Ordinal);
        Assert.StartsWith("ALDIS/1 error=busy", await TryAsync(world, "guess"), StringComparison.Ordinal);
    }

    private static async Task<string> TryAsync(TokenWorld world, string token)
    {
        using InMemoryConnection connection = world.Connect("messages");
        connection.Send(TokenWorld.Unit("ALDIS/1 messages client=pump-7") + TokenWorld.Unit("TOKEN " + token));
        connection.FinishWriting();
        string answer = await connection.ReceiveTextAsync(64);
        await connection.Handling.InTime();
        return answer;
    }

    private static async Task<InMemoryConnection> EnterAsync(TokenWorld world, string service, string token)
    {
        InMemoryConnection connection = world.Connect(service);
        connection.Send(TokenWorld.Unit($"ALDIS/1 {service} client=pump-7") + TokenWorld.Unit("TOKEN " + token));
        string answer = await connection.ReceiveTextAsync(service is "messages" or "files" ? 64 : 128);
        Assert.DoesNotContain("error", answer, StringComparison.Ordinal);
        return connection;
    }

    private static async Task EndedAsync(InMemoryConnection connection, ServiceEventCause cause, string word)
    {
        if (word.Length > 0)
        {
            Assert.Equal(TokenWorld.Unit(word), await connection.ReceiveTextAsync(64));
        }

        connection.FinishWriting();
        await connection.Handling.InTime();
        Assert.Equal(cause, connection.Served.CloseCause);
    }
}
