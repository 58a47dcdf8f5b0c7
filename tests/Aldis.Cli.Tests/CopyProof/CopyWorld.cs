using System.Globalization;
using System.Text;
using Aldis.Cli.Tests.Server;
using Aldis.Protocols.Files;
using Aldis.Protocols.Impairment;
using Aldis.Services.Files.Sources;
using Aldis.Tests;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Cli.Tests.CopyProof;

/// <summary>A server, and the network before it, which break when they are told to.</summary>
internal sealed class CopyWorld : IAsyncDisposable
{
    private const int LongestOutageMilliseconds = 700;

    // What a unit of DATA and the chain value behind its chunk have, and at most what the opening of a connection has besides its manifest.
    private const int DataOverhead = 64 + 32;
    private const int OpeningOverhead = 64 + 64 + 64 + 32 + 64;

    private readonly TemporaryDirectory _directory;
    private readonly string _place;
    private readonly LinkRelay _network;
    private readonly ArqTap? _tap;
    private readonly PassedBytes _passed = new();
    private AldisProcess _server;

    private CopyWorld(string scheme, TemporaryDirectory directory, AldisProcess server)
    {
        _directory = directory;
        _server = server;
        _place = $"{scheme}://{server.EndPoints["files/" + scheme]}";
        IsStream = scheme == "tcp";
        _tap = IsStream ? null : ArqTap.Start(server.EndPoints["files/" + scheme]);
        _network = LinkRelay.Start(
            EndpointAddress.Parse(_tap is null ? "tcp://127.0.0.1:0" : "udp://127.0.0.1:0"),
            EndpointAddress.Parse(_tap is null ? _place : $"udp://{_tap.EndPoint}"),
            new LinkRelayOptions { Observer = _passed });
        Address = $"{scheme}://{_network.EndPoint}";
    }

    /// <summary>What the copy is told to copy to.</summary>
    public string Address { get; }

    /// <summary>Where the server puts what it gets.</summary>
    public string Received => Path.Combine(_directory.Path, "data", "files");

    /// <summary>Whether the network carries bytes, and not datagrams.</summary>
    public bool IsStream { get; }

    public static async Task<CopyWorld> StartAsync(string scheme, TemporaryDirectory directory) =>
        new(scheme, directory, await ServeAsync($"{scheme}://127.0.0.1:0", directory));

    /// <summary>
    /// Bytes of content that went to the server, over datagrams those that it acknowledged: of each connection what is behind its opening, less
    /// once what belongs to each chunk.
    /// </summary>
    /// <param name="source">What is copied.</param>
    public long ContentBytes(string source)
    {
        SourceEntry[] entries = [.. new SourceTree(new PathFilter(), LinkPolicy.Follow).Walk(SourceTree.Look([source]))];
        long opening = OpeningOverhead + entries.Sum(RecordBytes);
        long chunks = entries.Sum(static entry =>
            entry.Kind == SourceKind.File ? 1 + (Math.Max(0, entry.Length - 1) / ChunkSize.Of(entry.Length)) : 0);
        return (_tap?.OfConnections ?? _passed.OfConnections).Sum(bytes => Math.Max(0, bytes - opening)) - (chunks * DataOverhead);
    }

    /// <summary>Breaks something.</summary>
    /// <param name="random">Draws what, and for how long.</param>
    /// <returns>What; of the copy itself the caller does it.</returns>
    public async Task<string> CutAsync(Random random)
    {
        switch (random.Next(6))
        {
            case 0 when IsStream:
                await ResetAsync();
                return "reset";
            case 1:
                _network.IsCut = true;
                await Task.Delay(random.Next(LongestOutageMilliseconds), TestContext.Current.CancellationToken);
                _network.IsCut = false;
                return "cut network";
            case 2:
                await _server.KillAsync();
                await RestartAsync();
                return "kill server";
            case 3:
                await _server.StopAsync();
                await RestartAsync();
                return "restart server";
            case 4:
                return "kill copy";
            default:
                return "interrupt copy";
        }
    }

    public Task StopAsync() => _server.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _network.DisposeAsync();
        if (_tap is not null)
        {
            await _tap.DisposeAsync();
        }
    }

    private static long RecordBytes(SourceEntry entry) => Encoding.UTF8.GetByteCount(string.Create(
        CultureInfo.InvariantCulture,
        $"F {entry.Length} {entry.Status.Written} {Convert.ToString(entry.Permissions, 8)} {entry.Status.Changed} {entry.Name}\0"));

    private static Task<AldisProcess> ServeAsync(string place, TemporaryDirectory directory) =>
        AldisProcess.ServeAsync($"files={place}", "--quiet", "--data", directory.Combine("data"));

    /// <summary>Resets what passes now, and lets what comes after it pass.</summary>
    private async Task ResetAsync()
    {
        long before = _network.CountersOf(LinkDirection.ToTarget).Reset;
        _network.ToTarget = new LinkFaults { Breaks = [new StreamBreak(StreamBreakKind.Reset)] };
        for (int looks = 0; looks < 100 && _network.CountersOf(LinkDirection.ToTarget).Reset == before; looks++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        _network.ToTarget = LinkFaults.None;
    }

    private async Task RestartAsync()
    {
        await _server.DisposeAsync();
        _server = await ServeAsync(_place, _directory);
    }
}
