using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Aldis.Cli.Tests.Server;
using Aldis.Tests;

namespace Aldis.Dashboard.Browser.Tests.Served;

/// <summary><c>aldis serve</c> of every conversation, with its dashboard, as somebody starts it.</summary>
internal sealed class DashboardProcess : IAsyncDisposable
{
    private const string Line = "DASHBOARD ";

    private readonly TemporaryDirectory _data = new();
    private readonly string[] _more;
    private AldisProcess? _server;

    private DashboardProcess(string[] more) => _more = more;

    /// <summary>The line's link, with the token.</summary>
    public Uri Link { get; private set; } = null!;

    public string Data => _data.Path;

    public IReadOnlyDictionary<string, IPEndPoint> EndPoints => _server!.EndPoints;

    /// <summary>Starts it on free ports.</summary>
    /// <param name="more">Further words of the command line.</param>
    public static async Task<DashboardProcess> StartAsync(params string[] more)
    {
        var served = new DashboardProcess(more);
        try
        {
            await served.ServeAsync("127.0.0.1:0", "tcp://127.0.0.1:0");
            return served;
        }
        catch
        {
            await served.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a view in the address that a colleague is sent.</summary>
    /// <param name="view">Its path, with a query where it has one.</param>
    public Uri View(string view) => new($"{Link.GetLeftPart(UriPartial.Authority)}/{view}{Link.Fragment}");

    /// <summary>The number of a connection or of a link, as soon as the dashboard has it.</summary>
    /// <param name="list"><c>connections</c> or <c>links</c>.</param>
    /// <param name="text">Its client's id or address.</param>
    public async Task<string> FindNumberAsync(string list, string text)
    {
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Link.Fragment["#token=".Length..]);
        long? number = null;
        await Wait.UntilAsync(async () =>
        {
            using JsonDocument all = JsonDocument.Parse(
                await http.GetStringAsync(new Uri(Link, $"/api/v1/{list}"), TestContext.Current.CancellationToken));
            number = all.RootElement.EnumerateArray()
                .Where(one => one.GetProperty("client").GetString() == text || one.GetProperty("peer").GetString() == text)
                .Select(static one => (long?)one.GetProperty("number").GetInt64()).FirstOrDefault();
            return number is not null;
        });
        return number!.Value.ToString(CultureInfo.InvariantCulture);
    }

    public Task<LabClient> ConnectAsync(string service) => _server!.ConnectAsync(service);

    public Task KillAsync() => _server!.KillAsync();

    /// <summary>Starts it again in the same places, with the same data.</summary>
    public async Task RestartAsync()
    {
        string messages = $"tcp://{EndPoints["messages/tcp"]}";
        await _server!.DisposeAsync();
        await ServeAsync(Link.Authority, messages);
    }

    /// <summary>Runs another verb beside it.</summary>
    public static async Task<string[]> RunAsync(params string[] words)
    {
        (int exitCode, string[] output, string[] error) = await AldisProcess.RunAsync(string.Empty, words);
        Assert.True(exitCode == 0, string.Join('\n', error));
        return output;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _data.Dispose();
    }

    private async Task ServeAsync(string dashboard, string messages)
    {
        _server = await AldisProcess.ServeAsync(
        [
            $"messages={messages}", "messages=arq://127.0.0.1:0", "echo=tcp://127.0.0.1:0", "ack=tcp://127.0.0.1:0",
            "exchange=tcp://127.0.0.1:0", "files=tcp://127.0.0.1:0", "--data", Data, "--dashboard", dashboard, .. _more,
        ]);
        await _server.WaitForLineAsync(static line => line.StartsWith(Line, StringComparison.Ordinal));
        Link = new Uri(_server.ErrorLines.First(static line => line.StartsWith(Line, StringComparison.Ordinal))[Line.Length..]);
    }
}
