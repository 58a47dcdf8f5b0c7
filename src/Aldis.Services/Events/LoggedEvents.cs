using Aldis.Protocols.Text;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Events;

/// <summary>
/// Takes what was refused and what failed to the log of the application too, so that its operator sees it without following events. Stands
/// behind <see cref="RefusalSummary"/>: of each reason one line a second. What came from a log, or is written to it by those who know
/// (listeners), is not written again.
/// </summary>
/// <param name="next">Who is told.</param>
/// <param name="logger">The application's.</param>
internal sealed partial class LoggedEvents(IServiceEvents next, ILogger logger) : IServiceEvents
{
    /// <inheritdoc/>
    public bool ShowsPayload => next.ShowsPayload;

    /// <inheritdoc/>
    public bool IsObserved => next.IsObserved;

    /// <inheritdoc/>
    public void Publish(in ServiceEvent what)
    {
        next.Publish(what);
        switch (what.Kind)
        {
            case ServiceEventKind.Fault when what.Cause == ServiceEventCause.TransportFault || !logger.IsEnabled(LogLevel.Error):
                break;
            case ServiceEventKind.Fault when what.Service.Length == 0:
                LogServer(logger, Reason(what), what.Further);
                break;
            case ServiceEventKind.Fault:
                LogFault(logger, what.Service, Peer(what), Reason(what), what.Further);
                break;
            case ServiceEventKind.ConnectionRefused or ServiceEventKind.MessageRefused or ServiceEventKind.FileRefused
                    or ServiceEventKind.DatagramRefused
                when logger.IsEnabled(LogLevel.Warning):
                LogRefused(logger, what.Kind, what.Service, Peer(what), Reason(what), what.Further);
                break;
            default:
                break;
        }
    }

    // Words of clients, and of defects that they brought about, are no more than words.
    private static string Reason(in ServiceEvent what) => PrintableText.Escape((what.Detail ?? string.Empty).TrimEnd('.'));

    private static string Peer(in ServiceEvent what) => what.Peer.Length == 0 ? "nobody" : what.Peer;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} in {Service} with {Peer}: {Reason}; {Further} more like it.")]
    private static partial void LogRefused(
        ILogger logger, ServiceEventKind kind, string service, string peer, string reason, long further);

    [LoggerMessage(Level = LogLevel.Error, Message = "Fault in {Service} with {Peer}: {Reason}; {Further} more like it.")]
    private static partial void LogFault(ILogger logger, string service, string peer, string reason, long further);

    [LoggerMessage(Level = LogLevel.Error, Message = "Fault below the conversations: {Reason}; {Further} more like it.")]
    private static partial void LogServer(ILogger logger, string reason, long further);
}
