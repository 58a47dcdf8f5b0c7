using System.Net;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Text;
using Aldis.Services.Access;
using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;

namespace Aldis.Services.Tests.Access;

/// <summary>Who shows what, and what becomes of it.</summary>
public sealed class TokenCaseTests
{
    private static readonly string Tokens =
        TokenWorld.Line("pump", "ids=pump-*")
        + TokenWorld.Line("reader", "ids=* rights=read")
        + TokenWorld.Line("old", "ids=* until=2029-12-31")
        + TokenWorld.Line("now", "ids=* until=2030-01-01")
        + TokenWorld.Line("soon", "ids=* until=2030-01-01T00:00:01Z")
        + TokenWorld.Line("filer", "ids=* conversations=files rights=send,read")
        + TokenWorld.Line("boss", "ids=* rights=admin")
        + TokenWorld.Line("one", "ids=pump-7,valve-1")
        + TokenWorld.Line("9")
        + TokenWorld.Line("0123456789012345678901234567", "ids=*");

    private static readonly string Longest = new('x', TokenUnit.MaxLength);

    /// <summary>Conversation, client, second unit, and the word of the cause; "in" where it is let in.</summary>
    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "messages", "pump-7", "TOKEN pump", "in" },
        { "messages", "pump-", "TOKEN pump", "in" },
        { "messages", "valve-1", "TOKEN pump", "token-scope" },
        { "messages", "Pump-7", "TOKEN pump", "token-scope" },
        { "messages", "pump-7", "TOKEN one", "in" },
        { "messages", "valve-1", "TOKEN one", "in" },
        { "messages", "valve-2", "TOKEN one", "token-scope" },
        { "messages", "pump-7", "TOKEN pumq", "token-unknown" },
        { "messages", "pump-7", "TOKEN pum", "token-unknown" },
        { "messages", "pump-7", "TOKEN pumpp", "token-unknown" },
        { "messages", "pump-7", "TOKEN PUMP", "token-unknown" },
        { "messages", "pump-7", "TOKEN x", "token-unknown" },
        { "messages", "pump-7", "TOKEN {58}", "token-unknown" },
        { "messages", "pump-7", "TOKEN {58}x", "gone" },
        { "messages", "pump-7", "TOKEN", "token-unknown" },
        { "messages", "pump-7", "TOKEN pump pump", "token-unknown" },
        { "messages", "pump-7", " TOKEN pump", "token-unknown" },
        { "messages", "pump-7", "token pump", "token-unknown" },
        { "messages", "pump-7", "TOKEN pump\0", "token-unknown" },
        { "messages", "pump-7", "TOKEN p\u007fump", "token-unknown" },
        { "messages", "pump-7", "TOKEN \u0001\u0002\u0003", "token-unknown" },
        { "messages", "pump-7", "5 1", "token-unknown" },
        { "messages", "pump-7", "BYE", "token-unknown" },
        { "messages", "pump-7", "", "token-missing" },
        { "messages", "pump-7", "TOKEN old", "token-expired" },
        { "messages", "pump-7", "TOKEN now", "token-expired" },
        { "messages", "pump-7", "TOKEN soon", "in" },
        { "messages", "pump-7", "TOKEN reader", "token-scope" },
        { "messages", "pump-7", "TOKEN filer", "token-scope" },
        { "messages", "pump-7", "TOKEN boss", "in" },
        { "messages", "pump-7", "TOKEN 9", "in" },
        { "messages", "pump-7", "TOKEN sha256:00", "token-unknown" },
        { "files", "pump-7", "TOKEN filer", "in" },
        { "files", "pump-7", "TOKEN reader", "in" },
        { "files", "pump-7", "TOKEN pump", "in" },
        { "files", "pump-7", "TOKEN nobody", "token-unknown" },
        { "files", "pump-7", "", "token-missing" },
        { "ack", "pump-7", "TOKEN pump", "in" },
        { "ack", "valve", "TOKEN pump", "token-scope" },
        { "echo", "pump-7", "TOKEN pump", "in" },
        { "echo", "pump-7", "TOKEN pumq", "token-unknown" },
        { "exchange", "pump-7", "TOKEN filer", "token-scope" },
        { "exchange", "pump-7", "TOKEN reader", "token-scope" },
        { "exchange", "pump-7", "TOKEN pump", "in" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Who_shows_what_is_let_in_or_told_no(string service, string client, string second, string outcome)
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = world.Connect(service);
        connection.Send(TokenWorld.Unit($"ALDIS/1 {service} client={client}"));
        if (second.Length > 0)
        {
            connection.Send(TokenWorld.Unit(second.Replace("{58}", Longest, StringComparison.Ordinal)));
        }

        if (outcome != "in")
        {
            connection.FinishWriting();
        }

        string answer = await connection.ReceiveTextAsync(64);
        if (answer == TokenWorld.Unit("ALDIS/1 token"))
        {
            answer = await connection.ReceiveTextAsync(64);
        }
        else if (answer.StartsWith(TokenWorld.Unit("ALDIS/1 token"), StringComparison.Ordinal))
        {
            answer = answer[64..];
        }

        if (outcome == "in")
        {
            Assert.StartsWith(service == "messages" ? "ALDIS/1 last=0 durable" : $"ALDIS/1 {service}", answer, StringComparison.Ordinal);
            Assert.Equal(client, connection.Served.Client);
            return;
        }

        Assert.StartsWith(TokenWorld.Unit("ALDIS/1 error=token"), answer, StringComparison.Ordinal);
        await connection.Handling.InTime();
        if (outcome != "gone")
        {
            Assert.Equal(outcome, KebabName.Of(connection.Served.CloseCause));
        }

        Assert.DoesNotContain(world.Events.All, what => second.Length > 9 && what.Detail?.Contains(second[6..], StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("ack", "hello", "Refused: a token is required")]
    [InlineData("echo", "hello", "Refused: a token is required")]
    [InlineData("exchange", "hello", "Refused: a token is required")]
    [InlineData("files", "Hello from the client!", "Refused: a token is required")]
    [InlineData("messages", "5                                                               hello", "Message refused: a token is required")]
    public async Task A_plain_client_is_told_in_its_own_framing_and_nothing_of_it_is_taken(string service, string said, string sentence)
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = world.Connect(service);

        connection.Send(said);
        connection.FinishWriting();

        Assert.Contains(sentence, await connection.ReceiveTextAsync(64 + sentence.Length), StringComparison.Ordinal);
        await connection.Handling.InTime();
        Assert.Equal(ServiceEventCause.TokenMissing, connection.Served.CloseCause);
        Assert.DoesNotContain(world.Events.All, static what => what.Kind is ServiceEventKind.MessageReceived or ServiceEventKind.TextReceived
            or ServiceEventKind.GreetingReceived or ServiceEventKind.FileReceived);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("192.0.2.7", false)]
    public async Task Whoever_is_exempt_needs_no_token_and_may_be_plain(string from, bool isServed)
    {
        await using var world = new TokenWorld(Tokens, ExemptPeers.Loopback);
        using InMemoryConnection plain = world.Connect("ack", IPAddress.Parse(from));
        using InMemoryConnection native = world.Connect("messages", IPAddress.Parse(from));

        plain.Send("hello");
        native.Send(TokenWorld.Unit("ALDIS/1 messages client=anybody"));

        Assert.StartsWith(isServed ? "ACK received" : "Refused", await plain.ReceiveTextAsync(12), StringComparison.Ordinal);
        Assert.Equal(isServed, isServed && (await native.ReceiveTextAsync(64)).StartsWith("ALDIS/1 last=0", StringComparison.Ordinal));
        Assert.Equal(isServed, world.Policy.IsAnswered(IPAddress.IsLoopback(IPAddress.Parse(from))));
    }

    [Fact]
    public async Task A_server_that_asks_gets_the_token_after_the_preface_and_what_follows_is_the_conversation()
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = world.Connect("echo");

        connection.Send(TokenWorld.Unit("ALDIS/1 echo client=pump-7"));
        Assert.Equal(TokenWorld.Unit("ALDIS/1 token"), connection.ReceiveTextOnce());
        connection.Send(TokenWorld.Unit("TOKEN pump") + "hello");

        Assert.Equal(TokenWorld.Unit("ALDIS/1 echo") + "hello", await connection.ReceiveTextAsync(69));
    }

    [Fact]
    public async Task A_token_that_only_reads_stores_nothing()
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = world.Connect("files");
        connection.Send(TokenWorld.Unit("ALDIS/1 files client=pump-7") + TokenWorld.Unit("TOKEN reader"));
        Assert.StartsWith("ALDIS/1 files max=", await connection.ReceiveTextAsync(64), StringComparison.Ordinal);

        connection.Send(EmptyTransfer());

        Assert.StartsWith("ERROR token", await connection.ReceiveTextAsync(64), StringComparison.Ordinal);
        connection.FinishWriting();
        await connection.Handling.InTime();
        Assert.Equal(ServiceEventCause.TokenScope, connection.Served.CloseCause);
    }

    [Fact]
    public async Task A_token_that_sends_stores()
    {
        await using var world = new TokenWorld(Tokens);
        using InMemoryConnection connection = world.Connect("files");
        connection.Send(TokenWorld.Unit("ALDIS/1 files client=pump-7") + TokenWorld.Unit("TOKEN pump"));
        Assert.StartsWith("ALDIS/1 files max=", await connection.ReceiveTextAsync(64), StringComparison.Ordinal);

        connection.Send(EmptyTransfer());
        connection.FinishWriting();

        Assert.DoesNotContain("ERROR", await connection.ReceiveTextAsync(64), StringComparison.Ordinal);
    }

    private static byte[] EmptyTransfer()
    {
        byte[] unit = new byte[ControlUnit.Size];
        ReadOnlyMemory<byte> manifest = ManifestText.Write(
            [new ManifestEntry { Kind = FileEntryKind.File, Path = "a"u8.ToArray(), Size = 0, Mode = 0x180 }]);
        new TransferOpening
        {
            Key = "0123456789abcdef",
            EntryCount = 1,
            ManifestBytes = manifest.Length,
            Algorithm = DigestAlgorithm.Sha256,
        }.Write(unit);
        byte[] digest = new byte[ContentDigest.Size];
        ManifestText.Digest(DigestAlgorithm.Sha256, "pump-7", unit, manifest.Span).CopyTo(digest);
        return [.. unit, .. manifest.Span, .. digest];
    }
}
