using System.Net;
using System.Net.Sockets;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Cli.Verbs.Link;
using Aldis.Protocols.Scenarios;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Link;

/// <summary>The command <c>aldis link</c> as a program sees it; what a link does to traffic is tested where it is decided.</summary>
public sealed class LinkVerbTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tcp")]
    [InlineData("udp")]
    public async Task Conversations_go_through_it_and_it_sums_up_at_its_end(string protocol)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--quiet", $"echo={protocol}://127.0.0.1:0");
        await using AldisProcess link = await AldisProcess.LinkAsync(
            $"{protocol}://127.0.0.1:0", server.EndPoints[$"echo/{protocol}"].ToString());
        Run echo = await Run.AldisAsync("echo", $"{protocol}://{link.EndPoints[$"link/{protocol}"]}", "through the link");
        Assert.Equal("through the link\n", echo.Ends(ExitCode.Confirmed).Output);
        await link.StopAsync();

        string target = $"{protocol}://{server.EndPoints[$"echo/{protocol}"]}";
        Assert.StartsWith($"aldis: a link to {target} by {protocol}; --seed ", link.ErrorLines[0], StringComparison.Ordinal);
        Assert.EndsWith("; clients 1.", link.ErrorLines[^3], StringComparison.Ordinal);
        Assert.Equal(
            ["aldis: to target  in 1 (16 B)  out 1 (16 B)", "aldis: to client  in 1 (16 B)  out 1 (16 B)"], link.ErrorLines[^2..]);
    }

    [Fact]
    public async Task Faults_are_asked_for_in_both_directions_or_in_one()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--quiet", "echo=udp://127.0.0.1:0");
        await using AldisProcess link = await AldisProcess.LinkAsync(
            "udp://127.0.0.1:0", server.EndPoints["echo/udp"].ToString(), "--loss", "100%", "--to-target-loss", "0", "--delay", "1ms");
        Run echo = await Run.AldisAsync("echo", $"udp://{link.EndPoints["link/udp"]}", "-c", "3", "--timeout", "500ms", "--quiet");
        Assert.NotEqual(ExitCode.Confirmed, echo.ExitCode);
        await link.StopAsync();
        Assert.Equal(
            ["aldis: to target  in 3 (96 B)  out 3 (96 B)  delayed 3", "aldis: to client  in 3 (96 B)  out 0 (0 B)  lost 3"],
            link.ErrorLines[^2..]);
    }

    [Fact]
    public void Every_word_of_a_script_that_is_a_fault_is_an_option_too() => Assert.Equal(
        LinkWords.OfScripts.Select(static word => word.Name).Except(["restore", "clear", "profile"]).Order(StringComparer.Ordinal),
        LinkFaultOptions.Words.Order(StringComparer.Ordinal));

    [Fact]
    public async Task It_says_whom_it_could_not_serve()
    {
        int nobody = FreePort();
        await using AldisProcess link = await AldisProcess.LinkAsync("127.0.0.1:0", $"127.0.0.1:{nobody}");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(link.EndPoints["link/tcp"], Stop);
        await link.WaitForLineAsync(
            line => line.StartsWith($"aldis: client 1: tcp://127.0.0.1:{nobody} cannot be reached: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tcp://127.0.0.1")]
    [InlineData("udp://127.0.0.1")]
    [InlineData("tcp://any")]
    public async Task A_target_that_is_the_link_itself_is_refused(string listen)
    {
        int port = FreePort();
        Run run = await Run.AldisAsync("link", $"{listen}:{port}", $"127.0.0.1:{port}");
        run.Ends(
            ExitCode.NetworkError,
            $"aldis: the target 127.0.0.1:{port} is where the link itself listens: name where the server listens.");
    }

    [Fact]
    public async Task Who_listens_for_others_is_warned()
    {
        await using AldisProcess link = await AldisProcess.LinkAsync("tcp://any:0", "127.0.0.1:9");
        Assert.Contains(
            link.ErrorLines,
            static line => line.StartsWith("aldis: warning: other machines reach the link at ", StringComparison.Ordinal)
                && line.EndsWith(", and through it tcp://127.0.0.1:9.", StringComparison.Ordinal));
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
