using System.Security.Authentication;
using Aldis.Services.Events;

namespace Aldis.Services.Hosting;

/// <summary>
/// Learns why a TLS handshake failed. Kestrel keeps that to itself and tells nobody but its log, in the course of the connection's own
/// code; so what is logged there (<see cref="EventLogger"/>) finds its way here.
/// </summary>
internal sealed class HandshakeWatch : IDisposable
{
    private static readonly AsyncLocal<HandshakeWatch?> Current = new();

    private Exception? _failure;
    private string? _certificate;

    private HandshakeWatch()
    {
    }

    /// <summary>That the client began none.</summary>
    public static ConnectionEnd Missing => new(ServiceEventCause.HandshakeMissing, "it left before the TLS handshake");

    /// <summary>Begins to watch what the caller does from here on.</summary>
    /// <returns>The watch.</returns>
    public static HandshakeWatch Begin() => Current.Value = new HandshakeWatch();

    /// <summary>Takes what Kestrel logs of the handshake under way.</summary>
    /// <param name="failure">What it failed with; null where it took too long.</param>
    public static void Note(Exception? failure)
    {
        if (Current.Value is { } watch)
        {
            watch._failure = failure ?? new TimeoutException();
        }
    }

    /// <summary>Takes why the certificate that the client showed, or did not show, is not taken.</summary>
    /// <param name="reason">A clause about the client.</param>
    public static void NoteCertificate(string reason)
    {
        if (Current.Value is { } watch)
        {
            watch._certificate = reason;
        }
    }

    /// <summary>Says what was learnt.</summary>
    /// <returns>Why the connection was not served.</returns>
    public ConnectionEnd Describe() => _failure switch
    {
        _ when _certificate is { } reason => new(ServiceEventCause.ClientCertificate, reason),
        null => Missing,
        TimeoutException or OperationCanceledException =>
            new(ServiceEventCause.HandshakeTimeout, "the TLS handshake was not finished in time"),
        // What the library below did not come to see: it began as no record of TLS does.
        AuthenticationException { InnerException: null } => new(
            ServiceEventCause.HandshakeFailed, "the TLS handshake failed: what came was no TLS"),
        AuthenticationException failure => new(
            ServiceEventCause.HandshakeFailed, "the TLS handshake failed: " + ConnectionEnd.Innermost(failure).Message.TrimEnd('.')),
        _ => new(ServiceEventCause.HandshakeFailed, "it broke off the TLS handshake"),
    };

    /// <inheritdoc/>
    public void Dispose() => Current.Value = null;
}
