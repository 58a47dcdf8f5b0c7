using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aldis.Cli.Terminal;

/// <summary>
/// SIGINT, SIGTERM and SIGHUP: the first asks for an orderly end (<see cref="Token"/>), a second press (<see cref="PressCount"/>) ends the
/// process at once. A SIGHUP is no such request where a verb has something to read again (<see cref="Hangup"/>) and it is not because the
/// terminal was closed. A signal that the process was
/// started to ignore stays ignored: the runtime leaves it alone, as <c>nohup</c> wants.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>SIGXFSZ; the runtime has no name for it, and passes a raw number on.</summary>
    private const PosixSignal FileSizeExceeded = (PosixSignal)25;

    private static PosixSignalRegistration? _fileSizeExceeded;

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly PressCount _presses = new();
    private int _exitCode;

    public Interruption()
    {
        Register(PosixSignal.SIGINT, Cli.ExitCode.Interrupted);
        Register(PosixSignal.SIGTERM, Cli.ExitCode.Terminated);
        Register(PosixSignal.SIGHUP, Cli.ExitCode.HungUp);
        IgnoreFileSizeExceeded();
        _ = ControllingTerminal.IsGone;
    }

    /// <summary>Who reads something again at SIGHUP.</summary>
    public Hangup Hangup { get; } = new();

    /// <summary>Cancelled at the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code that names the first signal: 130, 143 or 129; 0 before there was one.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <summary>Lets signals have their own effect again. Not for a process that ends: one that has come and was not handled yet would then
    /// end it its own way.</summary>
    public void Dispose()
    {
        _registrations.ForEach(static registration => registration.Dispose());
        _source.Dispose();
    }

    /// <summary>
    /// A limit on the size of a file (<c>ulimit -f</c>) is then a write that fails and is told like a full disk, not the end of the process.
    /// Until that ends: the signal is handled on a thread of its own, perhaps after the write has failed and was told.
    /// </summary>
    private static void IgnoreFileSizeExceeded()
    {
        if (_fileSizeExceeded is null && !OperatingSystem.IsWindows())
        {
            _fileSizeExceeded = PosixSignalRegistration.Create(FileSizeExceeded, static context => context.Cancel = true);
        }
    }

    private void Register(PosixSignal signal, int exitCode) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context => Handle(context, exitCode)));

    private void Handle(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGHUP && !ControllingTerminal.IsGone && Hangup.TryHandle())
        {
            return;
        }

        SignalRequest request;
        lock (_presses)
        {
            request = _presses.Count(context.Signal, Stopwatch.GetElapsedTime(0));
        }

        switch (request)
        {
            case SignalRequest.EndNow:
                Environment.Exit(exitCode);
                break;
            case SignalRequest.EndInOrder:
                Volatile.Write(ref _exitCode, exitCode);

                // Cancelling runs what the verb registered; the signal thread must stay free for the second press.
                ThreadPool.UnsafeQueueUserWorkItem(static source => source.Cancel(), _source, preferLocal: false);
                break;
            default:
                break;
        }
    }
}
