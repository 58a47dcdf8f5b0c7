using System.Net;
using Aldis.Protocols.Arq;
using Microsoft.Extensions.Logging;

namespace Aldis.Transports;

/// <summary>
/// What the transports tell an application's log.
/// The generator writes the classes that have such messages in another order each time, so the same tree gave other bytes: there is one.
/// </summary>
internal static partial class TransportLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "UDP {EndPoint} works without {Lacks}: one datagram for each call, slower.")]
    public static partial void DatagramFallback(ILogger logger, EndPoint endPoint, string lacks);

    [LoggerMessage(Level = LogLevel.Information, Message = "UDP {EndPoint} is closed: {Counted}.")]
    public static partial void DatagramsClosed(ILogger logger, EndPoint endPoint, EndpointStats counted);

    [LoggerMessage(Level = LogLevel.Critical, Message = "UDP {EndPoint} was closed with all its connections by a defect.")]
    public static partial void DatagramDefect(ILogger logger, EndPoint endPoint, Exception exception);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{EndPoint} refuses connections: the process has few descriptors left.")]
    public static partial void Refusal(ILogger logger, EndPoint endPoint);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Accepting on {EndPoint} pauses and will be tried again.")]
    public static partial void Pause(ILogger logger, EndPoint endPoint, Exception exception);
}
