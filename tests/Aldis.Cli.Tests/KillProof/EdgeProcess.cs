using System.Diagnostics;
using System.Globalization;
using Aldis.Cli.Tests.Server;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>What a process of the proof is started with.</summary>
internal sealed record EdgeLaunch
{
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The file that is its standard input.</summary>
    public string Input { get; init; } = "/dev/null";

    /// <summary>The most KiB a file of it may grow to (RLIMIT_FSIZE); null for no limit.</summary>
    public int? FileLimitKibibytes { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}

/// <summary>The real command as a shell starts it; what it prints is kept with the time at which it was read.</summary>
internal sealed class EdgeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Stopwatch _time;
    private readonly Lock _lock = new();
    private readonly List<(TimeSpan At, string Line)> _output = [];
    private readonly List<string> _errors = [];
    private readonly Task _reading;

    private EdgeProcess(Process process, Stopwatch time)
    {
        _process = process;
        _time = time;
        Started = time.Elapsed;
        _reading = Task.WhenAll(
            CollectAsync(process.StandardOutput, line => _output.Add((time.Elapsed, line))),
            CollectAsync(process.StandardError, _errors.Add));
        Exit = WaitAsync();
    }

    public TimeSpan Started { get; }

    /// <summary>Ends when the process has, with the time of that.</summary>
    public Task<TimeSpan> Exit { get; }

    /// <summary>Known when <see cref="Exit"/> has ended.</summary>
    public int ExitCode { get; private set; }

    public IReadOnlyList<(TimeSpan At, string Line)> OutputLines => Snapshot(_output);

    public IReadOnlyList<string> ErrorLines => Snapshot(_errors);

    /// <summary>Starts the command.</summary>
    /// <param name="launch">With what.</param>
    /// <param name="time">The time of the proof.</param>
    public static EdgeProcess Start(EdgeLaunch launch, Stopwatch time)
    {
        // Signals as they are for a command that somebody typed, wherever the proof itself was started. A write beyond the limit of a
        // file is to fail with EFBIG as one on a full disk does with ENOSPC. A FIFO is opened for both first: all that its writer has to
        // say may be in it already and the writer gone, which an opening for reading alone would wait for.
        string limit = launch.FileLimitKibibytes is int kibibytes
            ? string.Create(CultureInfo.InvariantCulture, $"ulimit -f {kibibytes}; ")
            : string.Empty;
        string script = limit + "exec 3<>\"$0\" <\"$0\" 3>&-; exec env --default-signal=INT,TERM --ignore-signal=XFSZ \"$@\"";
        var start = new ProcessStartInfo("bash", ["-c", script, launch.Input, AldisProcess.Executable, .. launch.Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string name, string value) in launch.Environment)
        {
            start.Environment[name] = value;
        }

        if (launch.FileLimitKibibytes is not null)
        {
            // The runtime keeps its code in a file in memory, which would not come about under the limit.
            start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        }

        return new EdgeProcess(Process.Start(start)!, time);
    }

    /// <summary>Sends a signal by its name; a process that has ended takes no notice.</summary>
    public async Task SignalAsync(string name)
    {
        string[] arguments = [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo("kill", arguments) { RedirectStandardError = true, UseShellExecute = false };
        using Process kill = Process.Start(start)!;
        await kill.WaitForExitAsync();
    }

    /// <summary>Whether it ends within a time.</summary>
    public async Task<bool> EndsWithinAsync(TimeSpan time) => await Task.WhenAny(Exit, Task.Delay(time)) == Exit;

    /// <summary>Kills it with SIGKILL, unless it has ended.</summary>
    /// <returns>When it ended.</returns>
    public async Task<TimeSpan> KillAsync()
    {
        if (!Exit.IsCompleted)
        {
            _process.Kill();
        }

        return await Exit;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task<TimeSpan> WaitAsync()
    {
        await _process.WaitForExitAsync();
        TimeSpan at = _time.Elapsed;
        ExitCode = _process.ExitCode;
        await _reading;
        return at;
    }

    private async Task CollectAsync(StreamReader reader, Action<string> keep)
    {
        while (await reader.ReadLineAsync() is string line)
        {
            lock (_lock)
            {
                keep(line);
            }
        }
    }

    private T[] Snapshot<T>(List<T> lines)
    {
        lock (_lock)
        {
            return [.. lines];
        }
    }
}
