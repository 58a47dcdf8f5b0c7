using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>However a copy in the plain form ends before its file does, the server sees a reset and never the end of the stream.</summary>
public sealed class CopyEndTests : IDisposable
{
    private const string Greeting = "Hello from the client!";
    private const int Large = 50_000_000;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    public async Task Killed_it_resets(string scheme)
    {
        Assert.SkipUnless(scheme != "unix" || OperatingSystem.IsLinux(), "Other systems end a Unix socket in order.");
        await using Receiver receiver = Listen(scheme);
        await using AldisProcess copy = AldisProcess.Start(readsError: true, "copy", "--plain", "/dev/stdin", receiver.Address);
        await copy.FeedAsync(new string('x', 5000));
        await receiver.HasBegun.InTime();
        await copy.KillAsync();
        Assert.Equal("reset", await receiver.End.InTime());
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    public async Task Interrupted_it_resets(string scheme)
    {
        Assert.SkipUnless(scheme != "unix" || OperatingSystem.IsLinux(), "Other systems end a Unix socket in order.");
        using var interruption = new CancellationTokenSource();
        await using Receiver receiver = Listen(scheme);
        Task<Run> copying = Run.AldisAsync(Stream.Null, ["copy", "--plain", FileOf(Large), receiver.Address], interruption.Token);
        await receiver.HasBegun.InTime();
        await interruption.CancelAsync();
        Assert.Equal("reset", await receiver.End.InTime());
        (await copying.InTime()).Ends(ExitCode.Interrupted);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    public async Task Whole_it_ends_in_order(string scheme)
    {
        await using Receiver receiver = Listen(scheme);
        (await Run.AldisAsync("copy", "--plain", FileOf(5000), receiver.Address)).Ends(ExitCode.PartlyConfirmed, "sent, not confirmed");
        Assert.Equal("in order", await receiver.End.InTime());
        Assert.Equal(5000, receiver.Length);
    }

    [Theory]
    [InlineData("grew")]
    [InlineData("shrank")]
    [InlineData("another file took its name")]
    public async Task A_file_that_changes_meanwhile_is_an_error_and_a_reset(string how)
    {
        string file = FileOf(Large);
        await using Receiver receiver = Listen("tcp", () => Change(file, how));
        (await Run.AldisAsync("copy", "--plain", file, receiver.Address).InTime()).Ends(ExitCode.UsageOrLocalError, how);
        Assert.Equal("reset", await receiver.End.InTime());
    }

    [Fact]
    public async Task A_pipe_that_is_silent_does_not_hold_an_interruption()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Named pipes are not files there.");
        string pipe = _directory.Combine("pipe");
        using (Process make = Process.Start("mkfifo", pipe))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await using var writer = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        await writer.WriteAsync(new byte[2000], TestContext.Current.CancellationToken);
        using var interruption = new CancellationTokenSource();
        await using Receiver receiver = Listen("tcp");
        Task<Run> copying = Run.AldisAsync(Stream.Null, ["copy", "--plain", pipe, receiver.Address], interruption.Token);
        await receiver.HasBegun.InTime();
        await interruption.CancelAsync();
        Assert.Equal("reset", await receiver.End.InTime());
        (await copying.InTime()).Ends(ExitCode.Interrupted);
    }

    [Fact]
    public async Task A_server_whose_client_is_killed_stores_nothing()
    {
        await using AldisProcess server = await AldisProcess.ServeAsync("files=127.0.0.1:0", "--data", _directory.Path);
        await using AldisProcess copy = AldisProcess.Start(
            readsError: true, "copy", "--plain", "/dev/stdin", server.EndPoints["files/tcp"].ToString());
        await copy.FeedAsync(new string('x', 5000));
        await server.WaitForLineAsync($"Client: {Greeting}");
        await copy.KillAsync();
        await server.WaitForLineAsync(
            static line => line.EndsWith("the file did not come to its end; nothing is stored", StringComparison.Ordinal));
        await server.StopAsync();
        Assert.Empty(Directory.GetFiles(_directory.Combine("files")));
    }

    private static void Change(string file, string how)
    {
        if (how == "grew")
        {
            File.AppendAllText(file, "more");
        }
        else if (how == "shrank")
        {
            using var open = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            open.SetLength(Large / 2);
        }
        else
        {
            File.WriteAllText(file + ".new", "new");
            File.Move(file + ".new", file, overwrite: true);
        }
    }

    private string FileOf(int length)
    {
        string name = _directory.Combine($"{length}.bin");
        File.WriteAllBytes(name, new byte[length]);
        return name;
    }

    private Receiver Listen(string scheme, Action? onBegun = null) => new(scheme, _directory, onBegun);

    /// <summary>A server of the plain form that takes one file and says how its stream ended.</summary>
    private sealed class Receiver : IAsyncDisposable
    {
        private readonly Socket _listener;
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly X509Certificate2? _certificate;

        public Receiver(string scheme, TemporaryDirectory directory, Action? onBegun)
        {
            EndPoint place = scheme == "unix"
                ? new UnixDomainSocketEndPoint(directory.Combine("s"))
                : new IPEndPoint(IPAddress.Loopback, 0);
            _listener = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            _listener.Bind(place);
            _listener.Listen();
            Address = $"{scheme}:{(scheme == "unix" ? string.Empty : "//")}{_listener.LocalEndPoint}";
            if (scheme == "tls")
            {
                (_, string authority) = TestCertificate.Create(directory);
                _certificate = X509Certificate2.CreateFromPemFile(authority, directory.Combine("key.pem"));
                Address += $"?cafile={authority}";
            }

            End = ReceiveAsync(onBegun);
        }

        public string Address { get; }

        public long Length { get; private set; }

        public Task HasBegun => _begun.Task;

        public Task<string> End { get; }

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await ((Task)End).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _certificate?.Dispose();
        }

        private async Task<string> ReceiveAsync(Action? onBegun)
        {
            using Socket socket = await _listener.AcceptAsync();
            await using Stream stream = await OpenAsync(socket);
            byte[] buffer = new byte[64 * 1024];
            await stream.ReadExactlyAsync(buffer.AsMemory(0, Greeting.Length));
            await stream.WriteAsync("Hello from the server!"u8.ToArray());
            try
            {
                int read;
                while ((read = await stream.ReadAsync(buffer)) > 0)
                {
                    bool isFirst = Length == 0;
                    Length += read;
                    if (isFirst)
                    {
                        onBegun?.Invoke();
                        _begun.TrySetResult();
                    }
                }

                return "in order";
            }
            catch (IOException)
            {
                return "reset";
            }
        }

        private async Task<Stream> OpenAsync(Socket socket)
        {
            var plain = new NetworkStream(socket);
            if (_certificate is null)
            {
                return plain;
            }

            var tls = new SslStream(plain);
            await tls.AuthenticateAsServerAsync(_certificate);
            return tls;
        }
    }
}
