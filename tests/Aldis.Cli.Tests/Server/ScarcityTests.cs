using System.Net;
using System.Net.Sockets;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>A server whose process may have few descriptors, or whose disk takes no more.</summary>
public sealed class ScarcityTests
{
    private const int HeaderLength = 64;
    private const int MessageBytes = 1024 * 1024;
    private const int MessagesOfASegment = 65;

    [Fact]
    public async Task Files_that_take_every_descriptor_are_refused_and_the_journal_begins_its_next_segment()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is that of Linux.");
        await using AldisProcess server = await AldisProcess.ServeShellAsync(
            "ulimit -n 500; exec \"$A\" serve --data . files=tcp://127.0.0.1:0 messages=tcp://127.0.0.1:0", count: 2);
        await server.WaitForLineAsync(static line => line.StartsWith("Fault: the process may have 500 file descriptors", StringComparison.Ordinal));
        using LabClient messages = await server.ConnectAsync("messages");
        var uploads = new List<Socket>();
        for (int count = 0; count < 300; count++)
        {
            var upload = new Socket(SocketType.Stream, ProtocolType.Tcp);
            uploads.Add(upload);

            // Ten of each address: one with many gets none of the last descriptors.
            upload.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)(count / 10)]), 0));
            await TryAsync(upload.ConnectAsync(server.EndPoints["files/tcp"], TestContext.Current.CancellationToken).AsTask());
        }

        await server.WaitForLineAsync(static line => line.Contains("out of file descriptors", StringComparison.Ordinal));
        foreach (Socket upload in uploads)
        {
            await TryAsync(upload.SendAsync("Hello from the client!"u8.ToArray(), TestContext.Current.CancellationToken).AsTask());
        }

        await server.WaitForLineAsync(static line => line.Contains("no file descriptor left for another file", StringComparison.Ordinal));
        string payload = "1048576".PadRight(HeaderLength) + new string('x', MessageBytes);
        for (int count = 0; count < MessagesOfASegment; count++)
        {
            await messages.SendAsync(payload);
            Assert.NotEqual(string.Empty, await messages.ReceiveOnceAsync());
        }

        Assert.True(File.Exists(Path.Combine(server.WorkingDirectory, "journal", "0000000002.segment")));
        uploads.ForEach(static upload => upload.Dispose());
        await server.StopAsync();
        string summary = server.ErrorLines[^1];
        Assert.StartsWith("aldis: stopped; ", summary, StringComparison.Ordinal);
        Assert.DoesNotContain(" 0 refused", summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_failed_is_said_with_quiet_too_the_others_go_on_and_the_exit_code_says_so_at_the_end()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The limit is that of Linux.");
        await using AldisProcess server = await AldisProcess.ServeShellAsync(
            "export DOTNET_EnableWriteXorExecute=0; ulimit -f 2000; "
                + "exec \"$A\" serve --quiet --json --data . messages=tcp://127.0.0.1:0 ack=tcp://127.0.0.1:0",
            count: 2);
        using (LabClient client = await server.ConnectAsync("messages"))
        {
            await client.SendAsync("5".PadRight(HeaderLength) + "hello");
            await client.WaitForEndAsync();
        }

        await server.WaitForLineAsync(static line =>
            line.StartsWith("aldis: the journal failed, no message is acknowledged any more: ", StringComparison.Ordinal)
            && line.EndsWith(" Restart when the disk is well.", StringComparison.Ordinal));
        await server.WaitForOutputAsync("fault");
        using (LabClient other = await server.ConnectAsync("ack"))
        {
            await other.SendAsync("x");
            Assert.Equal("ACK received", await other.ReceiveOnceAsync());
        }

        await server.SignalAsync("TERM");
        Assert.Equal(ExitCode.UsageOrLocalError, await server.WaitForExitAsync());
        Assert.Contains(server.OutputLines, static line => line.Contains("\"cause\":\"store-failed\"", StringComparison.Ordinal));
        Assert.Contains(server.OutputLines, static line => line.StartsWith("{\"event\":\"error\"", StringComparison.Ordinal));
    }

    private static async Task TryAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (SocketException)
        {
            // It was refused, now or before.
        }
    }
}
