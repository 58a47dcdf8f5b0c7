using Aldis.Dashboard.Watch;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Api;

/// <summary>The files that are under way to the server.</summary>
internal static class FilesApi
{
    /// <summary>What is received now, in the order in which the connections opened; at most <see cref="ConnectionsApi.Most"/>.</summary>
    /// <param name="server">The server.</param>
    /// <param name="watch">What was seen of it.</param>
    public static IReadOnlyList<FileIntakeView> Read(ConversationServer server, ServerWatch watch) =>
    [
        .. server.Registry.Intakes()
            .Select(one => server.Registry.Find(one.Id))
            .Where(static one => one?.Situation.File is { } file && file.Settled < file.Files)
            .Take(ConnectionsApi.Most)
            .Select(one => View(one!, one!.Situation.File!, watch.FindIntakeRate(one.Number))),
    ];

    /// <summary>One as the API shows it.</summary>
    /// <param name="one">The connection.</param>
    /// <param name="file">What it receives.</param>
    /// <param name="bytesPerSecond">How fast; null where that is not known.</param>
    public static FileIntakeView View(OpenConnection one, FileIntake file, double? bytesPerSecond)
    {
        var state = ConnectionState.Of(one.Situation, one.BytesReceived);
        long? total = Known(file.TotalBytes);
        double? left = total is { } all && bytesPerSecond is { } rate and > 0 ? Math.Max(0, all - file.DoneBytes) / rate : null;
        return new FileIntakeView(
            one.Number,
            one.Peer,
            one.Client,
            file.Name,
            Known(file.Size),
            file.Received,
            file.Files,
            file.Settled,
            total,
            file.DoneBytes,
            bytesPerSecond,
            left,
            state.Words,
            state.AwaitsWhom);
    }

    private static long? Known(long bytes) => bytes < 0 ? null : bytes;
}
