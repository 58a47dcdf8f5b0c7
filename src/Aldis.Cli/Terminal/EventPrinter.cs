using System.Text;
using System.Threading.Channels;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Prints what a server says happened, behind a bounded queue: whoever does not read our standard error must
/// not stop the server. What does not fit is dropped, counted and said.
/// </summary>
internal sealed class EventPrinter : IServiceEvents, IAsyncDisposable
{
    private const int QueueLength = 8192;
    private const int BatchLength = 256;
    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    private readonly Channel<ServiceEvent> _queue;
    private readonly TextWriter? _display;
    private readonly JsonEvents? _json;
    private readonly bool _showPayload;
    private readonly Task _printing;
    private long _dropped;

    /// <summary>Starts printing.</summary>
    /// <param name="display">Where display lines go; null with <c>--quiet</c>.</param>
    /// <param name="json">Where events go; null without <c>--json</c>.</param>
    /// <param name="showPayload">Whether events carry text, not only lengths.</param>
    public EventPrinter(TextWriter? display, JsonEvents? json, bool showPayload)
    {
        _display = display;
        _json = json;
        _showPayload = showPayload;
        _queue = Channel.CreateBounded<ServiceEvent>(
            new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true },
            _ => Interlocked.Increment(ref _dropped));
        _printing = Task.Run(PrintAsync);
    }

    /// <inheritdoc/>
    public bool ShowsPayload => _display is not null || (_json is not null && _showPayload);

    /// <inheritdoc/>
    public bool IsObserved => _display is not null || _json is not null;

    /// <inheritdoc/>
    public void Publish(in ServiceEvent what)
    {
        if (IsObserved)
        {
            _queue.Writer.TryWrite(what);
        }
    }

    /// <summary>Prints what is queued, for at most a second: a reader that stopped reading must not hold the process.</summary>
    /// <returns>False where it was given up: whoever writes to the same streams now waits for that reader.</returns>
    public async Task<bool> FinishAsync()
    {
        _queue.Writer.TryComplete();
        return await Task.WhenAny(_printing, Task.Delay(FlushTime)) == _printing;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await FinishAsync();

    private async Task PrintAsync()
    {
        var lines = new StringWriter(new StringBuilder(4096)) { NewLine = "\n" };
        while (await _queue.Reader.WaitToReadAsync())
        {
            for (int count = 0; count < BatchLength && _queue.Reader.TryRead(out ServiceEvent what); count++)
            {
                DisplayLine.Append(what, lines);
                WriteJson(what);
            }

            ReportDropped(lines);
            if (_display is not null)
            {
                await _display.WriteAsync(lines.GetStringBuilder());
            }

            lines.GetStringBuilder().Clear();
        }
    }

    private void WriteJson(ServiceEvent what) => _json?.Write(EventName(what.Kind), writer =>
    {
        writer.WriteString("service", what.Service);
        if (what.Peer.Length > 0)
        {
            writer.WriteString("peer", what.Peer);
        }

        if (what.Connection != 0)
        {
            writer.WriteNumber("connection", what.Connection);
        }

        switch (what.Kind)
        {
            case ServiceEventKind.ConnectionOpened or ServiceEventKind.ConnectionClosed:
                writer.WriteNumber("active", what.Active);
                break;
            case ServiceEventKind.ConnectionRefused or ServiceEventKind.Fault or ServiceEventKind.ClockJumped:
                break;
            default:
                writer.WriteNumber("length", what.Length);
                break;
        }

        if (_showPayload && !what.Payload.IsEmpty)
        {
            writer.WriteString("text", PrintableText.Escape(what.Payload.Span, what.Length));
        }

        if (what.Further != 0)
        {
            writer.WriteNumber("further", what.Further);
        }

        if (what.Detail is not null)
        {
            writer.WriteString(what.Kind == ServiceEventKind.FileReceived ? "name" : "reason", what.Detail);
        }
    });

    private void ReportDropped(StringWriter lines)
    {
        long dropped = Interlocked.Exchange(ref _dropped, 0);
        if (dropped == 0)
        {
            return;
        }

        lines.WriteLine($"({dropped} lines not shown: they came faster than they could be printed)");
        _json?.Write("dropped", writer => writer.WriteNumber("count", dropped));
    }

    private static string EventName(ServiceEventKind kind) => kind switch
    {
        ServiceEventKind.ConnectionOpened => "connection-opened",
        ServiceEventKind.ConnectionClosed => "connection-closed",
        ServiceEventKind.ConnectionRefused => "connection-refused",
        ServiceEventKind.TextReceived => "text-received",
        ServiceEventKind.MessageReceived => "message-received",
        ServiceEventKind.MessageRefused => "message-refused",
        ServiceEventKind.GreetingReceived => "greeting-received",
        ServiceEventKind.FileReceived => "file-received",
        ServiceEventKind.FileRefused => "file-refused",
        ServiceEventKind.DatagramRefused => "datagram-refused",
        ServiceEventKind.SegmentDeleted => "segment-deleted",
        ServiceEventKind.ClockJumped => "clock-jumped",
        _ => "fault",
    };
}
