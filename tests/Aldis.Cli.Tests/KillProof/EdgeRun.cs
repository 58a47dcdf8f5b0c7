using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Tests;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>Carries a scenario out with the real command, and writes down what is seen from outside.</summary>
internal sealed class EdgeRun : IAsyncDisposable
{
    private const int OutboxMebibytes = 2;
    private const int DrainedOutboxMebibytes = 64;

    /// <summary>More than a segment of the journal, so that the lines before are in one that may be deleted.</summary>
    private const int BallastLines = 66;

    private const int BallastBytes = 1_020_000;

    private static readonly TimeSpan AfterJump = TimeSpan.FromMilliseconds(300);

    private readonly Stopwatch _time = Stopwatch.StartNew();
    private readonly TemporaryDirectory _directory = new();
    private readonly EdgeScenario _scenario;
    private readonly SmallDisk? _serverDisk;
    private readonly SmallDisk? _outboxDisk;
    private readonly WallClock? _clock;
    private readonly EdgeServer _server;
    private readonly EdgeSender[] _senders;
    private readonly EdgeSender? _ballast;
    private volatile bool _isQuiet;

    /// <summary>Prepares a run.</summary>
    /// <param name="scenario">What is to happen, as far as this machine permits: see <see cref="Permitted"/>.</param>
    public EdgeRun(EdgeScenario scenario)
    {
        _scenario = scenario;
        string data = _directory.Combine("data");
        string outboxes = _directory.Combine("outboxes");
        _serverDisk = scenario.Disk == DiskEdge.Server ? SmallDisk.Mount(data, EdgeServer.RoomMebibytes) : null;
        _outboxDisk = scenario.Disk == DiskEdge.SenderMount ? SmallDisk.Mount(outboxes, OutboxMebibytes) : null;
        _clock = scenario.Clock == ClockEdge.None ? null : WallClock.Create(_directory);
        string address = Address();
        string[] retention = _clock is null ? [] : ["--retain-age", "30d"];
        _server = new EdgeServer(
            new EdgeLaunch
            {
                Arguments = ["serve", $"messages={address}", "--quiet", "--data", data, "--level", scenario.Level, .. retention],
                Environment = _clock?.Environment ?? new Dictionary<string, string>(StringComparer.Ordinal),
            },
            _serverDisk,
            _time);
        _senders =
        [
            .. scenario.Senders.Select(
                plan => Sender(plan, address, Path.Combine(plan.IsDiskLimited ? outboxes : _directory.Path, plan.Name))),
        ];
        _ballast = _clock is null ? null : Sender(Ballast(), address, string.Empty);
    }

    /// <summary>A scenario without what cannot be done here.</summary>
    public static EdgeScenario Permitted(EdgeScenario scenario)
    {
        DiskEdge disk = SmallDisk.IsPossible ? scenario.Disk : scenario.Disk switch
        {
            DiskEdge.SenderMount => DiskEdge.SenderLimit,
            DiskEdge.Server => DiskEdge.None,
            _ => scenario.Disk,
        };
        bool fills = disk == DiskEdge.Server;
        return scenario with
        {
            Disk = disk,
            Clock = WallClock.IsPossible ? scenario.Clock : ClockEdge.None,
            Steps =
            [
                .. scenario.Steps.Select(step => step.Kind == OutageKind.Full && !fills ? step with { Kind = OutageKind.Stopped } : step),
            ],
        };
    }

