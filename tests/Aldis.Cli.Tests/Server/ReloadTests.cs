using System.Runtime.Versioning;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>SIGHUP to a server that has something to read again, and to one that has not.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ReloadTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string FilePath => _directory.Combine("aldis.json");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_limit_that_was_changed_counts_for_the_next_client_and_what_needs_a_restart_is_named()
    {
        Write("{\"Limits\":{\"MaxConnectionsPerAddress\":1}}");
        await using AldisProcess server = await ServeAsync();
        using LabClient held = await server.ConnectAsync("ack");
        await held.SendAsync("x");
        await held.ReceiveOnceAsync();
        using (LabClient refused = await server.ConnectAsync("ack"))
        {
            await refused.WaitForEndAsync();
        }

        Write("{\"Limits\":{\"MaxConnectionsPerAddress\":2},\n\"Store\":{\"Level\":\"stored\"}}");
        await server.SignalAsync("HUP");
        await server.WaitForLineAsync(
            $"Reloaded: the configuration {FilePath} was read again: Limits:MaxConnectionsPerAddress is 2 instead of 1");
        Assert.Contains($"Not reloaded: {FilePath}:2: Store:Level was changed, and counts from the next start on", server.ErrorLines);
        using LabClient taken = await server.ConnectAsync("ack");
        await taken.SendAsync("x");
        Assert.Equal("ACK received", await taken.ReceiveOnceAsync());
        await server.StopAsync();
    }

    [Fact]
    public async Task A_configuration_that_is_bad_or_gone_changes_nothing()
    {
        Write("{\"Limits\":{\"MaxConnectionsPerAddress\":1}}");
        await using AldisProcess server = await ServeAsync();
        Write("{\"Limits\":{\"MaxConnectionsPerAddress\":5,\n\"MaxConections\":1}}");
        await server.SignalAsync("HUP");
        await server.WaitForLineAsync(
            $"Not reloaded: {FilePath}:2: Limits:MaxConections is no setting; did you mean 'Limits:MaxConnections'?; "
                + "the configuration of before goes on counting");
        File.Delete(FilePath);
        await server.SignalAsync("HUP");
        await server.WaitForLineAsync(static line => line.StartsWith("Not reloaded: the configuration '", StringComparison.Ordinal));
        using LabClient held = await server.ConnectAsync("ack");
        await held.SendAsync("x");
        await held.ReceiveOnceAsync();
        using LabClient refused = await server.ConnectAsync("ack");
        await refused.WaitForEndAsync();
        await server.StopAsync();
    }

    [Fact]
    public async Task Certificates_are_read_again()
    {
        using var authority = new TestAuthority(_directory);
        string options = authority.Issue("localhost");
        await using AldisProcess server = await AldisProcess.ServeAsync("--dashboard", "off", $"ack=tls://127.0.0.1:0?{options}");
        await server.SignalAsync("HUP");
        await server.WaitForLineAsync(static line => line.StartsWith("Reloaded: the TLS of ", StringComparison.Ordinal));
        await server.StopAsync();
    }

    [Fact]
    public async Task A_server_that_has_nothing_to_read_again_ends()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--dashboard", "off", "ack=127.0.0.1:0");
        await server.SignalAsync("HUP");
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task A_terminal_that_is_closed_ends_a_server_that_has_something_to_read_again()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("script(1) takes a command as Linux has it.");
            return;
        }

        Write("{}");
        string socket = _directory.Combine("ack.sock");
        await using AldisProcess terminal = AldisProcess.Shell(
            $"exec script -qfc \"exec $A serve --dashboard off --config '{FilePath}' ack=unix:{socket}\" /dev/null");
        await Wait.UntilAsync(() => File.Exists(socket));
        await terminal.KillAsync();
        await Wait.UntilAsync(() => !File.Exists(socket));
    }

    private Task<AldisProcess> ServeAsync() => AldisProcess.ServeAsync("--dashboard", "off", "--config", FilePath, "ack=127.0.0.1:0");

    private void Write(string json) => File.WriteAllText(FilePath, json);
}
