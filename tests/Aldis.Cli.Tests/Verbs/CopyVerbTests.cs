using System.Security.Cryptography;
using Aldis.Cli.Verbs;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

public sealed class CopyVerbTests : IDisposable
{
    private const string Greeting = "Hello from the client!";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aldis-copy-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task A_file_arrives_behind_the_greeting_and_is_not_confirmed(int length)
    {
        var received = new MemoryStream();
        await using Peer peer = ThatStores(received);
        string file = FileOf(length);
        Run run = (await Run.AldisAsync("copy", "--plain", file, peer.Address)).Ends(ExitCode.PartlyConfirmed, "sent, not confirmed");
        Assert.Empty(run.Output);
        Assert.Equal(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken), received.ToArray());
    }

    [Fact]
    public async Task Each_file_has_a_connection_of_its_own()
    {
        await using Peer peer = ThatStores(new MemoryStream());
        Run run = (await Run.AldisAsync("copy", "--plain", FileOf(5), FileOf(6), peer.Address, "--json"))
            .Ends(ExitCode.PartlyConfirmed, "2 of 2 files");
        Assert.Equal(2, peer.Connections);
        Assert.Equal(["sent", "sent", "summary"], run.Events.Select(static one => one.GetProperty("event").GetString()));
        Assert.Equal(11, run.Events[^1].GetProperty("length").GetInt32());
        Assert.Equal(0, run.Events[^1].GetProperty("confirmed").GetInt32());
    }

    [Fact]
    public async Task A_missing_file_among_others_stops_it_before_anything_is_sent()
    {
        await using Peer peer = ThatStores(new MemoryStream());
        (await Run.AldisAsync("copy", "--plain", FileOf(5), Path.Combine(_folder.FullName, "nope"), peer.Address))
            .Ends(ExitCode.UsageOrLocalError, "nothing was sent");
        Assert.Equal(0, peer.Connections);
    }

    [Fact]
    public async Task A_directory_is_refused() =>
        (await Run.AldisAsync("copy", "--plain", _folder.FullName, Peer.Nowhere())).Ends(ExitCode.UsageOrLocalError, "is a directory");

    [Fact]
    public async Task The_last_argument_must_be_an_address_and_no_other_may()
    {
        (await Run.AldisAsync("copy", "--plain", "a", "b")).Ends(ExitCode.UsageOrLocalError, "'b' is no address");
        (await Run.AldisAsync("copy", "--plain", "h:1", "h:2")).Ends(ExitCode.UsageOrLocalError, "only the last argument");
    }

    [Theory]
    [InlineData("host:9000", true)]
    [InlineData("[::1]:9000", true)]
    [InlineData("tcp://host", true)]
    [InlineData("tls://host?insecure", true)]
    [InlineData("unix:/run/x", true)]
    [InlineData("arq+tls://host:1", true)]
    [InlineData("host", false)]
    [InlineData("host:", false)]
    [InlineData(":9000", false)]
    [InlineData("./host:9000", false)]
    [InlineData("C:\\file:1", false)]
    [InlineData("report-12:30.txt", false)]
    [InlineData("/tmp/://x", false)]
    public void An_argument_is_remote_if_it_has_a_scheme_or_is_host_and_digits(string argument, bool isRemote) =>
        Assert.Equal(isRemote, RemotePlace.Of(argument) is not null);

    [Theory]
    [InlineData("host:9000/a/b", "host:9000", "a/b")]
    [InlineData("host:9000/", "host:9000", "")]
    [InlineData("host:9000", "host:9000", null)]
    [InlineData("[::1]:9000/a", "[::1]:9000", "a")]
    [InlineData("tls://host/a?insecure", "tls://host?insecure", "a")]
    [InlineData("arq://host:1?profile=lossy", "arq://host:1?profile=lossy", null)]
    [InlineData("unix:/run/x//a/b", "unix:/run/x", "a/b")]
    [InlineData("unix:/run/x", "unix:/run/x", null)]
    public void Behind_an_address_stands_what_is_meant_there(string argument, string address, string? path) =>
        Assert.Equal(new RemotePlace(address, path), RemotePlace.Of(argument));

    [Fact]
    public async Task A_server_that_answers_in_single_bytes_is_understood()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, Greeting.Length, stop);
            await Peer.SendByteByByteAsync(socket, "Hello from the server!", stop);
            Assert.Equal("abc", await Peer.ReadAsync(socket, 3, stop));
        });
        string file = Path.Combine(_folder.FullName, "abc");
        await File.WriteAllTextAsync(file, "abc", TestContext.Current.CancellationToken);
        (await Run.AldisAsync("copy", "--plain", file, peer.Address)).Ends(ExitCode.PartlyConfirmed);
    }

    [Fact]
    public async Task A_silent_peer_is_exit_3()
    {
        await using Peer peer = Peer.ThatIsSilent();
        (await Run.AldisAsync("copy", "--plain", FileOf(5), peer.Address, "--timeout", "200ms")).Ends(ExitCode.Timeout, "gave no answer");
    }

    [Fact]
    public async Task A_server_that_does_not_close_is_exit_3()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, Greeting.Length, stop);
            await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
            await Task.Delay(Timeout.Infinite, stop);
        });
        (await Run.AldisAsync("copy", "--plain", FileOf(5), peer.Address, "--timeout", "200ms")).Ends(ExitCode.Timeout);
    }

    [Fact]
    public async Task A_server_that_resets_in_the_middle_is_exit_1()
    {
        await using Peer peer = Peer.That(static async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, Greeting.Length, stop);
            await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
            await Peer.ReadAsync(socket, 1000, stop);
            socket.LingerState = new System.Net.Sockets.LingerOption(true, 0);
        });
        (await Run.AldisAsync("copy", "--plain", FileOf(50_000_000), peer.Address)).Ends(ExitCode.NetworkError, peer.Address);
    }

    [Fact]
    public async Task A_peer_that_speaks_http_is_exit_4()
    {
        await using Peer peer = Peer.ThatSpeaksHttp();
        (await Run.AldisAsync("copy", "--plain", FileOf(5), peer.Address))
            .Ends(ExitCode.Refused, "'Hello from the server!' was expected, 'HTTP/1.1");
    }

    [Fact]
    public async Task A_refused_connection_is_exit_1() =>
        (await Run.AldisAsync("copy", "--plain", FileOf(5), Peer.Nowhere())).Ends(ExitCode.NetworkError, "nothing listens there");

    [Fact]
    public async Task An_interruption_resets_so_that_half_a_file_is_not_taken_for_a_whole()
    {
        using var interruption = new CancellationTokenSource();
        var seen = new TaskCompletionSource<bool>();
        await using Peer peer = Peer.That(async (socket, stop) =>
        {
            await Peer.ReadAsync(socket, Greeting.Length, stop);
            await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
            await Peer.ReadAsync(socket, 1000, stop);
            await interruption.CancelAsync();
            try
            {
                while (await socket.ReceiveAsync(new byte[64 * 1024], stop) > 0)
                {
                }

                seen.SetResult(false);
            }
            catch (System.Net.Sockets.SocketException)
            {
                seen.SetResult(true);
            }
        });
        Run run = await Run.AldisAsync(Stream.Null, ["copy", "--plain", FileOf(50_000_000), peer.Address], interruption.Token);
        run.Ends(ExitCode.Interrupted);
        Assert.True(await seen.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken), "an orderly end came");
    }

    private static Peer ThatStores(MemoryStream received) => Peer.That(async (socket, stop) =>
    {
        Assert.Equal(Greeting, await Peer.ReadAsync(socket, Greeting.Length, stop));
        await socket.SendAsync("Hello from the server!"u8.ToArray(), stop);
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await socket.ReceiveAsync(buffer, stop)) > 0)
        {
            received.Write(buffer, 0, read);
        }
    });

    private string FileOf(int length)
    {
        string name = Path.Combine(_folder.FullName, $"{length}.bin");
        File.WriteAllBytes(name, RandomNumberGenerator.GetBytes(length));
        return name;
    }
}
