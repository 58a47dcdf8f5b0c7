using System.Diagnostics;
using Aldis.Journal.Stores;
using Aldis.Protocols.Text;
using Microsoft.AspNetCore.Http;

namespace Aldis.Services.Hosting;

/// <summary>
/// Spans of a server, from the source <see cref="Name"/> (docs/operations.md): one for each connection, one for each commit of a store, and one for
/// each HTTP request that carries a trace context. Where nobody listens nothing is made.
/// </summary>
internal static class ServerTraces
{
    /// <summary>The name of the source.</summary>
    public const string Name = "Aldis.Server";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Begins the span of a connection.</summary>
    /// <param name="served">The connection.</param>
    /// <returns>Null where nobody listens.</returns>
    public static Activity? BeginConnection(ServedConnection served)
    {
        Activity? span = Source.StartActivity($"{served.Service} connection", ActivityKind.Server);
        return span?.SetTag("aldis.service", served.Service).SetTag("aldis.connection", served.Id).SetTag("aldis.peer", served.Peer);
    }

    /// <summary>Says how a connection ended; disposing of its span ends that.</summary>
    /// <param name="span">The span; null where nobody listens.</param>
    /// <param name="served">The connection.</param>
    /// <param name="end">Why it ended; null where its client closed it in order.</param>
    public static void NoteEnd(Activity? span, ServedConnection served, ConnectionEnd? end)
    {
        span?.SetTag("aldis.client", served.Client).SetTag("aldis.messages", served.Counted.Messages);
        if (end is { } why)
        {
            span?.SetTag("error.type", KebabName.Of(why.Cause)).SetStatus(ActivityStatusCode.Error, why.Reason);
        }
    }

    /// <summary>Tells of a commit that is over.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="level">The level of the store, a word.</param>
    /// <param name="now">The time.</param>
    public static void TellCommit(in StoreCommit commit, string level, DateTimeOffset now)
    {
        if (!Source.HasListeners())
        {
            return;
        }

        DateTimeOffset began = now - commit.Write - (commit.Sync ?? TimeSpan.Zero);
        using Activity? span = Source.StartActivity("store commit", ActivityKind.Internal, default(ActivityContext), startTime: began);
        span?.SetTag("aldis.level", level).SetTag("aldis.messages", commit.Messages).SetTag("aldis.bytes", commit.Bytes)
            .SetEndTime(now.UtcDateTime);
    }

    /// <summary>
    /// Answers an HTTP request within a span of the trace that its client sent along (W3C Trace Context: <c>traceparent</c>,
    /// <c>tracestate</c>). A request without one, as those of machines that ask every second, has none.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="answer">Answers it.</param>
    public static async Task TraceAsync(HttpContext context, RequestDelegate answer)
    {
        HttpRequest request = context.Request;
        using Activity? span = Source.HasListeners()
            && ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out ActivityContext sent)
                ? Source.StartActivity("http request", ActivityKind.Server, sent)
                : null;
        await answer(context).ConfigureAwait(false);
        span?.SetTag("http.request.method", request.Method).SetTag("url.path", request.Path.Value)
            .SetTag("http.response.status_code", context.Response.StatusCode);
    }
}
