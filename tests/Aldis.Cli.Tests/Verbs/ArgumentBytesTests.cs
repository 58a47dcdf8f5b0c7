using Aldis.Cli.Terminal;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>Arguments that are not UTF-8: payload goes out as it was given, everything else is refused.</summary>
public sealed class ArgumentBytesTests
{
    private static readonly byte[] Latin1 = [.. "caf"u8, 0xe9];

    private static readonly string Given = ArgumentText.Decode(Latin1);

    [Fact]
    public async Task A_text_that_is_not_UTF8_is_sent_as_it_was_given()
    {
        byte[] said = [];
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            byte[] buffer = new byte[64];
            int read = await socket.ReceiveAsync(buffer, stop);
            said = buffer[..read];
            await socket.SendAsync(said, stop);
        });
        (await Run.AldisAsync("echo", peer.Address, Given)).Ends(ExitCode.Confirmed);
        Assert.Equal(Latin1, said);
    }

    [Theory]
    [InlineData("talk", "127.0.0.1:1WORD")]
    [InlineData("echo", "WORD")]
    [InlineData("copy", "--plain", "WORD.txt", "127.0.0.1:1")]
    [InlineData("send", "--outbox", "WORD", "127.0.0.1:1", "text")]
    [InlineData("send", "--outbox=WORD", "127.0.0.1:1", "text")]
    [InlineData("send", "--client", "WORD", "127.0.0.1:1", "text")]
    [InlineData("serve", "--data", "WORD")]
    [InlineData("serve", "messages=unix:/WORD")]
    [InlineData("log", "--data", "WORD")]
    [InlineData("lab", "--input", "WORD")]
    [InlineData("lab", "--svg", "WORD")]
    [InlineData("lab", "WORD")]
    [InlineData("WORD")]
    public async Task A_name_that_is_not_UTF8_is_refused_with_what_to_do(params string[] call)
    {
        string[] words = [.. call.Select(static word => word.Replace("WORD", Given, StringComparison.Ordinal))];
        Run run = (await Run.AldisAsync(words)).Ends(ExitCode.UsageOrLocalError, "caf\\xe9");
        Assert.Contains("is not UTF-8, which names and addresses must be: rename it", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("send", "127.0.0.1:1", "TEXT")]
    [InlineData("send", "--plain", "127.0.0.1:1", "one", "TEXT")]
    [InlineData("echo", "127.0.0.1:1", "TEXT")]
    public async Task A_text_whose_bytes_cannot_be_known_is_refused_and_stdin_named(params string[] call)
    {
        string[] runtime = [.. call.Select(static word => word.Replace("TEXT", "caf\ufffd", StringComparison.Ordinal))];
        (await Run.AldisAsync(ArgumentText.Restore(runtime, []))).Ends(ExitCode.UsageOrLocalError, "give the text on standard input");
    }
}
