using System.Text.Json;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>
/// The real process with standard streams that are closed, full, a directory or silent. Where one is closed at the start the runtime
/// soon has a pipe of its own under that number; neither reading nor writing it must happen.
/// </summary>
public sealed class StandardStreamTests
{
    [Theory]
    [InlineData("exec \"$A\" --help >/dev/full", 2, "aldis: standard output cannot be written: No space left on device.")]
    [InlineData("exec \"$A\" --version >/dev/full", 2, "aldis: standard output cannot be written: No space left on device.")]
    [InlineData("exec \"$A\" lab >/dev/full", 2, "aldis: standard output cannot be written: No space left on device.")]
    [InlineData("exec \"$A\" --version >&-", 2, "aldis: standard output cannot be written: it was closed when aldis was started.")]
    [InlineData("exec \"$A\" lab --json >&-", 2, "aldis: standard output cannot be written: it was closed when aldis was started.")]
    [InlineData("exec \"$A\" lab --bogus 2>&-", 2, "")]
    [InlineData("exec \"$A\" lab --bogus 2>/dev/full", 2, "")]
    [InlineData("exec \"$A\" lab --frames 3 2>&- <&- | wc -l >&2", 0, "")]
    [InlineData("\"$A\" lab --help | true; exec \"$A\" --version >/dev/null", 0, "")]
    [InlineData("{ \"$A\" lab --help; echo $? >&2; } | head -1 >/dev/null", 0, "141")]
    [InlineData("{ \"$A\" --version; echo $? >&2; } | true", 0, "141")]
    [InlineData("export DOTNET_EnableWriteXorExecute=0; ulimit -f 8; exec \"$A\" lab --frames 5000 --all >out", 2,
        "aldis: standard output cannot be written: File too large.")]
    public async Task Output_that_fails_is_a_sentence_and_never_a_trace(string script, int exitCode, string sentence)
    {
        (int ended, string _, string error) = await AldisProcess.ShellAsync(script);
        Assert.True(ended == exitCode, $"exit {ended}\n{error}");
        Assert.StartsWith(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec \"$A\" send \"$H\" x 2>/dev/full", 0)]
    [InlineData("exec \"$A\" send \"$H\" x 2>&-", 0)]
    [InlineData("exec \"$A\" send \"$H\" x <&- >&- 2>&-", 0)]
    [InlineData("exec \"$A\" send --plain \"$H\" x 2>&-", 0)]
    [InlineData("exec \"$A\" send --json \"$H\" x >/dev/full", 2)]
    [InlineData("exec \"$A\" send --json \"$H\" x >&-", 2)]
    [InlineData("exec \"$A\" send --plain --json \"$H\" x >/dev/full", 2)]
    [InlineData("echo x | \"$A\" send --json \"$H\" >/dev/full", 2)]
    public async Task A_message_is_stored_whatever_becomes_of_what_is_said_about_it(string script, int exitCode)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=127.0.0.1:0");
        Assert.Equal(exitCode, (await AldisProcess.ShellAsync(script, Address(server, "messages"))).ExitCode);
        await server.StopAsync();
        Assert.Equal(["x"], await StoredAsync(server));
    }

    [Theory]
    [InlineData("exec \"$A\" send \"$H\" <&-", "it was closed when aldis was started")]
    [InlineData("exec \"$A\" send --plain \"$H\" <&-", "it was closed when aldis was started")]
    [InlineData("exec \"$A\" talk \"$H\" <&-", "it was closed when aldis was started")]
    [InlineData("exec \"$A\" copy --plain /dev/stdin \"$H\" <&-", "it was closed when aldis was started")]
    [InlineData("exec \"$A\" copy --plain /dev/fd/0 \"$H\" <&-", "it was closed when aldis was started")]
    [InlineData("exec \"$A\" lab --input - <&-", "it was closed when aldis was started")]
    [InlineData("exec \"$A\" lab --input /dev/stdin <&-", "it was closed when aldis was started")]
    [InlineData("exec \"$A\" send \"$H\" </", "Is a directory")]
    [InlineData("exec \"$A\" send --plain \"$H\" </", "Is a directory")]
    [InlineData("exec \"$A\" talk \"$H\" </", "Is a directory")]
    [InlineData("exec \"$A\" lab --input - </", "Is a directory")]
    [InlineData("exec \"$A\" lab --input /", "it is a directory")]
    [InlineData("exec \"$A\" copy --plain / \"$H\"", "is a directory")]
    [InlineData("exec \"$A\" copy --plain /dev/stdin \"$H\" </", "is a directory")]
    [InlineData("exec \"$A\" send \"$H\" 0>out", "Bad file descriptor")]
    [InlineData("exec \"$A\" lab --input - </dev/null", "standard input is empty")]
    [InlineData("exec \"$A\" lab --input /dev/zero", "more than 64 MiB")]
    public async Task Input_that_cannot_be_read_is_a_sentence_and_exit_2(string script, string sentence)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=127.0.0.1:0");
        (int exitCode, string _, string error) = await AldisProcess.ShellAsync(script, Address(server, "messages"));
        Assert.True(exitCode == 2, $"exit {exitCode}\n{error}");
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mkfifo p; exec \"$A\" copy --plain p \"$H\"", "INT", 130)]
    [InlineData("mkfifo p; exec \"$A\" copy --plain p \"$H\"", "TERM", 143)]
    [InlineData("mkfifo p; exec \"$A\" copy --plain p \"$H\"", "HUP", 129)]
    [InlineData("mkfifo p; exec \"$A\" lab --input p", "INT", 130)]
    [InlineData("mkfifo p; exec 3<>p; exec \"$A\" copy --plain /dev/fd/3 \"$H\"", "TERM", 143)]
    [InlineData("mkfifo p; exec 3<>p; exec \"$A\" lab --input /dev/fd/3", "TERM", 143)]
    [InlineData("mkfifo p; exec 3<>p; exec \"$A\" send \"$H\" <&3", "INT", 130)]
    [InlineData("mkfifo p; exec 3<>p; exec \"$A\" send \"$H\" <&3", "HUP", 129)]
    [InlineData("mkfifo p; exec 3<>p; exec \"$A\" send --plain \"$H\" <&3", "INT", 130)]
    [InlineData("mkfifo p; exec 3<>p; exec \"$A\" talk \"$H\" <&3", "HUP", 129)]
    [InlineData("mkfifo p; exec 3<>p; exec \"$A\" lab --frames 5000 --all >&3", "INT", 130)]
    [InlineData("mkfifo p; exec 3<>p; exec \"$A\" lab --frames 5000 --json >&3", "TERM", 143)]
    public async Task The_first_press_ends_it_wherever_it_waits(string script, string signal, int exitCode)
    {
        // A peer that greets like a files server, and says nothing more.
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            byte[] buffer = new byte[64 * 1024];
            if (await socket.ReceiveAsync(buffer, stop) > 0)
            {
                await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
            }

            while (await socket.ReceiveAsync(buffer, stop) > 0)
            {
            }
        });
        await using AldisProcess aldis = AldisProcess.Shell(script, peer.Address);
        await aldis.WaitForSignalsAsync();
        await aldis.SignalAsync(signal);
        Assert.Equal(exitCode, await aldis.WaitForExitAsync());
        Assert.DoesNotContain(aldis.ErrorLines, static line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("exec \"$A\" serve --json --data d messages=127.0.0.1:0 >/dev/full", 2)]
    [InlineData("exec \"$A\" serve --json --data d messages=127.0.0.1:0 >&-", 2)]
    [InlineData("exec \"$A\" serve --data d messages=127.0.0.1:0 >&-", 0)]
    public async Task A_server_whose_events_cannot_be_written_serves_on_says_so_once_and_ends_with_2(string script, int exitCode)
    {
        await using AldisProcess server = await AldisProcess.ServeShellAsync(script);
        using (LabClient client = await server.ConnectAsync("messages"))
        {
            await client.SendAsync(LabFrame.Of("stored all the same"));
            await client.ReceiveFrameAsync();
        }

        if (exitCode == 2)
        {
            await server.WaitForLineAsync("aldis: serving goes on without events; the exit status will say so.");
        }

        await server.SignalAsync("TERM");
        Assert.Equal(exitCode, await server.WaitForExitAsync());
        int told = server.ErrorLines.Count(static line => line.Contains("standard output", StringComparison.Ordinal));
        Assert.Equal(exitCode == 2 ? 1 : 0, told);
    }

    [Theory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    [InlineData("<&- 2>&-")]
    public async Task A_server_that_nobody_can_hear_serves_and_ends_in_order(string redirection)
    {
        await using AldisProcess server = AldisProcess.Shell($"exec \"$A\" serve --json --data d messages=127.0.0.1:0 {redirection}");
        await server.WaitForOutputAsync("listen");
        int port = JsonDocument.Parse(server.OutputLines[0]).RootElement.GetProperty("port").GetInt32();
        using (LabClient client = await LabClient.ConnectAsync(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, port)))
        {
            await client.SendAsync(LabFrame.Of("heard"));
            await client.ReceiveFrameAsync();
        }

        await server.SignalAsync("TERM");
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task A_hangup_that_is_ignored_stays_ignored()
    {
        await using AldisProcess server =
            await AldisProcess.ServeShellAsync("trap '' HUP; exec \"$A\" serve --data d messages=127.0.0.1:0");
        await server.SignalAsync("HUP");
        using (LabClient client = await server.ConnectAsync("messages"))
        {
            await client.SendAsync(LabFrame.Of("still here"));
            await client.ReceiveFrameAsync();
        }

        await server.StopAsync();
    }

    [Theory]
    [InlineData("exec \"$A\" send \"$H\" \"$(printf 'caf\\351 5')\"")]
    [InlineData("exec dotnet \"$A.dll\" send \"$H\" \"$(printf 'caf\\351 5')\"")]
    [InlineData("exec dotnet exec \"$A.dll\" send --plain \"$H\" -- \"$(printf 'caf\\351 5')\"")]
    [InlineData("printf 'caf\\351 5' | \"$A\" send \"$H\"")]
    public async Task A_text_that_is_not_UTF8_is_stored_byte_for_byte(string script)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=127.0.0.1:0");
        (int exitCode, string _, string error) = await AldisProcess.ShellAsync(script, Address(server, "messages"));
        Assert.True(exitCode == 0, error);
        await server.StopAsync();
        Assert.Equal([Convert.ToBase64String([.. "caf"u8, 0xe9, .. " 5"u8])], await StoredAsync(server, "base64"));
    }

    [Theory]
    [InlineData("printf hello | \"$A\" lab --input - --json")]
    [InlineData("printf hello | \"$A\" lab --input /dev/stdin --json")]
    [InlineData("mkfifo p; (printf hello >p) & exec \"$A\" lab --input p --json")]
    public async Task The_laboratory_takes_what_can_be_read_only_once(string script)
    {
        (int exitCode, string output, string error) = await AldisProcess.ShellAsync(script);
        Assert.True(exitCode == 0, error);
        Assert.Contains("\"bytes\":5,", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_on_a_thread_of_its_own_ends_the_process_with_a_sentence_and_70()
    {
        string hook = typeof(StartupHook).Assembly.Location;
        await using AldisProcess server = await AldisProcess.ServeShellAsync(
            $"DOTNET_STARTUP_HOOKS='{hook}'; export DOTNET_STARTUP_HOOKS; exec \"$A\" serve --data d messages=127.0.0.1:0");
        await File.WriteAllTextAsync(
            Path.Combine(server.WorkingDirectory, StartupHook.TriggerName), string.Empty, TestContext.Current.CancellationToken);

        Assert.Equal(70, await server.WaitForExitAsync());
        Assert.Equal(
            [
                "aldis: a fault in aldis itself ended it: nobody thought of this",
                "aldis: please report it; with ALDIS_DEBUG=1 in the environment it is told in full.",
            ],
            server.ErrorLines[^2..]);
    }

    private static string Address(AldisProcess server, string service) => server.EndPoints[service + "/tcp"].ToString();

    private static async Task<string[]> StoredAsync(AldisProcess server, string property = "text")
    {
        (int exitCode, string[] output, string[] _) =
            await AldisProcess.RunAsync(string.Empty, "log", "--json", "--data", Path.Combine(server.WorkingDirectory, "aldis-data"));
        Assert.Equal(0, exitCode);
        return [.. output.Select(line => JsonDocument.Parse(line).RootElement.GetProperty(property).GetString()!)];
    }
}
