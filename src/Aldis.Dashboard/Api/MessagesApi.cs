using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Dashboard.Watch;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Aldis.Dashboard.Api;

/// <summary>The messages of the journal, read beside the server that writes it.</summary>
/// <param name="directory">The journal's directory.</param>
/// <param name="server">The server, for what its clients sent again.</param>
/// <param name="watch">What was seen of it.</param>
internal sealed class MessagesApi(string directory, ConversationServer server, ServerWatch watch)
{
    /// <summary>Messages in one answer at most.</summary>
    public const int MostMessages = 500;

    /// <summary>Bytes of a payload that are shown at most; the rest is exported.</summary>
    public const int MostPayloadBytes = 64 * 1024;

    private const int DefaultMessages = 100;
    private const int MostTextBytes = 256;
    private const int WriteBytes = 64 * 1024;

    // What a stream tells and looks at in each write at most, and what waits for the next ones where it is behind.
    private const int MostFollowed = 100;
    private const int MostFollowedBytes = 1024 * 1024;
    private const int KeptBytes = 64 * 1024;

    /// <summary>A page of messages, the last of the journal or those before a place.</summary>
    /// <param name="request">Its query has <c>client</c>, <c>since</c>, <c>until</c>, <c>text</c>, <c>before</c>, <c>count</c> and
    /// <c>payload</c>.</param>
    /// <exception cref="FormatException">The query is wrong; the message says in what.</exception>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public MessagesView Read(HttpRequest request)
    {
        (JournalQuery query, Func<JournalMessage, bool> isWanted) = QueryOf(request);
        int count = (int)ApiAnswer.ReadNumber(request, "count", 1, MostMessages, DefaultMessages);
        JournalPlace? before = ReadPlace(request, "before");
        bool showPayload = ShowsPayload(request);
        JournalPage page = JournalHistory.Read(
            directory, FileStorage.Instance, query, isWanted, before, count, request.HttpContext.RequestAborted);
        return new MessagesView(
            [.. page.Messages.Select(one => View(one.Message, Format(one.Place), showPayload))],
            page.Before is { } further ? Format(further) : null,
            Format(page.End),
            query.Client is { Length: > 0 } client ? CountRepeats(client) : null);
    }

    /// <summary>
    /// Follows the journal: what arrives and is wanted, from now on, or from a place on. A page cannot show twenty thousand lines a second: what is
    /// more than it can show is not even read, and it is told that there is a gap.
    /// </summary>
    /// <param name="request">Its query, as of <see cref="Read"/>; its place is <c>Last-Event-ID</c>, or <c>after</c>.</param>
    /// <param name="events">Where it goes.</param>
    /// <exception cref="FormatException">The query is wrong; the message says in what.</exception>
    public async Task FollowAsync(HttpRequest request, ServerSentEvents events)
    {
        (JournalQuery query, Func<JournalMessage, bool> isWanted) = QueryOf(request);
        bool showPayload = ShowsPayload(request);
        CancellationToken gone = request.HttpContext.RequestAborted;
        JournalPlace? after = LastOf(request);
        using var reader = new JournalReader(directory, FileStorage.Instance, query with { Follow = true });
        bool isGap = after is { } known && !reader.TryGoBefore(known);
        if (after is null || isGap)
        {
            // A place that is not there says nothing of what comes: it may be of another journal.
            after = null;
            GoToEnd(reader);
        }

        // Where a page found nothing it names a whole segment, which is read once.
        bool readsAll = after is { Position: 0 };
        events.Begin();
        while (true)
        {
            if (isGap)
            {
                events.Add("gap", null, static writer => writer.WriteNullValue());
            }

            var messages = new List<MessageView>();
            JournalPlace end = default;
            reader.MostReadBytes = readsAll ? long.MaxValue : reader.ReadBytes + MostFollowedBytes;
            while (messages.Count < MostFollowed && reader.TryRead(out JournalMessage? message))
            {
                gone.ThrowIfCancellationRequested();
                if (isWanted(message) && !(after is { } first && reader.Place.IsBefore(first)))
                {
                    messages.Add(View(message, Format(reader.Place), showPayload));
                    end = reader.Place.Next;
                }
            }

            if (messages.Count > 0)
            {
                IReadOnlyList<MessageView> views = messages;
                events.Add("messages", Format(end), writer => JsonSerializer.Serialize(writer, views, ApiJson.Default.IReadOnlyListMessageView));
            }

            bool isBehind = messages.Count == MostFollowed || reader.ReadBytes >= reader.MostReadBytes;
            readsAll = false;
            await events.PaceAsync(isBehind ? ServerSentEvents.FloodPace : ServerSentEvents.Pace, gone).ConfigureAwait(false);
            isGap = isBehind && reader.SkipAhead(KeptBytes);
        }
    }

