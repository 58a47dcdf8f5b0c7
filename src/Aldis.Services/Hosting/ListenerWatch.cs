using System.Net;
using Aldis.Services.Events;
using Aldis.Transports.Listening;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Hosting;

/// <summary>Tells of listeners that die: by an event, in the application's log, and to those who ask for the server's health.</summary>
/// <param name="find">What is served at a place.</param>
/// <param name="health">Keeps which are not there.</param>
/// <param name="events">Who is told.</param>
/// <param name="logger">The application's.</param>
internal sealed class ListenerWatch(
    Func<EndPoint, BoundEndpoint> find, ServerHealth health, IServiceEvents events, ILogger logger) : IListenerWatch
{
    /// <inheritdoc/>
    public void Failed(EndPoint endPoint, Exception reason)
    {
        BoundEndpoint place = find(endPoint);
        string why = Reason(reason);
        health.Failed(place, why);
        ServiceLog.ListenerFailed(logger, place.Service, place.Uri, why);
        Publish(ServiceEventKind.ListenerFailed, place, $"{place.Uri}: {why}");
    }

    /// <inheritdoc/>
    public void Reopened(EndPoint endPoint)
    {
        BoundEndpoint place = find(endPoint);
        health.Reopened(place);
        ServiceLog.ListenerReopened(logger, place.Service, place.Uri);
        Publish(ServiceEventKind.ListenerReopened, place, place.Uri);
    }

    /// <inheritdoc/>
    public void Lost(EndPoint endPoint, Exception reason)
    {
        BoundEndpoint place = find(endPoint);
        string why = Reason(reason);
        health.GiveUp(place, why, reason);
        ServiceLog.ListenerLost(logger, place.Service, place.Uri, why);
        Publish(ServiceEventKind.ListenerLost, place, $"{place.Uri}: {why}");
    }

    private static string Reason(Exception reason) => reason.Message.TrimEnd('.');

    private void Publish(ServiceEventKind kind, BoundEndpoint place, string detail) =>
        events.Publish(new ServiceEvent(kind, place.Service, string.Empty) { Cause = ServiceEventCause.TransportFault, Detail = detail });
}
