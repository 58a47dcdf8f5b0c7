using System.Threading.Channels;
using Aldis.Protocols.Text;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Events;

/// <summary>
/// Takes what was refused and what failed to the log of the application too, so that its operator sees it without following events. Stands
/// behind <see cref="RefusalSummary"/>: of each reason one line a second. What came from a log, or is written to it by those who know
/// (listeners), is not written again. A log may block or fail, so it is written on a thread of its own, behind a queue that drops and counts.
/// </summary>
/// <param name="next">Who is told.</param>
/// <param name="logger">The application's.</param>
internal sealed class LoggedEvents(IServiceEvents next, ILogger logger) : IServiceEvents
{
    private const int MostQueued = 1024;

    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    private readonly Channel<ServiceEvent> _queue =
        Channel.CreateBounded<ServiceEvent>(new BoundedChannelOptions(MostQueued) { SingleReader = true });

    private readonly Lock _lock = new();
    private Task? _writing;
    private long _dropped;

    /// <inheritdoc/>
    public bool ShowsPayload => next.ShowsPayload;

    /// <inheritdoc/>
    public bool IsObserved => next.IsObserved;

    /// <inheritdoc/>
    bool IServiceEvents.IsObservedOf(long connection) => next.IsObservedOf(connection);

    /// <inheritdoc/>
    public void Publish(in ServiceEvent what)
    {
        next.Publish(what);
        if (!IsLogged(what))
        {
            return;
        }

        if (!_queue.Writer.TryWrite(what))
        {
            Interlocked.Increment(ref _dropped);
        }

        if (Volatile.Read(ref _writing) is null)
        {
            lock (_lock)
            {
                _writing ??= Task.Factory.StartNew(Write, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
    }

    /// <summary>Writes what is queued, for at most a second: a log that blocks must not hold the end of a server.</summary>
    /// <returns>A task that ends then. Nothing is written afterwards.</returns>
    public async Task FinishAsync()
    {
        _queue.Writer.TryComplete();
        if (Volatile.Read(ref _writing) is { } writing)
        {
            await Task.WhenAny(writing, Task.Delay(FlushTime)).ConfigureAwait(false);
        }
    }

    private bool IsLogged(in ServiceEvent what) => what.Kind switch
    {
        ServiceEventKind.Fault => what.Cause != ServiceEventCause.TransportFault && logger.IsEnabled(LogLevel.Error),
        ServiceEventKind.ConnectionRefused or ServiceEventKind.MessageRefused or ServiceEventKind.FileRefused
            or ServiceEventKind.DatagramRefused => logger.IsEnabled(LogLevel.Warning),
        _ => false,
    };

    private void Write()
    {
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out ServiceEvent what))
            {
                try
                {
                    Write(what);
                }
                catch (Exception)
                {
                    // A log that cannot be written is its own operator's; there is nowhere to say so.
                }
            }
        }
    }

    private void Write(in ServiceEvent what)
    {
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and long dropped)
        {
            ServiceLog.Dropped(logger, dropped);
        }

        // Words of clients, and of defects that they brought about, are no more than words.
        string reason = PrintableText.Escape((what.Detail ?? string.Empty).TrimEnd('.'));
        string peer = what.Peer.Length == 0 ? "nobody" : what.Peer;
        if (what.Kind != ServiceEventKind.Fault)
        {
            ServiceLog.Refused(logger, what.Kind, what.Service, peer, reason, what.Further);
        }
        else if (what.Service.Length == 0)
        {
            ServiceLog.Server(logger, reason, what.Further);
        }
        else
        {
            ServiceLog.Fault(logger, what.Service, peer, reason, what.Further);
        }
    }
}
