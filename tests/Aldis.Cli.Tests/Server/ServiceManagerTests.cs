using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Aldis.Cli.Verbs.Serve;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>A server under a service manager: what it is told, and sockets that come with the process.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ServiceManagerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Socket _manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ServiceManagerTests() => _manager.Bind(new UnixDomainSocketEndPoint(NotifyPath));

    private string NotifyPath => _directory.Combine("notify");

    public void Dispose()
    {
        _manager.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task It_is_told_of_readiness_of_each_reload_and_of_the_end()
    {
        await using AldisProcess server = await ServeAsync(string.Empty);
        Assert.Matches("^READY=1\nSTATUS=serving ack at tcp://127\\.0\\.0\\.1:[0-9]+$", await ToldAsync());
        Assert.Contains(server.ErrorLines, static line => line.StartsWith("LISTEN ", StringComparison.Ordinal));

        await server.SignalAsync("HUP");
        string[] reloading = (await ToldAsync()).Split('\n');
        Assert.Equal("RELOADING=1", reloading[0]);
        Assert.Matches("^MONOTONIC_USEC=[0-9]+$", reloading[1]);
        Assert.StartsWith("READY=1\n", await ToldAsync(), StringComparison.Ordinal);

        await server.SignalAsync("TERM");
        Assert.StartsWith("STOPPING=1\n", await ToldAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    [Fact]
    public async Task It_is_given_signs_of_life()
    {
        await using AldisProcess server = await ServeAsync("WATCHDOG_USEC=200000 ");
        int signs = 0;
        while (signs < 3)
        {
            signs += await ToldAsync() == "WATCHDOG=1" ? 1 : 0;
        }

        await server.StopAsync();
    }

    [Theory]
    [InlineData("WATCHDOG_PID=1 WATCHDOG_USEC=1")]
    [InlineData("WATCHDOG_USEC=0")]
    [InlineData("")]
    public void Signs_of_life_that_are_not_asked_for_are_not_given(string environment)
    {
        using ServiceManager manager = Of(environment);
        manager.Watch(() => true, new VirtualTime(DateTimeOffset.UnixEpoch));
        manager.Stopping();
        Assert.StartsWith("STOPPING=1", Told(), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_loops_do_not_answer_there_is_no_sign_of_life()
    {
        var time = new VirtualTime(DateTimeOffset.UnixEpoch);
        bool isAlive = true;
        using ServiceManager manager = Of("WATCHDOG_USEC=10000000");
        manager.Watch(() => isAlive, time);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("WATCHDOG=1", Told());

        isAlive = false;
        time.Advance(TimeSpan.FromSeconds(60));
        manager.Stopping();
        Assert.StartsWith("STOPPING=1", Told(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ack=tcp://127.0.0.1:{P}", "INET", "STREAM")]
    [InlineData("echo=udp://127.0.0.1:{P}", "INET", "DGRAM")]
    [InlineData("echo=arq://127.0.0.1:{P}", "INET", "DGRAM")]
    [InlineData("ack=unix:{D}/ack.sock", "UNIX", "STREAM")]
    public async Task A_socket_that_was_passed_is_listened_at_and_outlives_the_server(string address, string family, string type)
    {
        string place = family == "UNIX" ? $"'{_directory.Combine("ack.sock")}'" : "('127.0.0.1',0)";
        await using AldisProcess parent = AldisProcess.Shell($$"""
            exec python3 -c "
            import os, socket, subprocess, sys
            s = socket.socket(socket.AF_{{family}}, socket.SOCK_{{type}}); s.bind({{place}})
            if '{{type}}' == 'STREAM': s.listen(16)
            port = str(s.getsockname()[1]) if '{{family}}' == 'INET' else ''
            def passing(): os.dup2(s.fileno(), 3); os.set_inheritable(3, True); os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='one')
            for turn in range(2):
                pid = os.fork()
                if pid == 0:
                    passing(); os.execv('$A', ['aldis', 'serve', '--dashboard', 'off', '{{address}}'.replace('{P}', port).replace('{D}', '{{_directory.Path}}')])
                print('started', pid, port, flush=True); os.waitpid(pid, 0); print('ended', turn, flush=True)
            "
            """);
        for (int turn = 0; turn < 2; turn++)
        {
            int count = turn + 1;
            await parent.WaitForOutputAsync(_ => parent.OutputLines.Count(static line => line.StartsWith("started", StringComparison.Ordinal)) == count);
            string[] started = parent.OutputLines.Last(static line => line.StartsWith("started", StringComparison.Ordinal)).Split(' ');
            await Wait.UntilAsync(() => parent.ErrorLines.Count(static line => line.StartsWith("LISTEN ", StringComparison.Ordinal)) == count);
            Assert.DoesNotContain(parent.ErrorLines, static line => line.Contains("warning: descriptor", StringComparison.Ordinal));
            if (type == "STREAM")
            {
                EndPoint server = family == "UNIX"
                    ? new UnixDomainSocketEndPoint(_directory.Combine("ack.sock"))
                    : new IPEndPoint(IPAddress.Loopback, int.Parse(started[2], System.Globalization.CultureInfo.InvariantCulture));
                using LabClient client = await LabClient.ConnectAsync(server);
                await client.SendAsync("x");
                Assert.Equal("ACK received", await client.ReceiveOnceAsync());
            }
            else
            {
                string scheme = address["echo=".Length..address.IndexOf("://", StringComparison.Ordinal)];
                (await Verbs.Run.AldisAsync("echo", $"{scheme}://127.0.0.1:{started[2]}", "x")).Ends(ExitCode.Confirmed);
            }

            using var kill = System.Diagnostics.Process.Start("sh", ["-c", $"kill {started[1]}"]);
            await parent.WaitForOutputAsync(_ => parent.OutputLines.Contains($"ended {turn}"));
        }
    }

    [Fact]
    public async Task A_socket_that_was_passed_and_no_address_asks_for_is_warned_of()
    {
        await using AldisProcess server = AldisProcess.Shell("""
            exec python3 -c "
            import os, socket
            s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(1); os.dup2(s.fileno(), 3); os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='spare')
            os.execv('$A', ['aldis', 'serve', '--dashboard', 'off', 'ack=127.0.0.1:0'])
            "
            """);
        await server.WaitForLineAsync(static line =>
            line.StartsWith("aldis: warning: descriptor 3 (spare) was passed, bound to 127.0.0.1:", StringComparison.Ordinal)
            && line.EndsWith("and no address of this server is there.", StringComparison.Ordinal));
    }

    private Task<AldisProcess> ServeAsync(string environment) => AldisProcess.ServeShellAsync(
        $"NOTIFY_SOCKET='{NotifyPath}' {environment}exec \"$A\" serve --dashboard off ack=127.0.0.1:0");

    private ServiceManager Of(string environment)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append("NOTIFY_SOCKET=" + NotifyPath)
            .Select(static one => one.Split('=', 2)).ToDictionary(static one => one[0], static one => one[1], StringComparer.Ordinal);
        return ServiceManager.Of(variables.GetValueOrDefault, processId: 4711);
    }

    private async Task<string> ToldAsync()
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, await _manager.ReceiveAsync(buffer, TestContext.Current.CancellationToken).AsTask().InTime());
    }

    private string Told()
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _manager.Receive(buffer));
    }
}
