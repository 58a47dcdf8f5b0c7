using System.Threading.Channels;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Shows what <c>--trace</c> asked for while it happens: takes events on the threads of the transport, behind a bounded queue, and
/// prints them on a task of its own. What does not fit is dropped, counted and said; the transport never waits for a terminal.
/// </summary>
internal sealed class LiveTrace : ITraceSink, IAsyncDisposable
{
    private const int QueueLength = 65_536;
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(2);

    private readonly Channel<TraceEvent> _queue;
    private readonly ILiveView _view;
    private readonly Task _printing;
    private long _dropped;

    /// <summary>Starts printing.</summary>
    /// <param name="view">Shows events; called by one task at a time.</param>
    /// <param name="queueLength">Events that may wait.</param>
    public LiveTrace(ILiveView view, int queueLength = QueueLength)
    {
        _view = view;
        _queue = Channel.CreateBounded<TraceEvent>(
            new BoundedChannelOptions(queueLength) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
        _printing = Task.Run(PrintAsync);
    }

    /// <summary>What a verb shows of its connections.</summary>
    /// <param name="console">Where it is shown.</param>
    /// <param name="address">The server.</param>
    /// <param name="isWanted">Whether <c>--trace</c> was given.</param>
    /// <returns>Null where it was not.</returns>
    /// <exception cref="UsageException">The address is carried by something that has no frames to show.</exception>
    public static LiveTrace? Start(CommandConsole console, EndpointAddress address, bool isWanted)
    {
        if (!isWanted)
        {
            return null;
        }

        if (!address.UsesArq)
        {
            throw new UsageException(
                $"--trace shows the frames of arq:// and arq+tls://, and {address} has none: the system's own transport does not show its packets.");
        }

        return new LiveTrace(new ConnectionLadders(console, address));
    }

    /// <inheritdoc/>
    public void Record(in TraceEvent traceEvent) => _queue.Writer.TryWrite(traceEvent);

    /// <summary>Prints what is queued, for at most two seconds: a reader that stopped reading must not hold the process.</summary>
    /// <returns>A task that ends when it is printed or given up.</returns>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAny(_printing, Task.Delay(FlushTime));
    }

    private async Task PrintAsync()
    {
        try
        {
            while (await _queue.Reader.WaitToReadAsync())
            {
                while (_queue.Reader.TryRead(out TraceEvent traceEvent))
                {
                    _view.Record(traceEvent);
                }

                ReportDropped();
            }

            _view.Complete();
            ReportDropped();
        }
        catch (IOException)
        {
            // Nobody reads any more; the conversation goes on without.
            _queue.Writer.TryComplete();
        }
    }

    private void ReportDropped()
    {
        long dropped = Interlocked.Exchange(ref _dropped, 0);
        if (dropped > 0)
        {
            _view.Skip(dropped);
        }
    }
}
