using Microsoft.Extensions.Logging;

namespace Aldis.Services.Events;

/// <summary>
/// What a server tells an application's log.
/// The generator writes the classes that have such messages in another order each time, so the same tree gave other bytes: there is one.
/// </summary>
internal static partial class ServiceLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Kind} in {Service} with {Peer}: {Reason}; {Further} more like it.")]
    public static partial void Refused(
        ILogger logger, ServiceEventKind kind, string service, string peer, string reason, long further);

    [LoggerMessage(Level = LogLevel.Error, Message = "Fault in {Service} with {Peer}: {Reason}; {Further} more like it.")]
    public static partial void Fault(ILogger logger, string service, string peer, string reason, long further);

    [LoggerMessage(Level = LogLevel.Error, Message = "Fault below the conversations: {Reason}; {Further} more like it.")]
    public static partial void Server(ILogger logger, string reason, long further);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} refusals and faults were not logged: they came faster than the log took them.")]
    public static partial void Dropped(ILogger logger, long count);

    [LoggerMessage(Level = LogLevel.Error, Message = "The listener of {Service} at {Place} died and is opened again: {Reason}.")]
    public static partial void ListenerFailed(ILogger logger, string service, string place, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The listener of {Service} at {Place} is open again.")]
    public static partial void ListenerReopened(ILogger logger, string service, string place);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The listener of {Service} at {Place} could not be opened again: {Reason}.")]
    public static partial void ListenerLost(ILogger logger, string service, string place, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "The TLS files are read again and count: {Files}.")]
    public static partial void TlsReloaded(ILogger logger, string files);

    [LoggerMessage(Level = LogLevel.Error, Message = "The TLS files were read again and are bad, what was read before goes on counting: {Reason}.")]
    public static partial void TlsRefused(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Look at {Warning}")]
    public static partial void CertificateExpires(ILogger logger, string warning);
}
