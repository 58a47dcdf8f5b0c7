using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary>Our clients hold their conversations with ncat, socat and nc as servers.</summary>
public sealed class PeersAsServersTests
{
    public static TheoryData<string> EchoServers => ["ncat", "socat"];

    public static TheoryData<string> OneConnectionServers => ["ncat", "socat", "nc"];

    [Theory]
    [MemberData(nameof(EchoServers))]
    public async Task Echo_gets_its_text_back(string program)
    {
        string port = FreePort(SocketType.Stream);
        using PeerProgram peer = await StartEchoAsync(program, port);

        var (exitCode, output, _) = await AldisProcess.RunAsync(
            string.Empty, "echo", "-c", "3", "-i", "1ms", $"127.0.0.1:{port}", "Hello, world");

        Assert.Equal(0, exitCode);
        Assert.Equal(["Hello, world", "Hello, world", "Hello, world"], output);
    }

    [Theory]
    [MemberData(nameof(EchoServers))]
    public async Task Echo_gets_its_datagrams_back(string program)
    {
        string port = FreePort(SocketType.Dgram);
        using PeerProgram peer = program == "ncat"
            ? await PeerProgram.ListenAsync("ncat", "-v", "-u", "-l", "-k", "-e", "/bin/cat", "127.0.0.1", port)
            : PeerProgram.Start("socat", $"UDP-RECVFROM:{port},bind=127.0.0.1,fork", "PIPE");
        await UntilBoundAsync(port);

        var (exitCode, output, _) = await AldisProcess.RunAsync(
            string.Empty, "echo", "-c", "2", "-i", "1ms", $"udp://127.0.0.1:{port}", "Hello, world");

        Assert.Equal(0, exitCode);
        Assert.Equal(["Hello, world", "Hello, world"], output);
    }

    [Theory]
    [MemberData(nameof(EchoServers))]
    public async Task Talk_reads_one_reply_for_each_line(string program)
    {
        string port = FreePort(SocketType.Stream);
        using PeerProgram peer = await StartEchoAsync(program, port);

        var (exitCode, output, _) = await AldisProcess.RunAsync("good day\n\ngrüß dich\n", "talk", $"127.0.0.1:{port}");

        Assert.Equal(0, exitCode);
        Assert.Equal(["good day", "grüß dich"], output);
    }

    [Theory]
    [MemberData(nameof(OneConnectionServers))]
    public async Task Send_puts_header_and_text_on_the_wire_and_believes_the_confirmation(string program)
    {
        string port = FreePort(SocketType.Stream);
        using PeerProgram peer = await ListenOnceAsync(program, port);
        var sending = AldisProcess.RunAsync(
            string.Empty, "send", "--plain", $"127.0.0.1:{port}", "grüß dich", "second");

        foreach (string text in new[] { "grüß dich", "second", LabFrame.Disconnect })
        {
            string frame = LabFrame.Of(text);
            Assert.Equal(frame, await peer.ReceiveTextAsync(System.Text.Encoding.UTF8.GetByteCount(frame)));
            await peer.SendAsync(LabFrame.Confirmation);
        }

        Assert.Equal(0, (await sending).ExitCode);
    }

    [Theory]
    [MemberData(nameof(OneConnectionServers))]
    public async Task Copy_greets_waits_for_the_answer_and_streams_the_file(string program)
    {
        using var directory = new TemporaryDirectory();
        byte[] file = new byte[300_000];
        new Random(4).NextBytes(file);
        await File.WriteAllBytesAsync(directory.Combine("file.bin"), file, TestContext.Current.CancellationToken);
        string port = FreePort(SocketType.Stream);
        using PeerProgram peer = await ListenOnceAsync(program, port);
        var copying = AldisProcess.RunAsync(
            string.Empty, "copy", "--plain", directory.Combine("file.bin"), $"127.0.0.1:{port}");

        Assert.Equal("Hello from the client!", await peer.ReceiveTextAsync(22));
        await peer.SendAsync("Hello from the server!");
        byte[] received = await peer.ReceiveExactlyAsync(file.Length);
        peer.FinishWriting();

        Assert.True(file.AsSpan().SequenceEqual(received));
        Assert.Empty(await peer.ReceiveTextToEndAsync());

        // Sent, not confirmed: the plain form has no word for "stored".
        Assert.Equal(6, (await copying).ExitCode);
    }

    [Theory]
    [MemberData(nameof(OneConnectionServers))]
    public async Task Send_to_a_peer_that_speaks_something_else_is_a_sentence_and_no_success(string program)
    {
        string port = FreePort(SocketType.Stream);
        using PeerProgram peer = await ListenOnceAsync(program, port);
        var sending = AldisProcess.RunAsync(
            string.Empty, "send", "--plain", $"127.0.0.1:{port}", "hello");

        await peer.SendAsync("220 mail.example ESMTP ready\r\n" + new string('-', 100));

        var (exitCode, _, error) = await sending;
        Assert.NotEqual(0, exitCode);
        Assert.Contains(error, line => line.StartsWith("aldis: ", StringComparison.Ordinal));
    }

    /// <summary>A port that was free a moment ago; these programs cannot say which port 0 became.</summary>
    private static string FreePort(SocketType type)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, type, ProtocolType.Unspecified);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture);
    }

    private static Task<PeerProgram> StartEchoAsync(string program, string port) => program == "ncat"
        ? PeerProgram.ListenAsync("ncat", "-v", "-l", "-k", "-e", "/bin/cat", "127.0.0.1", port)
        : PeerProgram.ListenAsync("socat", "-d", "-d", $"TCP-LISTEN:{port},bind=127.0.0.1,fork", "PIPE");

    private static Task<PeerProgram> ListenOnceAsync(string program, string port) => program switch
    {
        "socat" => PeerProgram.ListenAsync("socat", "-d", "-d", "-t", "60", "-", $"TCP-LISTEN:{port},bind=127.0.0.1"),
        "nc" => PeerProgram.ListenAsync("nc", "-v", "-N", "-l", "127.0.0.1", port),
        _ => PeerProgram.ListenAsync("ncat", "-v", "-l", "127.0.0.1", port),
    };

    /// <summary>socat says nothing when it waits for a datagram: its port is taken once it is there.</summary>
    private static async Task UntilBoundAsync(string port)
    {
        var endPoint = new IPEndPoint(IPAddress.Loopback, int.Parse(port, NumberStyles.None, CultureInfo.InvariantCulture));
        await Wait.UntilAsync(() =>
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            try
            {
                probe.Bind(endPoint);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        });
    }
}
