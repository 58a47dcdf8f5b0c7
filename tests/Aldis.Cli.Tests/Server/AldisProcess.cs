using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Server;

/// <summary>The real command in a process of its own; its standard error is kept line by line.</summary>
internal sealed partial class AldisProcess : IAsyncDisposable
{
    // Long runs beside other work, on a machine that has no time for them, say how long they wait (benchmarks/cuts.sh).
    private static readonly TimeSpan Patience =
        int.TryParse(Environment.GetEnvironmentVariable("ALDIS_PATIENCE"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : LabClient.Patience;

    private readonly Process _process;
    private readonly Task _exit;
    private readonly TemporaryDirectory _data;
    private readonly Lock _lock = new();
    private readonly List<string> _errorLines = [];
    private readonly List<string> _outputLines = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private bool _isDisposed;

    private AldisProcess(Process process, TemporaryDirectory data)
    {
        _process = process;
        _data = data;

        // Asked once: a process object loses waiters that come from several threads.
        _exit = process.WaitForExitAsync(CancellationToken.None);
    }

    /// <summary>The command that was built with the tests, or the one that ALDIS_EXECUTABLE names: the native one, an installed one.</summary>
    public static string Executable { get; } = Environment.GetEnvironmentVariable("ALDIS_EXECUTABLE")
        ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "aldis.exe" : "aldis");

    /// <summary>The end points of the LISTEN lines, by <c>service/proto</c>.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> EndPoints { get; private set; } =
        new Dictionary<string, IPEndPoint>(StringComparer.Ordinal);

    public string[] ErrorLines => Snapshot(_errorLines);

    public string[] OutputLines => Snapshot(_outputLines);

    /// <summary>The process's working directory, which holds its data unless it was told otherwise.</summary>
    public string WorkingDirectory => _data.Path;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Starts the command.</summary>
    /// <param name="readsError">False leaves the pipe of standard error unread.</param>
    /// <param name="arguments">The words after <c>aldis</c>.</param>
    public static AldisProcess Start(bool readsError, params string[] arguments) => Start(Executable, arguments, readsError);

    /// <summary>Starts the command in the words of a shell, which it takes the place of.</summary>
    /// <param name="script">For example <c>exec "$A" send "$H" &lt;&amp;-</c>; <c>$A</c> is the command, <c>$H</c> an address.</param>
    /// <param name="address">The address.</param>
    public static AldisProcess Shell(string script, string address = "") =>
        Start("/bin/sh", ["-c", $"A=$1; H=$2; {script}", "sh", Executable, address], readsError: true);

    /// <summary>Runs the command in the words of a shell to its end.</summary>
    /// <inheritdoc cref="Shell" path="/param"/>
    /// <returns>Its exit code and what it printed.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> ShellAsync(string script, string address = "")
    {
        await using AldisProcess aldis = Shell(script, address);
        int exitCode = await aldis.WaitForExitAsync();
        return (exitCode, string.Join('\n', aldis.OutputLines), string.Join('\n', aldis.ErrorLines));
    }

    private static AldisProcess Start(string program, string[] arguments, bool readsError)
    {
        var data = new TemporaryDirectory();
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = data.Path,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            StandardInputEncoding = new UTF8Encoding(false),
        };
        var aldis = new AldisProcess(Process.Start(start)!, data);
        Task errors = readsError ? aldis.CollectAsync(aldis._process.StandardError, aldis._errorLines) : Task.CompletedTask;
        aldis._reading = Task.WhenAll(errors, aldis.CollectAsync(aldis._process.StandardOutput, aldis._outputLines));
        return aldis;
    }

    /// <summary>Runs the command to its end.</summary>
    /// <param name="input">Its whole standard input.</param>
    /// <param name="arguments">The words after <c>aldis</c>.</param>
    /// <returns>Its exit code and what it printed.</returns>
    public static async Task<(int ExitCode, string[] Output, string[] Error)> RunAsync(string input, params string[] arguments)
    {
        await using AldisProcess aldis = Start(readsError: true, arguments);
        await aldis.InputAsync(input);
        int exitCode = await aldis.WaitForExitAsync();
        return (exitCode, aldis.OutputLines, aldis.ErrorLines);
    }

    /// <summary>Writes to its standard input and ends that; a process that is gone by then took what it took.</summary>
    public async Task InputAsync(string input)
    {
        try
        {
            await _process.StandardInput.WriteAsync(input);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // Killed while it read.
        }
    }

