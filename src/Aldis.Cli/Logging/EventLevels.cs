using Aldis.Services.Events;
using Microsoft.Extensions.Logging;

namespace Aldis.Cli.Logging;

/// <summary>Which level an event of a server has in a log, and which category.</summary>
internal static class EventLevels
{
    private const string Server = LogLevels.Ours + "Server";

    /// <summary>The level of an event.</summary>
    /// <param name="kind">What happened.</param>
    public static LogLevel Of(ServiceEventKind kind) => kind switch
    {
        ServiceEventKind.Fault or ServiceEventKind.ListenerLost => LogLevel.Error,
        ServiceEventKind.ConnectionRefused or ServiceEventKind.MessageRefused or ServiceEventKind.FileRefused or ServiceEventKind.DatagramRefused
            or ServiceEventKind.ReloadRefused or ServiceEventKind.CertificateExpires or ServiceEventKind.ClockJumped
            or ServiceEventKind.ListenerFailed => LogLevel.Warning,
        ServiceEventKind.TextReceived or ServiceEventKind.MessageReceived or ServiceEventKind.MessageAcknowledged
            or ServiceEventKind.GreetingReceived => LogLevel.Debug,
        _ => LogLevel.Information,
    };

    /// <summary>The category of an event: that of its conversation, <c>Aldis.messages</c>, or of the server.</summary>
    /// <param name="service">The name of the conversation; empty for none.</param>
    public static string CategoryOf(string service) => service.Length == 0 ? Server : LogLevels.Ours + service;
}
