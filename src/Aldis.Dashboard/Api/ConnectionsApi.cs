using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Api;

/// <summary>The open connections.</summary>
internal static class ConnectionsApi
{
    /// <summary>Connections in one answer at most: a page shows no more, and asks for others by a filter.</summary>
    public const int Most = 1000;

    /// <summary>Those that a filter wants, in the order in which they opened.</summary>
    /// <param name="server">The server.</param>
    /// <param name="service">Only of this conversation; null for all.</param>
    /// <param name="text">Only those whose peer or client contains it; null for all.</param>
    public static IReadOnlyList<ConnectionView> Read(ConversationServer server, string? service, string? text) =>
    [
        .. server.Connections
            .Where(one => string.IsNullOrEmpty(service) || one.Service == service)
            .Where(one => string.IsNullOrEmpty(text)
                || one.Peer.Contains(text, StringComparison.OrdinalIgnoreCase)
                || (one.Client?.Contains(text, StringComparison.OrdinalIgnoreCase) ?? false))
            .Take(Most)
            .Select(static one => View(one)),
    ];

    /// <summary>Answers that none has the number that was asked for.</summary>
    /// <param name="context">The request.</param>
    public static Task RefuseAsync(HttpContext context) => ApiAnswer.RefuseAsync(
        context, StatusCodes.Status404NotFound, "No open connection has this number: it is over, or never was.");

    /// <summary>One as the API shows it.</summary>
    /// <param name="one">The connection.</param>
    /// <param name="showsBuckets">Whether to show how long each of its commits took.</param>
    public static ConnectionView View(OpenConnection one, bool showsBuckets = false)
    {
        var state = ConnectionState.Of(one.Situation, one.BytesReceived);
        return new ConnectionView(
            one.Number,
            one.Peer,
            one.Client,
            one.Service,
            EndpointAddress.SchemeName(one.Transport),
            one.IsTls,
            one.OpenedAt,
            one.LastActivityAt,
            one.BytesReceived,
            one.BytesSent,
            one.Messages,
            state.Words,
            state.AwaitsWhom,
            TimesView.Of(one.AcknowledgementTimes?.ReadTimes(), showsBuckets));
    }
}