    /// <summary>Writes to its standard input, which stays open.</summary>
    public async Task FeedAsync(string input)
    {
        await _process.StandardInput.WriteAsync(input);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Starts <c>aldis serve</c> and waits until it is ready.</summary>
    /// <param name="arguments">The words after <c>serve</c>; one readiness line is expected for each <c>NAME=ADDRESS</c>.</param>
    public static async Task<AldisProcess> ServeAsync(params string[] arguments)
    {
        AldisProcess aldis = Start(readsError: true, ["serve", .. arguments]);
        return await aldis.WhenReadyAsync(arguments.Count(word => word.Contains('=', StringComparison.Ordinal)));
    }

    /// <summary>Starts <c>aldis link</c> and waits until it is ready.</summary>
    /// <param name="arguments">The words after <c>link</c>.</param>
    public static async Task<AldisProcess> LinkAsync(params string[] arguments)
    {
        AldisProcess aldis = Start(readsError: true, ["link", .. arguments]);
        return await aldis.WhenReadyAsync(1);
    }

    /// <summary>Starts a server in the words of a shell, and waits until it is ready.</summary>
    /// <param name="script">As <see cref="Shell"/> takes it.</param>
    /// <param name="count">How many addresses it has.</param>
    public static async Task<AldisProcess> ServeShellAsync(string script, int count = 1)
    {
        AldisProcess aldis = Shell(script);
        return await aldis.WhenReadyAsync(count);
    }

    public Task<LabClient> ConnectAsync(string service) => LabClient.ConnectAsync(EndPoints[service + "/tcp"]);

    /// <summary>Waits for a line of standard error, past ones included.</summary>
    public Task WaitForLineAsync(string line) => WaitForLineAsync(candidate => candidate == line);

    public Task WaitForLineAsync(Func<string, bool> wanted) => WaitForAsync(() => ErrorLines.Any(wanted));

    /// <summary>Waits for an event on standard output.</summary>
    public Task WaitForOutputAsync(string name) =>
        WaitForAsync(() => OutputLines.Any(line => line.StartsWith($"{{\"event\":\"{name}\"", StringComparison.Ordinal)));

    /// <summary>Waits for a line of standard output that is as wanted.</summary>
    public Task WaitForOutputAsync(Func<string, bool> wanted) => WaitForAsync(() => OutputLines.Any(wanted));

    /// <summary>Sends signals by their names, for example <c>TERM</c>, one right behind the other.</summary>
    public async Task SignalAsync(params string[] names)
    {
        string script = string.Join(" && ", names.Select(name => $"kill -{name} {Id.ToString(CultureInfo.InvariantCulture)}"));
        using Process kill = Process.Start("sh", ["-c", script]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits until it handles signals: SIGXFSZ is the last it asks for, and nothing else of .NET does.</summary>
    public async Task WaitForSignalsAsync()
    {
        const int FileSizeExceeded = 25;
        await Wait.UntilAsync(async () =>
            IsCaught(await File.ReadAllLinesAsync($"/proc/{Id}/status", TestContext.Current.CancellationToken)));

        static bool IsCaught(string[] status)
        {
            const string Caught = "SigCgt:";
            string mask = status.Single(static line => line.StartsWith(Caught, StringComparison.Ordinal))[Caught.Length..].Trim();
            return ((ulong.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (FileSizeExceeded - 1)) & 1) == 1;
        }
    }

    /// <summary>Waits for the end of the process and of what it printed.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        await _exit.InTime();
        await _reading.InTime();
        return _process.ExitCode;
    }

    /// <summary>Kills it with SIGKILL, so that it can do nothing more, and waits until it is gone; what it printed is not waited for.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    /// <summary>Asks for an orderly end, which exit code 0 confirms.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("TERM");
        Assert.Equal(0, await WaitForExitAsync());
    }

    /// <summary>Ends it where it runs, and lets go of what it left; what was disposed before is left as it is.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill();
            await _exit;
        }

        _process.Dispose();
        _data.Dispose();
    }

    /// <summary>Waits until it is ready; one that does not get there is not left behind.</summary>
    private async Task<AldisProcess> WhenReadyAsync(int count)
    {
        try
        {
            await WaitForAsync(() => ErrorLines.Count(IsReadiness) >= count || _process.HasExited);
            Assert.False(_process.HasExited, string.Join('\n', ErrorLines));
            EndPoints = ReadEndPoints(ErrorLines);
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until what was printed, or the end of the process, fulfils a condition.</summary>
    private async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                changed = _changed.Task;
            }

            if (condition())
            {
                return;
            }

            try
            {
                await changed.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                Assert.Fail($"It was not printed within {Patience.TotalSeconds} s; there is:\n" + string.Join('\n', ErrorLines));
            }
        }
    }

    private async Task CollectAsync(StreamReader reader, List<string> lines)
    {
        while (await reader.ReadLineAsync() is string line)
        {
            lock (_lock)
            {
                lines.Add(line);
            }

            Changed();
        }

        await _exit;
        Changed();
    }

    private void Changed()
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }

    private string[] Snapshot(List<string> lines)
    {
        lock (_lock)
        {
            return [.. lines];
        }
    }

    private static bool IsReadiness(string line) => line.StartsWith("LISTEN ", StringComparison.Ordinal);

    private static Dictionary<string, IPEndPoint> ReadEndPoints(string[] lines)
    {
        var found = new Dictionary<string, IPEndPoint>(StringComparer.Ordinal);
        foreach (Match match in lines.Select(line => Readiness().Match(line)).Where(match => match.Success))
        {
            int port = int.Parse(match.Groups["port"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            var endPoint = new IPEndPoint(IPAddress.Parse(match.Groups["addr"].Value), port);
            found[$"{match.Groups["service"].Value}/{match.Groups["proto"].Value}"] = endPoint;
        }

        return found;
    }

    [GeneratedRegex(
        "^LISTEN service=(?<service>[a-z-]+) proto=(?<proto>[a-z+]+) addr=(?<addr>\\S+) port=(?<port>[0-9]+)$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Readiness();
}
