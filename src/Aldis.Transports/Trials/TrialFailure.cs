using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Trials;

/// <summary>What may become of a connection of a trial.</summary>
internal static class TrialFailure
{
    /// <summary>What is said of a trial that was broken off.</summary>
    public const string TimeIsUp = "its time was up before all was measured: over such a link it needs a longer --duration.";

    /// <summary>What is said of a trial in which nobody was reached.</summary>
    public const string NotOpened = "no connection was open before its time was up.";

    /// <summary>What ended a trial early, as a sentence.</summary>
    /// <param name="exception">The exception.</param>
    public static string Describe(Exception exception) => $"the connection ended: {exception.Message.TrimEnd('.')}.";

    /// <summary>Whether an exception says that a connection broke, or was broken off.</summary>
    /// <param name="exception">The exception.</param>
    public static bool IsOfConnection(Exception exception) =>
        exception is IOException or SocketException or ObjectDisposedException or AuthenticationException or ConnectionAbortedException
            or InvalidOperationException or OperationCanceledException;
}
