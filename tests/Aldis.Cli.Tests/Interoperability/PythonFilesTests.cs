using System.Diagnostics;
using System.Globalization;
using System.Net;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary>The client of docs/protocols/files.md section 13, run by the program it is written for.</summary>
public sealed class PythonFilesTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ConversationServer _server = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Received => _directory.Combine("files");

    private string Report => _directory.Combine("report.txt");

    public async ValueTask InitializeAsync()
    {
        _server.Listen(FilesConversation.Into(new FileInbox(new InboxOptions { Directory = Received })), "tcp://127.0.0.1:0");
        await _server.StartAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1 << 20)]
    public async Task A_file_is_stored_once_with_what_it_says_and_confirmed_again_when_it_is_sent_again(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        await File.WriteAllBytesAsync(Report, content, Stop);
        Assert.Equal(string.Empty, await RunAsync());
        Assert.Equal(string.Empty, await RunAsync());

        // The same content with another time is compared by its digest.
        File.SetLastWriteTimeUtc(Report, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(string.Empty, await RunAsync());

        Assert.Equal(content, await File.ReadAllBytesAsync(Path.Combine(Received, "report.txt"), Stop));
        Assert.Equal(["report.txt"], Directory.GetFiles(Received).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Another_file_of_the_same_name_is_refused_and_the_first_one_stays()
    {
        await File.WriteAllTextAsync(Report, "first", Stop);
        Assert.Equal(string.Empty, await RunAsync());
        await File.WriteAllTextAsync(Report, "other", Stop);
        Assert.Contains("NAK 0 0 exists", await RunAsync(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Report, "a longer one", Stop);
        Assert.Contains("NAK 0 0 exists", await RunAsync(), StringComparison.Ordinal);

        Assert.Equal("first", await File.ReadAllTextAsync(Path.Combine(Received, "report.txt"), Stop));
    }

    [Fact]
    public async Task The_sample_is_the_one_of_the_document_and_has_at_most_thirty_lines()
    {
        string source = await PeerLab.ReadAsync("samples/files-in-python/client.py");

        Assert.Contains($"```python\n{source}```\n", await PeerLab.ReadAsync("docs/protocols/files.md"), StringComparison.Ordinal);
        Assert.InRange(source.Count(static letter => letter == '\n'), 1, 30);
    }

    /// <summary>Runs the sample.</summary>
    /// <returns>What it complained of; empty where it ended well.</returns>
    private async Task<string> RunAsync()
    {
        string sample = Path.Combine(_directory.Path, "client.py");
        await File.WriteAllTextAsync(sample, await PeerLab.ReadAsync("samples/files-in-python/client.py"), Stop);
        int port = ((IPEndPoint)Assert.Single(_server.Endpoints).EndPoint).Port;
        string[] arguments = [sample, "127.0.0.1", port.ToString(CultureInfo.InvariantCulture), "pump-7", Report];
        using Process process = Process.Start(
            new ProcessStartInfo(PeerProgram.Require("python3"), arguments) { RedirectStandardError = true, UseShellExecute = false })!;
        string said = await process.StandardError.ReadToEndAsync(Stop).InTime();
        await process.WaitForExitAsync(Stop).InTime();
        Assert.Equal(said.Length == 0, process.ExitCode == 0);
        return said;
    }
}
