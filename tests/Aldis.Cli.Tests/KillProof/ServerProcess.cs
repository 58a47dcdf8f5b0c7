using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Aldis.Cli.Tests.KillProof;

/// <summary><c>aldis serve messages</c> in a process of its own, which can be killed with SIGKILL.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly List<string> _said = [];
    private readonly TaskCompletionSource<IPEndPoint?> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private ServerProcess(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>Where it listens; null if it ended before it did. <see cref="Said"/> then has the reason.</summary>
    public Task<IPEndPoint?> Listening => _listening.Task;

    /// <summary>What it wrote to standard error; complete after <see cref="KillAsync"/>.</summary>
    public string Said => string.Join('\n', _said);

    public static ServerProcess Start(string data, string level) => new(Process.Start(new ProcessStartInfo(
        Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "aldis.exe" : "aldis"),
        ["serve", "messages=tcp://127.0.0.1:0", "--quiet", "--data", data, "--level", level])
    {
        RedirectStandardError = true,
        UseShellExecute = false,
    })!);

    /// <summary>Kills it, with no chance to do anything more, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is string line)
        {
            _said.Add(line);
            if (line.StartsWith("LISTEN ", StringComparison.Ordinal))
            {
                string port = line[(line.LastIndexOf('=') + 1)..];
                _listening.TrySetResult(new IPEndPoint(IPAddress.Loopback, int.Parse(port, NumberStyles.None, CultureInfo.InvariantCulture)));
            }
        }

        _listening.TrySetResult(null);
    }
}