    /// <summary>All messages that are wanted, oldest first, as a file: NDJSON as <c>aldis log --json</c> has it, or CSV (RFC 4180).</summary>
    /// <param name="context">The request; its query as of <see cref="Read"/>, and <c>format</c>.</param>
    /// <exception cref="FormatException">The query is wrong; the message says in what.</exception>
    public async Task ExportAsync(HttpContext context)
    {
        (JournalQuery query, Func<JournalMessage, bool> isWanted) = QueryOf(context.Request);
        bool isCsv = context.Request.Query["format"].ToString() switch
        {
            "" or "ndjson" => false,
            "csv" => true,
            _ => throw new FormatException("'format' is 'ndjson' or 'csv'."),
        };
        context.Response.ContentType = isCsv ? "text/csv; charset=utf-8" : "application/x-ndjson";
        context.Response.Headers.ContentDisposition = $"attachment; filename=\"messages.{(isCsv ? "csv" : "ndjson")}\"";
        using var reader = new JournalReader(directory, FileStorage.Instance, query);
        var lines = new NdjsonBuffer();
        var records = new PendingText();
        if (isCsv)
        {
            records.WriteText(JournalMessageCsv.Header);
        }

        while (reader.TryRead(out JournalMessage? message))
        {
            if (!isWanted(message))
            {
                continue;
            }

            if (isCsv)
            {
                records.WriteText(JournalMessageCsv.Write(message, NdjsonBuffer.Format(message.ReceivedAt)));
            }
            else
            {
                lines.Append("message", writer => JournalMessageJson.Write(writer, message));
                records.Writer.Write(lines.Written);
                lines.Clear();
            }

            if (records.Written.Length >= WriteBytes)
            {
                await context.Response.Body.WriteAsync(records.Written, context.RequestAborted).ConfigureAwait(false);
                records.Clear();
            }
        }

        await context.Response.Body.WriteAsync(records.Written, context.RequestAborted).ConfigureAwait(false);
    }

    private static void GoToEnd(JournalReader reader)
    {
        _ = reader.SkipAhead(KeptBytes);
        reader.MostReadBytes = reader.ReadBytes + MostFollowedBytes;
        while (reader.TryRead(out _))
        {
        }
    }

    private static (JournalQuery Query, Func<JournalMessage, bool> IsWanted) QueryOf(HttpRequest request)
    {
        string? client = request.Query.TryGetValue("client", out StringValues given) ? given.ToString() : null;
        DateTimeOffset? until = ApiAnswer.ReadTime(request, "until");
        string text = request.Query["text"].ToString();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > MostTextBytes)
        {
            throw new FormatException($"'text' has at most {MostTextBytes} bytes.");
        }

        return (
            new JournalQuery { Client = client, Since = ApiAnswer.ReadTime(request, "since") },
            message => (until is not { } end || message.ReceivedAt < end) && (bytes.Length == 0 || message.Payload.Span.IndexOf(bytes) >= 0));
    }

    private long CountRepeats(string client) =>
        watch.FindTally(client).Repeats + server.Connections.Where(one => one.Client == client).Sum(static one => one.Repeats);

    private static bool ShowsPayload(HttpRequest request) => request.Query["payload"] == "1";

    private static MessageView View(JournalMessage message, string place, bool showPayload) => new(
        place,
        message.Client,
        message.Sequence,
        message.ReceivedAt,
        message.From,
        message.Payload.Length,
        showPayload ? Convert.ToBase64String(message.Payload.Span[..Math.Min(message.Payload.Length, MostPayloadBytes)]) : null);

    private static string Format(JournalPlace place) => string.Create(CultureInfo.InvariantCulture, $"{place.Segment}.{place.Position}");

    private static JournalPlace? ReadPlace(HttpRequest request, string name)
    {
        if (request.Query[name] is not [{ Length: > 0 } text])
        {
            return null;
        }

        return ParsePlace(text) ?? throw new FormatException($"'{name}' is the '{name}' of an answer.");
    }

    /// <summary>The place that whoever comes back had reached; null where none is named.</summary>
    private static JournalPlace? LastOf(HttpRequest request) =>
        (request.Headers["Last-Event-ID"] is [{ Length: > 0 } id] ? ParsePlace(id) : null) ?? ReadPlace(request, "after");

    private static JournalPlace? ParsePlace(string text)
    {
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && long.TryParse(text.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out long segment)
            && long.TryParse(text.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long position)
                ? new JournalPlace(segment, position)
                : null;
    }
}
