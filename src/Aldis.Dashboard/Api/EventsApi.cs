using System.Globalization;
using System.Text.Json;
using Aldis.Dashboard.Watch;
using Aldis.Services.Events;
using Aldis.Transports.Randomness;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Api;

/// <summary>What happened, but for what comes with each message: all of it, or that of one connection with its messages.</summary>
/// <param name="recent">The last events.</param>
/// <param name="hub">Where events go.</param>
internal sealed class EventsApi(RecentEvents recent, EventHub hub)
{
    /// <summary>Events in one answer at most.</summary>
    public const int MostEvents = 500;

    // Events of a connection in one write at most, and how many wait for it: who is farther behind is told of a gap.
    private const int MostFollowed = 100;
    private const int FollowedCapacity = 512;

    // Numbers begin anew with each run of the server: a page that outlived one is told apart by this.
    private readonly string _run = Convert.ToHexStringLower(SystemRandom.GetBytes(8));

    /// <summary>The last events, oldest first, as docs/events.md has them.</summary>
    /// <param name="context">The request; its query has <c>after</c> and <c>text</c>.</param>
    /// <exception cref="FormatException">The query is wrong; the message says in what.</exception>
    public Task ReadAsync(HttpContext context)
    {
        long after = ApiAnswer.ReadNumber(context.Request, "after", 0, long.MaxValue, 0);
        RecentEventsPage page = recent.Read(after, int.MaxValue);
        var text = new PendingText();
        using (var writer = new Utf8JsonWriter(text.Writer))
        {
            writer.WriteStartArray();
            foreach (ServiceEvent what in page.Events.TakeLast(MostEvents))
            {
                Write(writer, what, showPayload: false);
            }

            writer.WriteEndArray();
        }

        context.Response.ContentType = "application/json";
        return context.Response.Body.WriteAsync(text.Written, context.RequestAborted).AsTask();
    }

    /// <summary>Follows: first what is kept after <c>Last-Event-ID</c> (or <c>after</c>), then what happens. An id of an earlier run of the
    /// server names nothing that is kept: all is read.</summary>
    /// <param name="context">The request.</param>
    /// <param name="events">Where it goes.</param>
    /// <exception cref="FormatException">The query is wrong; the message says in what.</exception>
    public async Task FollowAsync(HttpContext context, ServerSentEvents events)
    {
        CancellationToken gone = context.RequestAborted;
        long last = LastOf(context.Request);
        events.Begin();
        while (true)
        {
            RecentEventsPage page = recent.Read(last, MostEvents);
            if (page.IsGap)
            {
                events.Add("gap", null, static writer => writer.WriteNullValue());
            }

            foreach (ServiceEvent what in page.Events)
            {
                last = what.Number;
                events.Add(
                    "event",
                    string.Create(CultureInfo.InvariantCulture, $"{_run}.{last}"),
                    writer => Write(writer, what, showPayload: false));
            }

            await events.PaceAsync(ServerSentEvents.Pace, gone).ConfigureAwait(false);
        }
    }

    /// <summary>Follows one connection from now on, its messages too.</summary>
    /// <param name="context">The request; its query has <c>payload=1</c> where the beginnings of payloads are asked for.</param>
    /// <param name="number">The connection's number.</param>
    /// <param name="events">Where it goes.</param>
    public async Task FollowConnectionAsync(HttpContext context, long number, ServerSentEvents events)
    {
        CancellationToken gone = context.RequestAborted;
        bool showPayload = context.Request.Query["payload"] == "1";
        using EventFollower follower = hub.FollowConnection(number, showPayload, FollowedCapacity);
        events.Begin();
        bool isOver = false;
        while (!isOver)
        {
            // A page can show a hundred in the time that it takes to draw them: it has the last of them, and is told how many were before.
            var last = new Queue<ServiceEvent>();
            long passed = 0;
            for (int read = 0; read < FollowedCapacity; read++)
            {
                bool isRead = follower.TryRead(out ServiceEvent what, out long missed);
                passed += missed;
                if (!isRead)
                {
                    break;
                }

                isOver |= what.Kind == ServiceEventKind.ConnectionClosed;
                last.Enqueue(what);
                if (last.Count > MostFollowed)
                {
                    last.Dequeue();
                    passed++;
                }
            }

            if (passed > 0)
            {
                events.Add("gap", null, writer => writer.WriteNumberValue(passed));
            }

            foreach (ServiceEvent what in last)
            {
                events.Add("event", what.Number.ToString(CultureInfo.InvariantCulture), writer => Write(writer, what, showPayload));
            }

            await events.PaceAsync(passed > 0 ? ServerSentEvents.FloodPace : ServerSentEvents.Pace, gone).ConfigureAwait(false);
        }
    }

    /// <summary>The number of the last event that is known, of this run of the server; 0 where none is.</summary>
    private long LastOf(HttpRequest request)
    {
        foreach (string? named in new[] { request.Headers["Last-Event-ID"].ToString(), request.Query["after"].ToString() })
        {
            string[] id = named.Split('.');
            if (id.Length <= 2 && long.TryParse(id[^1], NumberStyles.None, CultureInfo.InvariantCulture, out long last))
            {
                return id.Length == 1 || id[0] == _run ? last : 0;
            }
        }

        return ApiAnswer.ReadNumber(request, "after", 0, long.MaxValue, 0);
    }

    private static void Write(Utf8JsonWriter writer, in ServiceEvent what, bool showPayload)
    {
        writer.WriteStartObject();
        writer.WriteString("event"u8, ServiceEventJson.NameOf(what));
        ServiceEventJson.Write(writer, what, showPayload);
        writer.WriteEndObject();
    }
}
