using System.Globalization;
using System.Net;
using System.Text;
using Aldis.Cli.Tests.Interoperability;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Protocols.Impairment;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Tests.TenLines;

/// <summary>The samples of <c>samples/ten-lines</c>, run by the programs they are written for, with the connection cut at the worst moments.</summary>
public sealed class TenLineTests : IAsyncLifetime
{
    private const string ClientId = "pump-7";
    private const int UnitBytes = 64;

    // The answer to the third message of the first run is lost, then that to the first new one after going on, then the very first answer.
    private static readonly int[] Cuts = [3 * UnitBytes, 2 * UnitBytes, 0];

    private readonly string _directory = Directory.CreateTempSubdirectory("aldis-ten-lines-").FullName;
    private readonly string[] _readings =
        [.. Enumerable.Range(1, 12).Select(number => number == 7 ? "grüße, 7 °C" : number == 9 ? string.Empty : $"reading {number}")];

    private MessageStore _store = null!;
    private ConversationServer _server = null!;

    private string Readings => Path.Combine(_directory, "readings.txt");

    private IPEndPoint Server => (IPEndPoint)Assert.Single(_server.Endpoints).EndPoint;

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
        await WriteAsync(_readings);
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
    [InlineData("cc", "client.c")]
    [InlineData("python3", "README.md")]
    public async Task A_sample_stores_each_reading_once_although_answers_were_lost(string tool, string sample) =>
        await RunUntilDoneAsync(await PrepareAsync(tool, sample));

    [Theory]
    [InlineData("python3", "client.py")]
    [InlineData("node", "client.js")]
    [InlineData("bash", "client.sh")]
    [InlineData("cc", "client.c")]
    [InlineData("python3", "README.md")]
    public async Task A_sample_sends_nothing_under_an_id_that_another_list_or_a_longer_one_was_sent_under(string tool, string sample)
    {
        string[] command = await PrepareAsync(tool, sample);
        Assert.Equal(0, await RunAsync(command, Server.Port));

        await WriteAsync([.. _readings[..^1], "another last reading", "one more"]);
        Assert.NotEqual(0, await RunAsync(command, Server.Port));
        await WriteAsync(_readings[..^1]);
        Assert.NotEqual(0, await RunAsync(command, Server.Port));
        await WriteAsync([]);
        Assert.NotEqual(0, await RunAsync(command, Server.Port));

        Assert.Equal(_readings, Stored());
        string[] longer = [.. _readings, "one more"];
        await WriteAsync(longer);
        Assert.Equal(0, await RunAsync(command, Server.Port));
        Assert.Equal(longer, Stored());
    }

    [Theory]
    [InlineData("python3", "client.py")]
    [InlineData("node", "client.js")]
    [InlineData("bash", "client.sh")]
    [InlineData("cc", "client.c")]
    [InlineData("python3", "README.md")]
    public async Task A_sample_without_anything_to_send_is_done(string tool, string sample)
    {
        await WriteAsync([]);
        Assert.Equal(0, await RunAsync(await PrepareAsync(tool, sample), Server.Port));
        Assert.Empty(Stored());
    }

    [Fact]
    public async Task A_client_that_numbers_anew_on_every_run_is_caught()
    {
        string python = PeerProgram.Require("python3");
        string sample = await File.ReadAllTextAsync(Path.Combine(Samples, "client.py"), TestContext.Current.CancellationToken);
        string broken = Path.Combine(_directory, "broken.py");
        sample = sample.Replace("(readings, 1)", "(readings, last + 1)", StringComparison.Ordinal);
        await File.WriteAllTextAsync(broken, sample, TestContext.Current.CancellationToken);
        await RunWithCutsAsync([python, broken]);
        Assert.NotEqual(_readings, Stored());
    }

