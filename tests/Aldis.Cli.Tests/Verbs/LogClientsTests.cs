using System.Text.Json;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis log --clients</c> and <c>--forget</c>, and what a sender sees that was forgotten.</summary>
public sealed class LogClientsTests : IDisposable
{
    private readonly LogFixture _log = new();
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _log.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Clients_are_listed_with_how_far_they_are_what_is_left_and_when_they_were_seen()
    {
        await _log.StoreAsync("pump-8", "1", "2", "3");
        await _log.StoreAsync("pump-7", "1");
        await _log.StoreAsync("", "plain");

        (int exitCode, string output, string error) = await _log.RunAsync("--clients", "--utc");

        Assert.Equal((0, string.Empty), (exitCode, error));
        Assert.Matches(@"\A20\S+Z pump-7 1 1\n20\S+Z pump-8 3 3\n\z", output);
        (exitCode, output, _) = await _log.RunAsync("--clients", "--json");
        JsonElement[] clients = LogFixture.Objects(output);
        Assert.Equal((0, 2), (exitCode, clients.Length));
        Assert.Equal("pump-8", clients[1].GetProperty("client").GetString());
        Assert.Equal((3, 3), (clients[1].GetProperty("last").GetInt64(), clients[1].GetProperty("messages").GetInt64()));
        Assert.True(clients[1].TryGetProperty("last_seen", out _));
    }

    [Fact]
    public async Task A_client_is_forgotten_by_name_when_none_of_its_messages_is_left_and_no_server_runs()
    {
        await _log.StoreAsync("pump-7", "1", "2");
        await FailsAsync("client 'pump-7' has 2 messages left in the journal", "pump-7");
        await FailsAsync("the journal knows no client 'pump-9'", "pump-9");
        await FailsAsync("--forget takes a client id", "");
        await PushOutAsync();
        using (_log.Open())
        {
            await FailsAsync("is in use by another server. Stop it first", "pump-7");
        }

        (int exitCode, string output, string error) = await _log.RunAsync("--forget", "pump-7");

        Assert.Equal((0, string.Empty, "aldis: client pump-7 is forgotten; its last number was 2.\n"), (exitCode, output, error));
        Assert.DoesNotContain("pump-7", (await _log.RunAsync("--clients")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await _log.RunAsync("--verify")).ExitCode);
        await FailsAsync("the journal knows no client 'pump-7'", "pump-7");
    }

    [Fact]
    public async Task Listing_and_forgetting_go_with_nothing_else()
    {
        await _log.StoreAsync("pump-7", "1");
        foreach (string[] options in new string[][] { ["--clients", "--verify"], ["--forget", "a", "--follow"], ["--clients", "--forget", "a"] })
        {
            (int exitCode, _, string error) = await _log.RunAsync(options);
            Assert.Equal(ExitCode.UsageOrLocalError, exitCode);
            Assert.Matches(@"--clients lists all|--forget goes with --data or --store and --json alone", error);
        }
    }

    [Fact]
    public async Task A_sender_that_was_forgotten_is_told_so_once_loses_nothing_and_goes_on()
    {
        await ServeAsync(async address => (await SendAsync(address, "one", "two")).Ends(ExitCode.Confirmed));
        await PushOutAsync();
        Assert.Equal(0, (await _log.RunAsync("--forget", "pump-7")).ExitCode);

        await ServeAsync(async address =>
        {
            Run told = (await SendAsync(address, "three")).Ends(ExitCode.PartlyConfirmed, "the server knows nothing of this client any more");
            string?[] names = [.. told.Events.Select(static happened => happened.GetProperty("event").GetString())];
            Assert.Contains("client-unknown", names);
            Assert.DoesNotContain("lost", names);
            Assert.Equal((0, 2), (Summary(told, "lost"), Summary(told, "unknown")));
            (await SendAsync(address, "four")).Ends(ExitCode.Confirmed);
        });
        (_, string output, _) = await _log.RunAsync("--client", "pump-7", "--json");
        Assert.Equal(
            [(1L, "three"), (2L, "four")],
            LogFixture.Objects(output).Select(static item => (item.GetProperty("seq").GetInt64(), item.GetProperty("text").GetString())));
    }

    private static int Summary(Run run, string field) => run.Events[^1].GetProperty(field).GetInt32();

    private Task<Run> SendAsync(string address, params string[] texts) =>
        Run.AldisAsync(["send", "--json", "--outbox", _directory.Combine("outbox"), "--client", "pump-7", address, .. texts]);

    private async Task ServeAsync(Func<string, Task> body)
    {
        string address = $"unix:{_directory.Combine("messages.sock")}";
        using MessageStore store = MessageStore.Open(new MessageStoreOptions { Directory = _log.JournalDirectory });
        await using ConversationServer server = new ConversationServer().Listen("messages", address, new MessagesHandler(store));
        await server.StartAsync(TestContext.Current.CancellationToken);
        await body(address);
    }

    private async Task FailsAsync(string sentence, string client)
    {
        (int exitCode, _, string error) = await _log.RunAsync("--forget", client);
        Assert.Equal(ExitCode.UsageOrLocalError, exitCode);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
    }

    /// <summary>Another client sends so much that retention deletes all there was.</summary>
    private async Task PushOutAsync()
    {
        var clock = new VirtualTime();
        var options = new JournalOptions
        {
            Directory = _log.JournalDirectory,
            SegmentBytes = 1,
            RetainBytes = 1,
            PrepareBytes = 0,
            TimeProvider = clock,
        };
        using MessageJournal journal = MessageJournal.Open(options, FileStorage.Instance);
        for (int number = 0; number < 3; number++)
        {
            await LogFixture.StoreAsync(journal, "other", [.. Enumerable.Repeat(new byte[10], 3)]);

            // It is looked at ten times a second.
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
