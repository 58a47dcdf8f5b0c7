using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Aldis.Benchmarks.Hostile;

/// <summary>An <c>aldis serve</c> under attack, seen from outside: its lines, its events counted by kind and cause, and what /proc tells.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>The variable that names the file of <see cref="LiveHeapBytesAsync"/>.</summary>
    public const string HeapVariable = "ALDIS_HEAP_FILE";

    private const int MostFaults = 10;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly ConcurrentDictionary<string, long> _events = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IPEndPoint> _endPoints = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly Task _reading;
    private int _listeners;

    private ServerProcess(Process process, string data)
    {
        _process = process;
        Data = data;
        _reading = Task.WhenAll(ReadLinesAsync(), ReadEventsAsync());
    }

    /// <summary>Its data directory.</summary>
    public string Data { get; }

    public int Id => _process.Id;

    public bool IsAlive => !_process.HasExited;

    /// <summary>Its exit status, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it said on standard error.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <summary>The first of its faults.</summary>
    public IReadOnlyCollection<string> Faults => _faults;

    /// <summary>Connections that its summary says were refused; -1 before there is one.</summary>
    public long RefusedInSummary { get; private set; } = -1;

    public long ResidentBytes => ReadStatus("VmRSS:") * 1024;

    /// <summary>What it has used of processors.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public long Threads => ReadStatus("Threads:");

    public int Descriptors => Directory.GetFileSystemEntries($"/proc/{Id}/fd").Length;

    /// <summary>Starts a server and waits until it is ready, or has ended.</summary>
    /// <param name="ground">Where.</param>
    /// <param name="setup">How.</param>
    public static async Task<ServerProcess> StartAsync(Ground ground, ServerSetup setup)
    {
        string data = setup.Data ?? ground.NewFolder();
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardError = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };

        // Its port is one, and what is measured is the server.
        start.Environment["ALDIS_DASHBOARD"] = "off";

        if (ground.HeapHook is { } hook)
        {
            start.Environment["DOTNET_STARTUP_HOOKS"] = hook;
            start.Environment[HeapVariable] = data + ".heap";
        }

        // Both limits: the runtime lifts the soft one to the hard one.
        string limit = setup.Descriptors > 0 ? string.Create(CultureInfo.InvariantCulture, $"ulimit -n {setup.Descriptors}; ") : string.Empty;
        string bound = ground.ServerProcessor is { } processor
            ? string.Create(CultureInfo.InvariantCulture, $"taskset -c {processor} ") : string.Empty;
        foreach (string word in (string[])["-c", $"{limit}exec {bound}\"$0\" \"$@\"", ground.Aldis, "serve", "--json", "--data", data, .. setup.Words])
        {
            start.ArgumentList.Add(word);
        }

        foreach ((string name, string value) in setup.Environment)
        {
            start.Environment[name] = value;
        }

        var server = new ServerProcess(Process.Start(start)!, data);
        server._process.StandardInput.Close();
        int expected = setup.Words.Count(static word => word.Contains('=', StringComparison.Ordinal));
        long begin = Stopwatch.GetTimestamp();
        while (server.IsAlive && Volatile.Read(ref server._listeners) < expected)
        {
            if (Stopwatch.GetElapsedTime(begin) > StartPatience)
            {
                throw new TimeoutException("aldis does not start: " + string.Join('\n', server._lines));
            }

            await Task.Delay(10);
        }

        return server;
    }

    /// <summary>Where it listens.</summary>
    /// <param name="name">For example <c>messages/tcp</c>; the second of a kind is <c>echo/udp#2</c>.</param>
    public IPEndPoint At(string name) => _endPoints.TryGetValue(name, out IPEndPoint? endPoint)
        ? endPoint : throw new InvalidOperationException($"{name} is not served: {string.Join('\n', _lines)}");

    /// <summary>What is alive on its managed heap, after a collection of everything.</summary>
    /// <exception cref="TimeoutException">It does not say.</exception>
    public async Task<long> LiveHeapBytesAsync()
    {
        string path = Data + ".heap";
        File.Delete(path);
        await SignalAsync("USR2");
        long begin = Stopwatch.GetTimestamp();
        while (!File.Exists(path))
        {
            if (Stopwatch.GetElapsedTime(begin) > StopPatience)
            {
                throw new TimeoutException("aldis does not tell its heap.");
            }

            await Task.Delay(10);
        }

        return long.Parse(await File.ReadAllTextAsync(path), CultureInfo.InvariantCulture);
    }

    /// <summary>How often something happened, those included that a told one stands for.</summary>
    /// <param name="kind">The event.</param>
    /// <param name="cause">Its cause; null for any.</param>
    public long Count(string kind, string? cause = null) => cause is not null
        ? _events.GetValueOrDefault($"{kind}:{cause}")
        : _events.Where(pair => pair.Key.StartsWith(kind + ":", StringComparison.Ordinal)).Sum(static pair => pair.Value);

    /// <summary>The refusals, as words of a line of figures.</summary>
    public string Refusals() => string.Join(',', _events
        .Where(static pair => pair.Key.Contains("-refused:", StringComparison.Ordinal))
        .OrderBy(static pair => pair.Key, StringComparer.Ordinal)
        .Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}:{pair.Value}")));

    /// <summary>Sends a signal by its name, for example <c>HUP</c>.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("/bin/kill", ["-s", name, Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end and for what it printed.</summary>
    /// <returns>Whether it ended in time.</returns>
    public async Task<bool> WaitForEndAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(StopPatience);
            await _reading.WaitAsync(StopPatience);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Asks it to end in order.</summary>
    /// <returns>Whether it ended in time and with 0.</returns>
    public async Task<bool> StopAsync()
    {
        await SignalAsync("TERM");
        return await WaitForEndAsync() && ExitCode == 0;
    }

    public async ValueTask DisposeAsync()
    {
        if (IsAlive)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private long ReadStatus(string field)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{Id}/status").FirstOrDefault(line => line.StartsWith(field, StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', '\t', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended.
            return 0;
        }
    }

    private async Task ReadLinesAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            while (_lines.Count > 10_000)
            {
                _lines.TryDequeue(out _);
            }
        }
    }

    private async Task ReadEventsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            JsonElement what = json.RootElement;
            string kind = what.GetProperty("event").GetString()!;
            if (kind == "listen")
            {
                Listen(what);
                continue;
            }

            if (kind == "summary")
            {
                RefusedInSummary = what.GetProperty("refused").GetInt64();
            }

            if (kind == "fault" && _faults.Count < MostFaults)
            {
                _faults.Enqueue(what.GetProperty("reason").GetString()!);
            }

            string cause = what.TryGetProperty("cause", out JsonElement word) ? word.GetString()! : string.Empty;
            long count = 1 + (what.TryGetProperty("further", out JsonElement further) ? further.GetInt64() : 0);
            count = kind == "dropped" ? what.GetProperty("count").GetInt64() : count;
            _events.AddOrUpdate($"{kind}:{cause}", count, (_, before) => before + count);
        }
    }

    private void Listen(JsonElement what)
    {
        if (what.TryGetProperty("port", out JsonElement port))
        {
            string name = $"{what.GetProperty("service").GetString()}/{what.GetProperty("proto").GetString()}";
            var endPoint = new IPEndPoint(IPAddress.Parse(what.GetProperty("addr").GetString()!), port.GetInt32());
            for (int number = 2; !_endPoints.TryAdd(name, endPoint); number++)
            {
                name = $"{name.Split('#')[0]}#{number}";
            }
        }

        Interlocked.Increment(ref _listeners);
    }
}
