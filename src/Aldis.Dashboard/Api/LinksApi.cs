using System.Text.Json;
using Aldis.Dashboard.Watch;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Http;

namespace Aldis.Dashboard.Api;

/// <summary>The <c>arq://</c> connections as links: what the network does to them, second by second and frame by frame.</summary>
/// <param name="server">The server.</param>
/// <param name="watch">What was seen of it.</param>
internal sealed class LinksApi(ConversationServer server, ServerWatch watch)
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>All that are kept.</summary>
    public IReadOnlyList<LinkView> Read() => [.. watch.Links.Select(static one => View(one, showsSeconds: false))];

    /// <summary>One with its last ten minutes.</summary>
    /// <param name="number">The number of the connection.</param>
    /// <returns>Null where none is kept.</returns>
    public LinkView? Find(long number) =>
        watch.Links.FirstOrDefault(one => one.Number == number) is { } link ? View(link, showsSeconds: true) : null;

    /// <summary>Follows the frames of one from now on.</summary>
    /// <param name="context">The request.</param>
    /// <param name="number">The number of the connection.</param>
    /// <param name="events">Where they go.</param>
    public async Task FollowAsync(HttpContext context, long number, ServerSentEvents events)
    {
        if (server.Registry.Get(number)?.ArqTrace is not { } link)
        {
            await ApiAnswer.RefuseAsync(
                context, StatusCodes.Status404NotFound, "No open arq:// connection has this number: its frames cannot be followed.").ConfigureAwait(false);
            return;
        }

        var frames = new FollowedFrames();
        using IDisposable following = link.Follow(frames);
        events.Begin();
        while (true)
        {
            IReadOnlyList<FrameView> views = [.. frames.Take(out long passed).Select(static one => FrameView.Of(one))];
            if (passed > 0)
            {
                events.Add("gap", null, writer => writer.WriteNumberValue(passed));
            }

            if (views.Count > 0)
            {
                events.Add("frames", null, writer => JsonSerializer.Serialize(writer, views, ApiJson.Default.IReadOnlyListFrameView));
            }

            await events.PaceAsync(ServerSentEvents.Pace, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static LinkView View(WatchedLink link, bool showsSeconds) => new(
        link.Number,
        link.Peer,
        link.Client,
        link.Service,
        link.EndedAt,
        Milliseconds(link.Stats.SmoothedRttNs),
        Milliseconds(link.Stats.MinRttNs),
        link.Stats.DatagramSize,
        link.Stats.PacketsSent,
        link.Stats.PacketsLost - link.Stats.SpuriousLosses,
        link.Seconds.Count == 0 || link.EndedAt is not null ? null : LinkSecondView.Of(link.Seconds[^1]),
        new RepetitionsView(
            link.Stats.RetransmittedAfterTimeout,
            link.Stats.PacketsRetransmitted - link.Stats.RetransmittedAfterTimeout - link.Stats.RetransmittedInRewind,
            link.Stats.RetransmittedInRewind),
        showsSeconds ? [.. link.Seconds.Select(LinkSecondView.Of)] : null);

    private static double? Milliseconds(long nanoseconds) => nanoseconds == 0 ? null : nanoseconds / NanosecondsPerMillisecond;
}
