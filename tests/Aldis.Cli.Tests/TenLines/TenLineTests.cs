using System.Globalization;
using System.Net;
using System.Text;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Services.Hosting;
using Aldis.Services.Journal;
using Aldis.Services.Messages;
using Aldis.Services.Storage;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Tests.TenLines;

/// <summary>The samples of <c>samples/ten-lines</c>, run by the programs they are written for, with the connection cut at the worst moments.</summary>
public sealed class TenLineTests : IAsyncLifetime
{
    private const string ClientId = "pump-7";

    // The answer to the third message of the first run is lost, then that to the first after going on, then the very first answer.
    private static readonly int[] Cuts = [3, 1, 0];

    private readonly string _directory = Directory.CreateTempSubdirectory("aldis-ten-lines-").FullName;
    private readonly string[] _readings =
        [.. Enumerable.Range(1, 12).Select(number => number == 7 ? "grüße, 7 °C" : number == 9 ? string.Empty : $"reading {number}")];

    private MessageStore _store = null!;
    private ConversationServer _server = null!;

    private string Readings => Path.Combine(_directory, "readings.txt");

    private string Journal => Path.Combine(_directory, "journal");

    private static string Samples
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Aldis.slnx")))
            {
                folder = folder.Parent;
            }

            return Path.Combine(folder!.FullName, "samples", "ten-lines");
        }
    }

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(Readings, string.Join('\n', _readings) + "\n", new UTF8Encoding(false));
        _store = MessageStore.Open(new MessageStoreOptions { Directory = Journal });
        _server = new ConversationServer(new ServerOptions());
        _server.Listen("messages", EndpointAddress.Parse("tcp://127.0.0.1:0"), new MessagesHandler(_store));
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("python3", "client.py")]
    [InlineData("node", "client.js")]
    [InlineData("bash", "client.sh")]
    public async Task A_script_stores_each_reading_once_although_answers_were_lost(string program, string script) =>
        await RunUntilDoneAsync(Peer.Require(program), Path.Combine(Samples, script));

    [Fact]
    public async Task The_c_program_stores_each_reading_once_although_answers_were_lost()
    {
        string program = Path.Combine(_directory, "client");
        Assert.Equal(0, await RunAsync(
            Peer.Require("cc"), "-Wall", "-Wextra", "-Werror", "-o", program, Path.Combine(Samples, "client.c")));
        await RunUntilDoneAsync(program);
    }

    [Fact]
    public async Task A_client_that_numbers_anew_on_every_run_is_caught()
    {
        string python = Peer.Require("python3");
        string sample = await File.ReadAllTextAsync(Path.Combine(Samples, "client.py"), TestContext.Current.CancellationToken);
        string broken = Path.Combine(_directory, "broken.py");
        await File.WriteAllTextAsync(
            broken, sample.Replace("\"rb\"), 1)", "\"rb\"), last + 1)", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await RunWithCutsAsync(python, broken);
        Assert.NotEqual(_readings, Stored());
    }

    [Theory]
    [InlineData("client.py", 11)]
    [InlineData("client.js", 13)]
    [InlineData("client.sh", 12)]
    [InlineData("client.c", 35)]
    public void A_sample_is_as_short_as_promised(string name, int most)
    {
        int lines = File.ReadLines(Path.Combine(Samples, name)).Select(line => line.Trim())
            .Count(line => line.Length > 0 && !line.StartsWith('#') && !line.StartsWith("//", StringComparison.Ordinal)
                && !line.StartsWith("/*", StringComparison.Ordinal) && !line.EndsWith("*/", StringComparison.Ordinal));
        Assert.True(lines <= most, $"{name} has {lines} lines of code");
    }

    private async Task RunUntilDoneAsync(string program, params string[] arguments)
    {
        await RunWithCutsAsync(program, arguments);
        Assert.Equal(_readings, Stored());
        JournalVerification verification = JournalReader.Verify(Journal, FileStorage.Instance);
        Assert.True(verification.IsSound, string.Join('\n', verification.Problems));
    }

    /// <summary>Runs a client until it ends well; each cut must have been noticed by it.</summary>
    private async Task RunWithCutsAsync(string program, params string[] arguments)
    {
        BoundEndpoint server = Assert.Single(_server.Endpoints);
        await using var proxy = new CuttingProxy((IPEndPoint)server.EndPoint, Cuts);
        string[] words = [.. arguments, "127.0.0.1", proxy.Port.ToString(CultureInfo.InvariantCulture), ClientId, Readings];
        for (int run = 1; run <= Cuts.Length; run++)
        {
            Assert.True(await RunAsync(program, words) != 0, $"run {run} was cut and ended as if it had not been");
            Assert.Equal(run, proxy.Cuts);
        }

        Assert.Equal(0, await RunAsync(program, words));
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Peer peer = Peer.Start(program, arguments);
        peer.FinishWriting();
        return await peer.WaitForExitAsync();
    }

    private List<string> Stored()
    {
        using var reader = new JournalReader(Journal, FileStorage.Instance, new JournalQuery { Client = ClientId });
        var texts = new List<string>();
        while (reader.TryRead(out JournalMessage? message))
        {
            texts.Add(Encoding.UTF8.GetString(message.Payload.Span));
        }

        return texts;
    }
}
