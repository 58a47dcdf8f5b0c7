using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Aldis.Cli.Tests.Server;
using Aldis.Cli.Tests.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary>
/// The types of Unix domain sockets: what each keeps, with sockets of the system's own and socat at the other end.
/// </summary>
public sealed class UnixSocketTypeTests : IDisposable
{
    private const string SocatPatience = "5";
    private const string Listens = "00010000"; // __SO_ACCEPTCON among the flags of /proc/net/unix: the file is there before.

    private readonly TemporaryDirectory _directory = new();

    private string Place => _directory.Combine("s");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("unix+seqpacket", SocketType.Seqpacket)]
    [InlineData("unix+dgram", SocketType.Dgram)]
    public async Task What_is_sent_as_one_comes_back_as_one_also_where_more_waits(string scheme, SocketType type)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo={scheme}:{Place}");
        Assert.Contains($"LISTEN service=echo proto={scheme} path={Place}", server.ErrorLines);
        using Socket client = Connect(type);
        byte[][] packets = [[1], [2, 2], new byte[60_000], [3, 3, 3]];
        foreach (byte[] packet in packets)
        {
            Assert.Equal(packet.Length, await client.SendAsync(packet, TestContext.Current.CancellationToken));
        }

        byte[] room = new byte[100_000];
        foreach (byte[] packet in packets)
        {
            int length = await client.ReceiveAsync(room, TestContext.Current.CancellationToken).AsTask().InTime();
            Assert.Equal(packet, room[..length]);
        }
    }

    [Fact]
    public async Task A_frame_is_one_read_and_gets_one_acknowledgement_each()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync($"ack=unix+seqpacket:{Place}");
        using Socket client = Connect(SocketType.Seqpacket);
        for (int frame = 0; frame < 3; frame++)
        {
            await client.SendAsync("frame"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        byte[] room = new byte[100];
        for (int frame = 0; frame < 3; frame++)
        {
            int length = await client.ReceiveAsync(room, TestContext.Current.CancellationToken).AsTask().InTime();
            Assert.Equal("ACK received", Encoding.UTF8.GetString(room, 0, length));
        }
    }

    [Theory]
    [InlineData("unix+seqpacket")]
    [InlineData("unix+dgram")]
    public async Task Lines_that_are_said_come_back(string scheme)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo={scheme}:{Place}");
        Run run = (await Run.AldisAsync("one\ntwo\n", ["talk", $"{scheme}:{Place}"])).Ends(ExitCode.Confirmed, "2 sent, 2 answered");
        Assert.Equal("one\ntwo\n", run.Output);
        (await Run.AldisAsync("echo", $"{scheme}:{Place}", "-c", "50", "-s", "64K")).Ends(ExitCode.Confirmed, "50 sent, 50 came back");
    }

    [Fact]
    public async Task Every_conversation_of_streams_is_held_over_packets()
    {
        string messages = $"unix+seqpacket:{_directory.Combine("m")}";
        string files = $"unix+seqpacket:{_directory.Combine("f")}";
        await using AldisProcess server = await AldisProcess.ServeAsync("messages=" + messages, "files=" + files);
        (await Run.AldisAsync("send", messages, new string('x', 300_000), "two")).Ends(ExitCode.Confirmed);
        await File.WriteAllBytesAsync(_directory.Combine("file"), new byte[3_000_000], TestContext.Current.CancellationToken);
        (await Run.AldisAsync("copy", _directory.Combine("file"), files)).Ends(ExitCode.Confirmed);
        Run log = await Run.AldisAsync("log", "--data", Path.Combine(server.WorkingDirectory, "aldis-data"));
        Assert.Contains("two", log.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socat_is_answered_over_both()
    {
        string packets = _directory.Combine("p");
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo=unix+seqpacket:{packets}", $"echo=unix+dgram:{Place}");
        using (PeerProgram socat = PeerProgram.Start("socat", "-t", SocatPatience, "-", $"UNIX-CONNECT:{packets},type=5"))
        {
            await socat.SendAsync("packet");
            Assert.Equal("packet", await socat.ReceiveTextAsync(6));
        }

        using (PeerProgram socat = PeerProgram.Start("socat", "-", $"UNIX-SENDTO:{Place},bind={_directory.Combine("own")}"))
        {
            await socat.SendAsync("datagram");
            Assert.Equal("datagram", await socat.ReceiveTextAsync(8));
        }
    }

    [Theory]
    [InlineData("unix+seqpacket", "UNIX-LISTEN:{0},type=5,fork")]
    [InlineData("unix+dgram", "UNIX-RECVFROM:{0},fork")]
    public async Task Socat_is_talked_to_over_both(string scheme, string address)
    {
        using PeerProgram socat = PeerProgram.Start("socat", string.Format(null, address, Place), "EXEC:cat");
        await Wait.UntilAsync(() => File.ReadLines("/proc/net/unix").Any(line => line.EndsWith(Place, StringComparison.Ordinal)
            && (scheme == "unix+dgram" || line.Contains($" {Listens} ", StringComparison.Ordinal))));
        Run run = (await Run.AldisAsync("one\n", ["talk", $"{scheme}:{Place}"])).Ends(ExitCode.Confirmed);
        Assert.Equal("one\n", run.Output);
    }

    [Fact]
    public async Task A_datagram_without_a_sender_is_told_and_the_next_is_answered()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("--json", $"echo=unix+dgram:{Place}");
        using (Socket nameless = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
        {
            await nameless.ConnectAsync(new UnixDomainSocketEndPoint(Place), TestContext.Current.CancellationToken);
            await nameless.SendAsync("hi"u8.ToArray(), TestContext.Current.CancellationToken);
        }

        (await Run.AldisAsync("echo", $"unix+dgram:{Place}", "hi")).Ends(ExitCode.Confirmed);
        await Wait.UntilAsync(() => server.OutputLines.Any(
            static line => line.Contains("has no name that an answer could be sent to", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Who_does_not_read_its_answers_holds_up_nobody()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo=unix+dgram:{Place}");
        using var deaf = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        deaf.Bind(new UnixDomainSocketEndPoint(_directory.Combine("client")));
        for (int datagram = 0; datagram < 200; datagram++)
        {
            await deaf.SendToAsync(new byte[1_000], new UnixDomainSocketEndPoint(Place), TestContext.Current.CancellationToken);
        }

        (await Run.AldisAsync("echo", $"unix+dgram:{Place}", "-c", "20")).Ends(ExitCode.Confirmed, "20 sent, 20 came back");
    }

    [Fact]
    public async Task A_packet_that_is_too_long_ends_its_connection_and_no_other()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo=unix+seqpacket:{Place}");
        using Socket hostile = Connect(SocketType.Seqpacket);
        await hostile.SendAsync(new byte[100_000], TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(0, await hostile.ReceiveAsync(new byte[100_000], TestContext.Current.CancellationToken).AsTask().InTime());
        }
        catch (SocketException)
        {
            // A reset says the same.
        }

        (await Run.AldisAsync("echo", $"unix+seqpacket:{Place}", "hi")).Ends(ExitCode.Confirmed);
    }

    [Theory]
    [InlineData("unix+seqpacket", SocketType.Seqpacket)]
    [InlineData("unix+dgram", SocketType.Dgram)]
    public async Task The_file_that_a_killed_server_left_is_replaced_and_one_that_is_served_is_not(string scheme, SocketType type)
    {
        Leave(type);
        Assert.True(File.Exists(Place));
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo={scheme}:{Place}");
        (int exitCode, _, string[] error) = await AldisProcess.RunAsync(string.Empty, "serve", $"echo=unix:{Place}");
        Assert.Equal((ExitCode.NetworkError, true), (exitCode, error[^1].Contains("another program has it", StringComparison.Ordinal)));
        (await Run.AldisAsync("echo", $"{scheme}:{Place}", "hi")).Ends(ExitCode.Confirmed);
    }

    [Theory]
    [InlineData("unix")]
    [InlineData("unix+seqpacket")]
    [InlineData("unix+dgram")]
    [UnsupportedOSPlatform("windows")]
    public async Task The_file_has_the_permissions_that_the_address_says(string scheme)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo={scheme}:{Place}?mode=620");
        Assert.Contains($"LISTEN service=echo proto={scheme} path={Place}", server.ErrorLines);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite, File.GetUnixFileMode(Place));
        (await Run.AldisAsync("echo", $"{scheme}:{Place}", "hi")).Ends(ExitCode.Confirmed);
    }

    [Theory]
    [InlineData("unix+seqpacket", "unix")]
    [InlineData("unix+seqpacket", "unix+dgram")]
    [InlineData("unix", "unix+seqpacket")]
    public async Task A_socket_of_another_type_is_named_so(string served, string asked)
    {
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo={served}:{Place}");
        (await Run.AldisAsync("echo", $"{asked}:{Place}", "hi")).Ends(ExitCode.NetworkError, "is a socket of another type");
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("talk")]
    public async Task Where_there_is_no_server_it_is_said(string verb)
    {
        (await Run.AldisAsync("hi\n", [verb, $"unix+dgram:{Place}"])).Ends(ExitCode.NetworkError, "does not exist: is the server running?");
        Leave(SocketType.Dgram);
        (await Run.AldisAsync("hi\n", [verb, $"unix+dgram:{Place}"])).Ends(ExitCode.NetworkError, "nothing listens there");
    }

    [Fact]
    public async Task Packets_are_pinged_and_datagrams_have_nothing_to_wait_for()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync($"echo=unix+seqpacket:{Place}");
        Run run = (await Run.AldisAsync("ping", $"unix+seqpacket:{Place}", "-c", "2", "-i", "1ms", "-W", "60")).Ends(ExitCode.Confirmed);
        Assert.Contains("unix+seqpacket_seq=2 time=", run.Output, StringComparison.Ordinal);
        (await Run.AldisAsync("ping", $"unix+dgram:{Place}")).Ends(ExitCode.UsageOrLocalError, "has no connection to wait for");
    }

    private Socket Connect(SocketType type)
    {
        var socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
        if (type == SocketType.Dgram)
        {
            socket.Bind(new UnixDomainSocketEndPoint(_directory.Combine("client")));
        }

        socket.Connect(new UnixDomainSocketEndPoint(Place));
        return socket;
    }

    /// <summary>Leaves the file of a socket behind, as a process does that is killed: the runtime removes what it bound.</summary>
    private void Leave(SocketType type)
    {
        string other = _directory.Combine("other");
        using (var socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(other));
            File.Move(other, Place);
        }
    }
}
