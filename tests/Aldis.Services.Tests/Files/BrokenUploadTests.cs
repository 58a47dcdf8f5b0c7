using Aldis.Services.Events;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Services.Tests.Hosting;
using Aldis.Tests;
using Aldis.Transports.Dialing;

namespace Aldis.Services.Tests.Files;

/// <summary>A server whose client breaks off in the middle of a file, over each transport.</summary>
public sealed class BrokenUploadTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("tcp")]
    [InlineData("tls")]
    [InlineData("unix")]
    [InlineData("arq")]
    [InlineData("arq+tls")]
    public async Task Nothing_of_it_is_left_and_the_reason_is_the_connection(string scheme)
    {
        Assert.SkipUnless(scheme != "unix" || OperatingSystem.IsLinux(), "Other systems end a Unix socket in order.");
        string files = _directory.Combine("files");
        (string options, string authority) = TestCertificate.Create(_directory);
        bool usesTls = scheme.EndsWith("tls", StringComparison.Ordinal);
        string place = scheme == "unix"
            ? $"unix:{_directory.Combine("s")}"
            : $"{scheme}://127.0.0.1:0" + (usesTls ? "?" + options : string.Empty);
        await using RunningServer server = await RunningServer.StartAsync(
            "files", new FilesHandler(new FileInbox(new InboxOptions { Directory = files, FreeSpaceFloor = 0 })), address: place);
        string address = server.Server.Endpoints[0].Uri + (usesTls ? $"?cafile={authority}" : string.Empty);

        await using PlainFilesClient client = await PlainFilesClient.ConnectAsync(address, cancellationToken: Stop);
        await Assert.ThrowsAsync<IOException>(() => client.SendAsync(
            new BreaksOff(server.Events.WaitForAsync(ServiceEventKind.GreetingReceived)), cancellationToken: Stop));

        ServiceEvent refused = await server.Events.WaitForAsync(ServiceEventKind.FileRefused);
        Assert.Contains("did not come to its end", refused.Detail, StringComparison.Ordinal);
        ServiceEvent closed = await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed);
        Assert.Equal("reset by the client", closed.Detail);
        Assert.Empty(Directory.GetFiles(files));
    }

    [Fact]
    public async Task A_client_that_is_closed_without_having_sent_its_file_resets()
    {
        string files = _directory.Combine("files");
        await using RunningServer server = await RunningServer.StartAsync(
            "files", new FilesHandler(new FileInbox(new InboxOptions { Directory = files, FreeSpaceFloor = 0 })));
        ClientConnection connection = await Dialer.ConnectAsync(
            Transports.Addresses.EndpointAddress.Parse(server.Server.Endpoints[0].Uri),
            new DialOptions { ResetsUntilFinished = true },
            Stop);
        await connection.Stream.WriteAsync("Hello from the client!"u8.ToArray(), Stop);
        await server.Events.WaitForAsync(ServiceEventKind.GreetingReceived);

        // The server has answered and waits for the file: a reset while it writes is told as what the write was.
        Assert.NotEqual(0, await connection.Stream.ReadAsync(new byte[100], Stop));
        await connection.DisposeAsync();
        Assert.Equal("reset by the client", (await server.Events.WaitForAsync(ServiceEventKind.ConnectionClosed)).Detail);
    }

    /// <summary>A source that gives some bytes, then fails.</summary>
    /// <summary>Breaks off when the server has begun: a reset before that takes away what it has not read, and there was no file.</summary>
    private sealed class BreaksOff(Task begun) : MemoryStream
    {
        private int _reads;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_reads++ < 3)
            {
                return buffer.Length;
            }

            await begun.InTime();
            throw new IOException("bad sector");
        }
    }
}
