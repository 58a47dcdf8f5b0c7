using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>How <c>aldis serve</c> starts, fails to start, and ends.</summary>
public sealed class SignalTests
{
    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("INT", "INT", "INT")]
    [InlineData("TERM", "HUP")]
    public async Task The_first_press_finishes_what_is_in_flight_and_exits_0_with_a_summary(params string[] signals)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=127.0.0.1:0");
        using LabClient idle = await server.ConnectAsync("messages");
        using LabClient client = await server.ConnectAsync("messages");
        // One send, so that the answer to the first message says that the beginning of the second is on the server too.
        await client.SendAsync(LabFrame.Of("first") + LabFrame.Header(5) + "he");
        await client.ReceiveFrameAsync();

        await server.SignalAsync(signals);
        Assert.Empty(await idle.ReceiveToEndAsync());
        await client.SendAsync("llo");

        Assert.Equal(LabFrame.Confirmation, await client.ReceiveTextToEndAsync());
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.Equal("aldis: stopped; 2 connections served, 0 refused.", server.ErrorLines[^1]);
        Assert.Contains($"[{client.Address}] hello", server.ErrorLines);
    }

    [Theory]
    [InlineData("INT", "TERM", 143)]
    [InlineData("TERM", "INT", 130)]
    public async Task The_second_press_ends_the_process_at_once(string first, string second, int exitCode)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=127.0.0.1:0");
        using LabClient idle = await server.ConnectAsync("messages");
        using LabClient client = await server.ConnectAsync("messages");
        await client.SendAsync(LabFrame.Of("first") + LabFrame.Header(5));
        await client.ReceiveFrameAsync();

        await server.SignalAsync(first);
        await idle.WaitForEndAsync();
        await server.SignalAsync(second);

        Assert.Equal(exitCode, await server.WaitForExitAsync());
        Assert.DoesNotContain(server.ErrorLines, line => line.Contains("stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_exit_1_and_a_sentence_that_names_it()
    {
        await using AldisProcess first = await AldisProcess.ServeAsync("ack=127.0.0.1:0");
        string taken = first.EndPoints["ack/tcp"].ToString();
        await using AldisProcess second = AldisProcess.Start(readsError: true, "serve", $"echo={taken}", "ack=127.0.0.1:0");

        Assert.Equal(1, await second.WaitForExitAsync());
        Assert.Equal(
            [$"aldis: cannot listen on {taken}: another program has it; stop that program or choose another port."], second.ErrorLines);
    }

    [Theory]
    [InlineData("ehco", "'ehco' is no conversation: there are ack, echo, exchange, files, messages; did you mean 'echo'?")]
    [InlineData("ack=127.0.0.1:99999", "'127.0.0.1:99999' has the port '99999': a port is a number from 0 to 65535.")]
    [InlineData("ack=smtp://127.0.0.1:1", "'smtp://127.0.0.1:1' has the unknown scheme 'smtp': known are tcp, tls, udp, arq, arq+tls, unix, unix+seqpacket and unix+dgram.")]
    public async Task A_wrong_name_or_address_is_exit_2_and_a_sentence(string word, string sentence)
    {
        await using AldisProcess aldis = AldisProcess.Start(readsError: true, "serve", word);

        Assert.Equal(2, await aldis.WaitForExitAsync());
        Assert.Equal(["aldis: " + sentence], aldis.ErrorLines);
    }

    [Fact]
    public async Task Json_prints_what_happens_as_one_object_a_line_with_lengths_and_without_text()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--json", "--quiet", "messages=127.0.0.1:0");
        using (LabClient client = await server.ConnectAsync("messages"))
        {
            await client.SendAsync(LabFrame.Of("a secret"));
            await client.ReceiveFrameAsync();
            client.FinishWriting();
            await client.ReceiveToEndAsync();
        }

        await server.StopAsync();

        string[] events = [.. server.OutputLines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetString()!)];
        Assert.Equal(["listen", "connection-opened", "message-received", "message-acknowledged", "connection-closed", "summary"], events);
        Assert.Contains("\"length\":8", server.OutputLines[2], StringComparison.Ordinal);
        Assert.DoesNotContain(server.OutputLines, line => line.Contains("secret", StringComparison.Ordinal));
        Assert.DoesNotContain(server.ErrorLines, line => line.Contains("NEW CONNECTION", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Standard_error_that_nobody_reads_stops_neither_the_conversation_nor_the_end()
    {
        // No LISTEN line can be read here: the path of a Unix socket is known beforehand.
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("aldis.sock");
        await using AldisProcess server = AldisProcess.Start(readsError: false, "serve", $"exchange=unix:{path}");
        using LabClient client = await ConnectWhenThereAsync(new UnixDomainSocketEndPoint(path));

        // A pipe holds 64 KiB and the queue 8,192 events; each of these lines is longer than 200 bytes.
        for (int count = 0; count < 12_000; count++)
        {
            string text = $"{count:000000}".PadRight(210, 'x');
            await client.SendAsync(text);
            Assert.Equal(text, await client.ReceiveTextAsync(210));
        }

        await server.SignalAsync("TERM");
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    private static async Task<LabClient> ConnectWhenThereAsync(EndPoint server)
    {
        LabClient? client = null;
        await Wait.UntilAsync(async () =>
        {
            try
            {
                client = await LabClient.ConnectAsync(server);
            }
            catch (SocketException)
            {
                // Not there yet.
            }

            return client is not null;
        });
        return client!;
    }
}
