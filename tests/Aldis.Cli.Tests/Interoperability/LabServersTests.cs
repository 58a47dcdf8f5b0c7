using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary>Our clients against the lab servers, played with the single receives and sends that those programs make.</summary>
public sealed class LabServersTests : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public LabServersTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
    }

    private string Address => _listener.LocalEndPoint!.ToString()!;

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Talk_holds_the_ack_conversation()
    {
        var talking = AldisProcess.RunAsync("Hello\nagain\n", "talk", Address);
        using LabClient server = await LabClient.AcceptAsync(_listener);
        foreach (string text in new[] { "Hello", "again" })
        {
            Assert.Equal(text, await server.ReceiveOnceAsync());
            await server.SendAsync("ACK received");
        }

        Assert.Empty(await server.ReceiveOnceAsync());
        var (exitCode, output, _) = await talking;
        Assert.Equal(0, exitCode);
        Assert.Equal(["ACK received", "ACK received"], output);
    }

    [Fact]
    public async Task Echo_holds_the_echo_conversation()
    {
        var echoing = AldisProcess.RunAsync(string.Empty, "echo", Address, "Hello, world");
        using LabClient server = await LabClient.AcceptAsync(_listener);
        string text = await server.ReceiveOnceAsync();
        Assert.Equal("Hello, world", text);
        await server.SendAsync(text);

        var (exitCode, output, _) = await echoing;
        Assert.Equal(0, exitCode);
        Assert.Equal(["Hello, world"], output);
    }

    [Fact]
    public async Task Talk_holds_the_exchange_conversation_and_closes_without_waiting_for_the_server()
    {
        var talking = AldisProcess.RunAsync("one\ntwo\n", "talk", Address);
        using LabClient server = await LabClient.AcceptAsync(_listener);
        foreach (string text in new[] { "one", "two" })
        {
            Assert.Equal(text, await server.ReceiveOnceAsync());
            await server.SendAsync(text);
        }

        // The lab's server sits in its next receive and never closes first.
        var (exitCode, output, _) = await talking;
        Assert.Equal(0, exitCode);
        Assert.Equal(["one", "two"], output);
    }

    [Fact]
    public async Task Copy_holds_the_files_conversation()
    {
        using var directory = new TemporaryDirectory();
        string text = string.Concat(Enumerable.Range(0, 3000).Select(number => $"line {number}\n"));
        await File.WriteAllTextAsync(directory.Combine("file.txt"), text, TestContext.Current.CancellationToken);
        var copying = AldisProcess.RunAsync(
            string.Empty, "copy", "--plain", directory.Combine("file.txt"), Address);
        using LabClient server = await LabClient.AcceptAsync(_listener);

        // The lab's server believes that one receive is the greeting and nothing else.
        Assert.Equal("Hello from the client!", await server.ReceiveOnceAsync());
        await server.SendAsync("Hello from the server!");
        var stored = new StringBuilder();
        for (string piece = await server.ReceiveOnceAsync(); piece.Length > 0; piece = await server.ReceiveOnceAsync())
        {
            stored.Append(piece);
        }

        server.Dispose();
        Assert.Equal(text, stored.ToString());
        Assert.Equal(6, (await copying).ExitCode);
    }

    [Fact]
    public async Task Send_holds_the_messages_conversation()
    {
        var sending = AldisProcess.RunAsync(
            "Hello World!\n\ngrüß dich\n", "send", "--plain", Address);
        using LabClient server = await LabClient.AcceptAsync(_listener);
        List<string> texts = [];
        do
        {
            string header = await server.ReceiveTextAsync(LabFrame.HeaderLength);
            int length = int.Parse(header, NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture);
            texts.Add(await server.ReceiveTextAsync(length));
            await server.SendAsync(LabFrame.Header(33));
            await server.SendAsync(LabFrame.ConfirmationText);
        }
        while (texts[^1] != LabFrame.Disconnect);

        server.Dispose();
        Assert.Equal(["Hello World!", string.Empty, "grüß dich", LabFrame.Disconnect], texts);
        Assert.Equal(0, (await sending).ExitCode);
    }

    [Fact]
    public async Task Send_to_a_server_that_closes_in_the_middle_is_no_success()
    {
        var sending = AldisProcess.RunAsync(
            string.Empty, "send", "--plain", Address, "one", "two");
        using (LabClient server = await LabClient.AcceptAsync(_listener))
        {
            Assert.Equal(LabFrame.Of("one"), await server.ReceiveTextAsync(67));
            await server.SendAsync(LabFrame.Confirmation);
            Assert.Equal(LabFrame.Header(3), await server.ReceiveTextAsync(64));
        }

        var (exitCode, _, error) = await sending;
        Assert.Contains(exitCode, new[] { 1, 3, 6 });
        Assert.Contains(error, line => line.StartsWith("aldis: ", StringComparison.Ordinal));
    }
}