    /// <summary>Runs it.</summary>
    public async Task<EdgeHistory> RunAsync()
    {
        Task sending = Task.WhenAll(_senders.Select(sender => sender.RunAsync()));
        try
        {
            await ServeAsync(sending);
        }
        finally
        {
            _isQuiet = true;
            await sending;
        }

        _outboxDisk?.Resize(DrainedOutboxMebibytes);
        foreach (EdgeSender sender in _senders.Where(sender => sender.Plan.HasOutbox))
        {
            await sender.DrainAsync();
        }

        await _server.StopAsync();
        List<EdgeFault> faults = [.. _server.Faults];
        return new EdgeHistory
        {
            Scenario = _scenario,
            Outages = _server.Outages,
            Senders = [.. _senders.Append(_ballast).OfType<EdgeSender>().Select(sender => sender.History)],
            Journal = await ReadJournalAsync(faults),
            ServerFaults = faults,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _serverDisk?.Dispose();
        _outboxDisk?.Dispose();
        _directory.Dispose();
    }

    private EdgeSender Sender(SenderPlan plan, string address, string outbox) =>
        new(plan, address, _directory.Path, outbox, _server, _time)
        {
            LimitsFiles = plan.IsDiskLimited && _scenario.Disk == DiskEdge.SenderLimit,
            IsQuiet = () => _isQuiet,
        };

    /// <summary>The server's life. In the end it is well, whatever happens to it before.</summary>
    private async Task ServeAsync(Task sending)
    {
        await Task.Delay(_scenario.Absence);
        if (_scenario.Clock == ClockEdge.NearTheEpochUntilItIsSet)
        {
            _clock!.Set(DateTimeOffset.UnixEpoch - DateTimeOffset.UtcNow + TimeSpan.FromHours(1));
        }

        await _server.StartAsync();
        bool jumps = _clock is not null;
        foreach (ServerStep step in _scenario.Steps)
        {
            await Task.Delay(step.Up);
            if (jumps)
            {
                await JumpAsync();
                jumps = false;
            }

            await _server.BeginAsync(step.Kind);
            await (step.UntilSendersEnd ? sending : Task.Delay(step.Down));
            await _server.EndAsync(step.Kind);
        }
    }

    /// <summary>Fills a segment, so that what was stored before could be deleted, and lets the clock jump.</summary>
    private async Task JumpAsync()
    {
        await _ballast!.RunAsync(1);
        switch (_scenario.Clock)
        {
            case ClockEdge.AYearAheadForOneMessage:
                _clock!.Set(TimeSpan.FromDays(365));
                await _ballast.RunAsync(2);
                await Task.Delay(AfterJump);
                _clock.Set(TimeSpan.Zero);
                break;
            case ClockEdge.NearTheEpochUntilItIsSet:
                _clock!.Set(TimeSpan.Zero);
                await _ballast.RunAsync(2);
                break;
            case ClockEdge.OffForFortyDays:
                await _server.BeginAsync(OutageKind.Stopped);
                _clock!.Set(TimeSpan.FromDays(40));
                await _server.EndAsync(OutageKind.Stopped);
                await _ballast.RunAsync(2);
                break;
            default:
                _clock!.Set(TimeSpan.FromDays(-1));
                await _ballast.RunAsync(2);
                break;
        }

        await Task.Delay(AfterJump);
        await _ballast.RunAsync(3);
    }

    private static SenderPlan Ballast()
    {
        var one = new RoundPlan { Feed = FeedKind.Burst, Lines = 1 };
        return new SenderPlan
        {
            Name = "ballast",
            Client = "ballast",
            Form = SenderForm.Memory,
            Retry = TimeSpan.FromSeconds(30),
            Timeout = TimeSpan.FromSeconds(20),
            Rounds = [one with { Lines = BallastLines, FillBytes = BallastBytes }, one, one],
        };
    }

    /// <summary>An address that nobody else has: loopback has 16 million, and the port is none that the system gives away.</summary>
    private string Address()
    {
        const int Port = 17_001;
        int process = Environment.ProcessId;
        string network = string.Create(CultureInfo.InvariantCulture, $"127.{1 + (process % 250)}.{process / 250 % 250}");
        string host = string.Create(CultureInfo.InvariantCulture, $"{network}.{1 + (_scenario.Seed % 250)}:{Port}");
        return _scenario.Transport switch
        {
            EdgeTransport.Unix => "unix:" + _directory.Combine("socket"),
            EdgeTransport.Arq => "arq://" + host,
            _ => "tcp://" + host,
        };
    }

    private async Task<IReadOnlyList<StoredMessage>> ReadJournalAsync(List<EdgeFault> faults)
    {
        string data = _directory.Combine("data");
        await using EdgeProcess verify = EdgeProcess.Start(new EdgeLaunch { Arguments = ["log", "--data", data, "--verify"] }, _time);
        await using EdgeProcess log = EdgeProcess.Start(new EdgeLaunch { Arguments = ["log", "--data", data, "--json"] }, _time);
        await Task.WhenAll(verify.Exit, log.Exit);
        if (verify.ExitCode != 0 || log.ExitCode != 0)
        {
            faults.Add(new EdgeFault("journal", $"log --verify ended with {verify.ExitCode}, log with {log.ExitCode}: "
                + string.Join(" | ", verify.OutputLines.Select(line => line.Line).Concat(log.ErrorLines))));
        }

        return [.. log.OutputLines.Select(line => Read(line.Line))];
    }

    private static StoredMessage Read(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement item = document.RootElement;
        byte[] payload = item.TryGetProperty("base64", out JsonElement bytes)
            ? bytes.GetBytesFromBase64()
            : Encoding.UTF8.GetBytes(item.GetProperty("text").GetString()!);
        return new StoredMessage(item.GetProperty("client").GetString()!, item.GetProperty("seq").GetInt64(), payload);
    }
}
