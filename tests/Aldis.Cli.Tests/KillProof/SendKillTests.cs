using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Aldis.Cli.Tests.Server;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Tests;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// <c>aldis send --outbox --skip-taken</c> and its server, both killed with SIGKILL at random moments and started again with the same words:
/// every line of the input is in the journal once, in order.
/// </summary>
public sealed class SendKillTests : IDisposable
{
    private const int Senders = 3;
    private const int LinesPerKill = 3_000;
    private const int DefaultKills = 5;
    private const int StartsPerEarlyKill = 8;
    private const int LongestLifeMilliseconds = 500;

    private readonly TemporaryDirectory _directory = new();

    private string Data => _directory.Combine("data");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Every_line_is_stored_once_and_in_order_although_senders_and_server_are_killed()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("ALDIS_SEED"), out int given) ? given : RandomNumberGenerator.GetInt32(int.MaxValue);
        int kills = int.TryParse(Environment.GetEnvironmentVariable("ALDIS_KILLS"), out int wanted) ? wanted : DefaultKills;
        int lines = LinesPerKill * kills;
        var random = new Random(seed);
        AldisProcess server = await ServeAsync("127.0.0.1:0");
        string address = server.EndPoints["messages/tcp"].ToString();
        Task[] killing = [.. Enumerable.Range(1, Senders).Select(number => SendAsync(number, address, lines, kills, new Random(random.Next())))];
        for (int kill = 0; kill < kills; kill++)
        {
            await Task.Delay(random.Next(LongestLifeMilliseconds), TestContext.Current.CancellationToken);
            await server.KillAsync();
            await server.DisposeAsync();
            server = await ServeAsync(address);
        }

        await Task.WhenAll(killing);
        await Task.WhenAll(Enumerable.Range(1, Senders).Select(number => FinishAsync(number, address, lines)));
        await server.StopAsync();
        await server.DisposeAsync();
        Compare(lines, seed);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"senders={Senders} kills={kills} sender_kills={kills * Senders} lines={lines * Senders} stored={lines * Senders} lost=0 duplicates=0 seed={seed}");
    }

    /// <summary>The server, at the same address each time: a port of which connections linger must be free for it at once.</summary>
    private Task<AldisProcess> ServeAsync(string address) => AldisProcess.ServeAsync($"messages={address}", "--quiet", "--data", Data);

    /// <summary>Starts a sender again and again and kills it, mostly while it sends, now and then while it starts.</summary>
    private async Task SendAsync(int number, string address, int lines, int kills, Random random)
    {
        for (int kill = 0; kill < kills; kill++)
        {
            await using AldisProcess sender = AldisProcess.Start(readsError: true, Words(number, address));
            Task writing = sender.InputAsync(Input(number, lines));
            if (random.Next(StartsPerEarlyKill) > 0)
            {
                await sender.WaitForLineAsync(line => line.StartsWith("outbox ", StringComparison.Ordinal));
            }

            await Task.Delay(random.Next(LongestLifeMilliseconds), TestContext.Current.CancellationToken);
            await sender.KillAsync();
            await writing;
        }
    }

    /// <summary>The same command for the last time, and nobody kills it.</summary>
    private async Task FinishAsync(int number, string address, int lines)
    {
        (int exitCode, _, string[] error) = await AldisProcess.RunAsync(Input(number, lines), Words(number, address));
        Assert.True(exitCode == 0, $"{Name(number)} ended with {exitCode}:\n{string.Join('\n', error)}");
    }

    private string[] Words(int number, string address) =>
        ["send", address, "--outbox", _directory.Combine($"outbox-{number}"), "--client", Name(number), "--skip-taken", "--retry", "60s"];

    private static string Input(int number, int lines) => string.Concat(Enumerable.Range(1, lines).Select(line => Line(number, line) + "\n"));

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"sender-{number}");

    private static string Line(int number, int line) =>
        string.Create(CultureInfo.InvariantCulture, $"{Name(number)} line {line} ") + new string('.', line % 50);

    private void Compare(int lines, int seed)
    {
        string journal = Path.Combine(Data, "journal");
        for (int number = 1; number <= Senders; number++)
        {
            using var reader = new JournalReader(journal, FileStorage.Instance, new JournalQuery { Client = Name(number) });
            int stored = 0;
            while (reader.TryRead(out JournalMessage? message))
            {
                stored++;
                Assert.True(
                    Encoding.UTF8.GetString(message.Payload.Span) == Line(number, stored),
                    $"record {stored} of {Name(number)} is '{Encoding.UTF8.GetString(message.Payload.Span)}' (seed {seed})");
            }

            Assert.True(stored == lines, $"{stored} of {lines} lines of {Name(number)} are stored (seed {seed})");
        }

        Assert.True(JournalReader.Verify(journal, FileStorage.Instance).IsSound, $"the journal is not sound (seed {seed})");
    }
}
