using System.Diagnostics;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>The server of one run of the proof, and the account of when it took nothing.</summary>
/// <param name="launch">What it is started with, each time.</param>
/// <param name="disk">The file system its data is on; null where that has room.</param>
/// <param name="time">The time of the proof.</param>
internal sealed class EdgeServer(EdgeLaunch launch, SmallDisk? disk, Stopwatch time) : IAsyncDisposable
{
    /// <summary>Below and above the 256 MiB that the server keeps free.</summary>
    private const int FullMebibytes = 100;
    public const int RoomMebibytes = 1000;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(40);

    private readonly Lock _lock = new();
    private readonly List<Outage> _outages = [new Outage(OutageKind.Absent, TimeSpan.Zero, TimeSpan.MaxValue)];
    private readonly List<EdgeFault> _faults = [];
    private TimeSpan _lastChange;
    private EdgeProcess? _process;

    public IReadOnlyList<EdgeFault> Faults => _faults;

    public IReadOnlyList<Outage> Outages
    {
        get
        {
            lock (_lock)
            {
                return [.. _outages];
            }
        }
    }

    /// <summary>Whether it takes messages, and since when it does or does not.</summary>
    public (bool IsWell, TimeSpan Since) State
    {
        get
        {
            lock (_lock)
            {
                return (_outages.Count == 0 || _outages[^1].End != TimeSpan.MaxValue, _lastChange);
            }
        }
    }

    /// <summary>Starts it, unless it runs, and waits until it serves.</summary>
    public async Task StartAsync()
    {
        if (_process is not null)
        {
            return;
        }

        _process = EdgeProcess.Start(launch, time);
        TimeSpan begun = time.Elapsed;
        while (!_process.ErrorLines.Any(line => line.StartsWith("LISTEN ", StringComparison.Ordinal)))
        {
            if (_process.Exit.IsCompleted || time.Elapsed - begun > StartPatience)
            {
                Blame("the server did not start");
                throw new InvalidOperationException(_faults[^1].Sentence);
            }

            await Task.Delay(10);
        }

        EndOutage();
    }

    /// <summary>Lets an outage begin.</summary>
    public async Task BeginAsync(OutageKind kind)
    {
        BeginOutage(kind == OutageKind.Wedged ? OutageKind.Frozen : kind);
        switch (kind)
        {
            case OutageKind.Stopped:
                await StopAsync();
                break;
            case OutageKind.Killed:
                await KillAsync();
                break;
            case OutageKind.Frozen or OutageKind.Wedged:
                await _process!.SignalAsync("STOP");
                break;
            case OutageKind.Full when disk is not null:
                disk.Resize(FullMebibytes);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind));
        }
    }

    /// <summary>Ends what <see cref="BeginAsync"/> began.</summary>
    public async Task EndAsync(OutageKind kind)
    {
        if (kind == OutageKind.Frozen)
        {
            await _process!.SignalAsync("CONT");
            EndOutage();
        }
        else if (kind == OutageKind.Wedged)
        {
            EndOutage();
            BeginOutage(OutageKind.Killed);
            await KillAsync();
            await StartAsync();
        }
        else if (kind == OutageKind.Full)
        {
            disk!.Resize(RoomMebibytes);
            EndOutage();
        }
        else
        {
            await StartAsync();
        }
    }

    /// <summary>Stops it in order, which it has to confirm with exit code 0.</summary>
    public async Task StopAsync()
    {
        if (_process is null)
        {
            return;
        }

        await RequireRunningAsync();
        await _process.SignalAsync("TERM");
        if (!await _process.EndsWithinAsync(StopPatience))
        {
            Blame("the server did not stop after SIGTERM");
        }
        else if (_process.ExitCode != 0)
        {
            Blame($"the server ended with {_process.ExitCode} after SIGTERM");
        }

        await _process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    private async Task KillAsync()
    {
        await RequireRunningAsync();
        await _process!.DisposeAsync();
        _process = null;
    }

    /// <summary>Before it is ended: that it did not end by itself.</summary>
    private async Task RequireRunningAsync()
    {
        if (_process!.Exit.IsCompleted)
        {
            await _process.Exit;
            Blame($"the server ended by itself with {_process.ExitCode}");
        }
    }

    private void Blame(string sentence) =>
        _faults.Add(new EdgeFault("server", $"{sentence}; it said: {string.Join(" | ", _process!.ErrorLines.TakeLast(3))}"));

    private void BeginOutage(OutageKind kind)
    {
        lock (_lock)
        {
            _lastChange = time.Elapsed;
            _outages.Add(new Outage(kind, _lastChange, TimeSpan.MaxValue));
        }
    }

    private void EndOutage()
    {
        lock (_lock)
        {
            _lastChange = time.Elapsed;
            _outages[^1] = _outages[^1] with { End = _lastChange };
        }
    }
}