    [Theory]
    [InlineData("client.py", 11)]
    [InlineData("client.js", 15)]
    [InlineData("client.sh", 13)]
    [InlineData("client.c", 35)]
    public void A_sample_is_as_short_as_promised(string name, int most)
    {
        int lines = File.ReadLines(Path.Combine(Samples, name)).Select(line => line.Trim())
            .Count(line => line.Length > 0 && !line.StartsWith('#') && !line.StartsWith("//", StringComparison.Ordinal)
                && !line.StartsWith("/*", StringComparison.Ordinal) && !line.EndsWith("*/", StringComparison.Ordinal));
        Assert.True(lines <= most, $"{name} has {lines} lines of code");
    }

    /// <summary>The command that runs a sample; its arguments are to follow.</summary>
    private async Task<string[]> PrepareAsync(string tool, string sample)
    {
        string path = Path.Combine(Samples, sample);
        if (sample == "README.md")
        {
            path = Path.Combine(_directory, "readme.py");
            await File.WriteAllTextAsync(path, await ReadmeProgramAsync(), TestContext.Current.CancellationToken);
        }

        if (tool != "cc")
        {
            return [PeerProgram.Require(tool), path];
        }

        string program = Path.Combine(_directory, "client");
        Assert.Equal(0, await RunAsync([PeerProgram.Require(tool), "-Wall", "-Wextra", "-Werror", "-o", program, path]));
        return [program];
    }

    /// <summary>The ten lines of the project's README, with the samples' arguments in the places of what stands there.</summary>
    private static async Task<string> ReadmeProgramAsync()
    {
        string readme = await File.ReadAllTextAsync(Path.Combine(Samples, "..", "..", "README.md"), TestContext.Current.CancellationToken);
        string program = readme.Split("```python\n").Select(part => part.Split("```")[0])
            .Single(part => part.Contains("ALDIS/1 messages", StringComparison.Ordinal));
        Assert.Equal(10, program.TrimEnd().Split('\n').Length);
        return "import sys; readings = open(sys.argv[4], encoding='utf-8').read().split('\\n')[:-1]\n"
            + program.Replace("(\"127.0.0.1\", 9999)", "(sys.argv[1], int(sys.argv[2]))", StringComparison.Ordinal)
                .Replace("\"ALDIS/1 messages client=pump-7\"", "\"ALDIS/1 messages client=\" + sys.argv[3]", StringComparison.Ordinal);
    }

    private async Task WriteAsync(string[] readings)
    {
        string text = string.Concat(readings.Select(reading => reading + "\n"));
        await File.WriteAllTextAsync(Readings, text, new UTF8Encoding(false), TestContext.Current.CancellationToken);
    }

    private async Task RunUntilDoneAsync(string[] command)
    {
        await RunWithCutsAsync(command);
        Assert.Equal(_readings, Stored());
        JournalVerification verification = JournalReader.Verify(Journal, FileStorage.Instance);
        Assert.True(verification.IsSound, string.Join('\n', verification.Problems));
    }

    /// <summary>Runs a client until it ends well; each cut must have been noticed by it.</summary>
    private async Task RunWithCutsAsync(string[] command)
    {
        await using LinkRelay relay = LinkRelay.Start("tcp://127.0.0.1:0", $"tcp://{Server}");
        ((ILinkControl)relay).SetLayers(LinkDirection.ToClient, LinkWatch.Cuts(Cuts));
        int port = ((IPEndPoint)relay.EndPoint).Port;
        for (int run = 1; run <= Cuts.Length; run++)
        {
            Assert.True(await RunAsync(command, port) != 0, $"run {run} was cut and ended as if it had not been");
            Assert.Equal(run, relay.Counters.Reset);
        }

        Assert.Equal(0, await RunAsync(command, port));
    }

    private async Task<int> RunAsync(string[] command, int port) =>
        await RunAsync([.. command, "127.0.0.1", port.ToString(CultureInfo.InvariantCulture), ClientId, Readings]);

    private static async Task<int> RunAsync(string[] command)
    {
        using PeerProgram peer = PeerProgram.Start(command[0], command[1..]);
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
