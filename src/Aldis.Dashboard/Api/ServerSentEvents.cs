using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Aldis.Dashboard.Api;

/// <summary>
/// An answer that goes on (server-sent events, HTML Living Standard section 9.2). Whoever does not read it makes the writer wait, and the
/// writer's source forgets: nothing grows on its account. Not thread-safe.
/// </summary>
/// <param name="response">The answer, not begun.</param>
/// <param name="time">The clock.</param>
/// <param name="isAllowed">Whether the reader may read on; asked once a second.</param>
internal sealed class ServerSentEvents(HttpResponse response, TimeProvider time, Func<bool> isAllowed)
{
    /// <summary>The least time between two writes: a page is not drawn more often than it is looked at, and what wakes a thread more often costs
    /// a server that has much to do more than what it tells.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    /// <summary>The time between two writes where more comes than anybody could read.</summary>
    public static readonly TimeSpan FloodPace = TimeSpan.FromMilliseconds(500);

    /// <summary>How often something is said where nothing happens: whoever is gone is noticed then, and a proxy does not give up.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    private readonly PendingText _pending = new();
    private long _writtenAt;
    private long _askedAt;

    /// <summary>Begins the answer.</summary>
    public void Begin()
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();

        // The first bytes tell a page that it is connected.
        _pending.WriteText(":\n\n");
    }

    /// <summary>Adds an event to what is written next.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="id">What a reader that comes back names as the last it had (<c>Last-Event-ID</c>); null leaves the last one.</param>
    /// <param name="data">Writes its data, one JSON value.</param>
    public void Add(string name, string? id, Action<Utf8JsonWriter> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (id is not null)
        {
            _pending.WriteText($"id: {id}\n");
        }

        _pending.WriteText($"event: {name}\ndata: ");
        using (var writer = new Utf8JsonWriter(_pending.Writer))
        {
            data(writer);
        }

        _pending.WriteText("\n\n");
    }

    /// <summary>Writes what was added, or after a while of silence a line that means nothing, and waits until more may be written.</summary>
    /// <param name="pace">The time between two writes, from <see cref="Pace"/>.</param>
    /// <param name="cancellationToken">The reader is gone.</param>
    /// <exception cref="OperationCanceledException">The reader is gone, or may read no further.</exception>
    public async Task PaceAsync(TimeSpan pace, CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_askedAt) >= AskEvery)
        {
            _askedAt = time.GetTimestamp();
            if (!isAllowed())
            {
                response.HttpContext.Abort();
                throw new OperationCanceledException("The session is over.");
            }
        }

        if (_pending.IsEmpty && time.GetElapsedTime(_writtenAt) >= KeepAlive)
        {
            _pending.WriteText(":\n\n");
        }

        if (!_pending.IsEmpty)
        {
            await response.Body.WriteAsync(_pending.Written, cancellationToken).ConfigureAwait(false);
            await response.Body.FlushAsync(cancellationToken).ConfigureAwait(false);
            _pending.Clear();
            _writtenAt = time.GetTimestamp();
        }

        // All streams go on at the same moments: to wake a thread costs more than what it does here.
        TimeSpan now = time.GetElapsedTime(0);
        await Task.Delay(pace - TimeSpan.FromTicks(now.Ticks % pace.Ticks), time, cancellationToken).ConfigureAwait(false);
    }
}
