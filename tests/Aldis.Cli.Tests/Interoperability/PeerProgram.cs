using System.Diagnostics;
using System.Text;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Interoperability;

/// <summary>A program nobody here wrote, run as a process: its standard input is what it sends, its standard output what it got.</summary>
internal sealed class PeerProgram : IDisposable
{
    private static readonly Dictionary<string, string> Packages = new(StringComparer.Ordinal)
    {
        ["ncat"] = "ncat",
        ["socat"] = "socat",
        ["curl"] = "curl",
        ["openssl"] = "openssl",
        ["nc"] = "netcat-openbsd",
        ["python3"] = "python3",
        ["node"] = "nodejs",
        ["bash"] = "bash",
        ["ping"] = "iputils-ping",
        ["cc"] = "gcc",
        ["promtool"] = "prometheus",
        ["groff"] = "groff-base",
        ["unshare"] = "util-linux",
        ["ip"] = "iproute2",
        ["mosquitto"] = "mosquitto",
        ["mosquitto_pub"] = "mosquitto-clients",
        ["zsh"] = "zsh",
        ["fish"] = "fish",
        ["pwsh"] = "a .NET tool, PowerShell",
    };

    private readonly Process _process;
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool _disposed;

    private PeerProgram(Process process)
    {
        _process = process;
        _process.ErrorDataReceived += (_, line) =>
        {
            // nc, ncat and socat each say it in a sentence of their own.
            if (line.Data is null || line.Data.Contains("istening on", StringComparison.Ordinal))
            {
                _listens.TrySetResult();
            }
        };
        _process.BeginErrorReadLine();
    }

    /// <summary>Finds a program. Where it is missing the test fails in CI and is skipped elsewhere.</summary>
    /// <param name="program">One of those with a known Debian package.</param>
    /// <returns>Its path.</returns>
    public static string Require(string program)
    {
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator))
        {
            string path = Path.Combine(directory, program);
            if (File.Exists(path))
            {
                return path;
            }
        }

        string sentence = $"{program} is not installed: apt-get install {Packages[program]}";
        Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", sentence);
        throw new InvalidOperationException(sentence);
    }

    public static PeerProgram Start(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path.IsPathRooted(program) ? program : Require(program), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        return new PeerProgram(Process.Start(start)!);
    }

    /// <summary>Starts a program that was told to say when it listens, and waits until it does.</summary>
    public static async Task<PeerProgram> ListenAsync(string program, params IEnumerable<string> arguments)
    {
        PeerProgram peer = Start(program, arguments);
        await peer._listens.Task.InTime();
        return peer;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _process.StandardInput.BaseStream.WriteAsync(bytes, TestContext.Current.CancellationToken);
        await _process.StandardInput.BaseStream.FlushAsync(TestContext.Current.CancellationToken);
    }

    public async Task<byte[]> ReceiveExactlyAsync(int count)
    {
        byte[] received = new byte[count];
        await _process.StandardOutput.BaseStream.ReadExactlyAsync(received, TestContext.Current.CancellationToken).InTime();
        return received;
    }

    public async Task<string> ReceiveTextAsync(int bytes) => Encoding.UTF8.GetString(await ReceiveExactlyAsync(bytes));

    /// <summary>The end of its input: it finishes writing.</summary>
    public void FinishWriting() => _process.StandardInput.Close();

    /// <summary>Reads what it still got, until it ends by itself.</summary>
    public async Task<string> ReceiveTextToEndAsync()
    {
        using var rest = new MemoryStream();
        await _process.StandardOutput.BaseStream.CopyToAsync(rest, TestContext.Current.CancellationToken).InTime();
        return Encoding.UTF8.GetString(rest.ToArray());
    }

    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).InTime();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }
}
