using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary><c>aldis send</c> in its native form, against the real server.</summary>
public sealed class NativeSendTests
{
    [Fact]
    public async Task Arguments_are_sent_stored_and_shown_by_the_log()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");

        Run run = (await Run.AldisAsync("send", Address(server), "--client", "pump-7", "one", "número dos", "", "--json"))
            .Ends(ExitCode.Confirmed, "3 sent, 3 acknowledged");

        Assert.Equal("summary", run.Events[^1].GetProperty("event").GetString());
        Assert.Equal(3, run.Events[^1].GetProperty("acknowledged").GetInt32());
        Assert.Equal(["one", "número dos", ""], await StoredAsync(server, "pump-7"));
    }

    [Fact]
    public async Task Lines_of_the_input_are_messages()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");

        (await Run.AldisAsync("first\n\nthird", ["send", "--client", "pump-7", Address(server)]))
            .Ends(ExitCode.Confirmed, "3 sent, 3 acknowledged");

        Assert.Equal(["first", "", "third"], await StoredAsync(server, "pump-7"));
    }

    [Fact]
    public async Task A_client_killed_at_any_moment_and_run_again_on_the_same_input_loses_and_doubles_nothing()
    {
        const int Lines = 1500;
        using var directory = new TemporaryDirectory();
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");
        string input = string.Concat(Enumerable.Range(1, Lines).Select(number => string.Create(CultureInfo.InvariantCulture, $"line {number}\n")));
        var random = new Random(7);
        int kills = 0;
        while (true)
        {
            (int exitCode, bool isKilled) = await SendAsync(server, directory.Combine("outbox"), input, killAfterEvents: random.Next(0, 8));
            if (!isKilled)
            {
                Assert.Equal(ExitCode.Confirmed, exitCode);
                break;
            }

            kills++;
        }

        Assert.True(kills > 0, "Nothing was killed.");
        Assert.Equal(
            Enumerable.Range(1, Lines).Select(number => string.Create(CultureInfo.InvariantCulture, $"line {number}")),
            await StoredAsync(server, "killed"));
    }

    [Fact]
    public async Task A_message_whose_number_another_sender_of_the_id_used_is_exit_4_and_stays_in_the_outbox()
    {
        using var directory = new TemporaryDirectory();
        string outbox = directory.Combine("outbox");
        await using Peer deaf = Peer.That(static async (socket, stop) =>
        {
            _ = await Peer.ReadAsync(socket, 64, stop);
            await socket.SendAsync(Encoding.ASCII.GetBytes("ALDIS/1 last=0 durable 1048576 256".PadRight(64)), stop);
            _ = await Peer.ReadAsync(socket, 64 + "from the pump".Length, stop);
        });
        Run lost = await Run.AldisAsync("send", "--outbox", outbox, "--client", "pump-7", "--retry", "0s", deaf.Address, "from the pump");
        Assert.Equal(ExitCode.NetworkError, lost.ExitCode);
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");
        (await Run.AldisAsync("send", "--client", "pump-7", Address(server), "from its clone")).Ends(ExitCode.Confirmed, "1 acknowledged");

        for (int run = 1; run <= 2; run++)
        {
            (await Run.AldisAsync(string.Empty, ["send", "--outbox", outbox, Address(server)]))
                .Ends(ExitCode.Refused, "another message under number 1 of client 'pump-7'");
        }

        Assert.Equal(["from its clone"], await StoredAsync(server, "pump-7"));
    }

    [Fact]
    public async Task Nobody_there_is_exit_1_at_once() =>
        (await Run.AldisAsync("send", Peer.Nowhere(), "hi")).Ends(ExitCode.NetworkError, "nothing listens there");

    [Fact]
    public async Task A_silent_peer_is_exit_3()
    {
        await using Peer peer = Peer.ThatIsSilent();
        (await Run.AldisAsync("send", peer.Address, "hi", "--timeout", "100ms", "--retry", "0s")).Ends(ExitCode.Timeout, "no answer");
    }

    [Fact]
    public async Task A_peer_that_speaks_something_else_is_exit_4()
    {
        await using Peer peer = Peer.ThatEchoes();
        (await Run.AldisAsync("send", peer.Address, "hi")).Ends(ExitCode.Refused, "no message server");
    }

    [Fact]
    public async Task A_message_longer_than_the_server_takes_is_exit_6_beside_others_that_are_stored()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=tcp://127.0.0.1:0");

        (await Run.AldisAsync($"short\n{new string('x', (1024 * 1024) + 1)}\nshort too\n", ["send", "--client", "pump-7", Address(server)]))
            .Ends(ExitCode.PartlyConfirmed, "1 refused");

        Assert.Equal(["short", "short too"], await StoredAsync(server, "pump-7"));
    }

    [Fact]
    public async Task Two_processes_cannot_share_an_outbox()
    {
        using var directory = new TemporaryDirectory();
        using FileStream held = File.Open(Prepare(directory.Combine("outbox")), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        (await Run.AldisAsync("send", "--outbox", directory.Combine("outbox"), Peer.Nowhere(), "hi"))
            .Ends(ExitCode.UsageOrLocalError, "in use by another process");
    }

    [Fact]
    public async Task Skip_taken_without_an_outbox_is_a_usage_error() =>
        (await Run.AldisAsync("send", "--skip-taken", Peer.Nowhere(), "hi")).Ends(ExitCode.UsageOrLocalError, "--outbox");

    [Fact]
    public async Task The_plain_form_goes_without_a_client_id() =>
        (await Run.AldisAsync("send", "--plain", "--client", "a", Peer.Nowhere(), "hi")).Ends(ExitCode.UsageOrLocalError, "no identity");

    private static string Address(AldisProcess server) => $"tcp://{server.EndPoints["messages/tcp"]}";

    private static string Prepare(string outbox)
    {
        Directory.CreateDirectory(outbox);
        return Path.Combine(outbox, "lock");
    }

    private static async Task<string[]> StoredAsync(AldisProcess server, string client)
    {
        Run log = (await Run.AldisAsync(
            "log", "--data", Path.Combine(server.WorkingDirectory, "aldis-data"), "--client", client, "--json")).Ends(ExitCode.Confirmed);
        return [.. log.Events.Select(message => message.GetProperty("text").GetString()!)];
    }

    /// <summary>Runs the command in a process of its own and kills it once it has printed so many events.</summary>
    private static async Task<(int ExitCode, bool IsKilled)> SendAsync(AldisProcess server, string outbox, string input, int killAfterEvents)
    {
        using Process send = Process.Start(new ProcessStartInfo(
            AldisProcess.Executable,
            ["send", Address(server), "--outbox", outbox, "--client", "killed", "--skip-taken", "--json", "--quiet"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        Task feeding = FeedAsync(send, input);
        int events = 0;
        while (events < killAfterEvents && await send.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is string line)
        {
            events++;
            if (JsonDocument.Parse(line).RootElement.GetProperty("event").GetString() == "summary")
            {
                await feeding;
                await send.WaitForExitAsync(TestContext.Current.CancellationToken);
                return (send.ExitCode, false);
            }
        }

        send.Kill();
        await send.WaitForExitAsync(TestContext.Current.CancellationToken);
        await feeding;
        return (send.ExitCode, true);
    }

    private static async Task FeedAsync(Process send, string input)
    {
        try
        {
            await send.StandardInput.WriteAsync(input);
            send.StandardInput.Close();
        }
        catch (IOException)
        {
            // It was killed before it read everything.
        }
    }
}
