using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Api;

/// <summary>
/// The clients of the journal. Who wants all of them has the whole journal read, so that is done at most once in ten seconds, whoever asks.
/// Thread-safe.
/// </summary>
/// <param name="directory">The journal's directory.</param>
/// <param name="server">The server, for the connections they have.</param>
/// <param name="time">The clock.</param>
internal sealed class ClientsApi(string directory, ConversationServer server, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Task<IReadOnlyList<ClientSummary>>? _listing;
    private long _listedAt;

    /// <summary>The clients, by id.</summary>
    /// <param name="cancellationToken">Waits no longer; the listing goes on for others.</param>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public async Task<IReadOnlyList<ClientView>> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ClientSummary> clients = await List().WaitAsync(cancellationToken).ConfigureAwait(false);
        ILookup<string, long> here = server.Connections
            .Where(static one => one.Client is not null)
            .ToLookup(static one => one.Client!, static one => one.Number, StringComparer.Ordinal);
        return
        [
            .. clients.Select(client => new ClientView(
                client.Client,
                client.Last,
                client.Messages,
                client.LastSeen,
                here.Contains(client.Client) ? here[client.Client].Max() : null)),
        ];
    }

    private Task<IReadOnlyList<ClientSummary>> List()
    {
        lock (_lock)
        {
            if (_listing is null || (_listing.IsCompleted && (_listing.IsFaulted || time.GetElapsedTime(_listedAt) >= Period)))
            {
                _listedAt = time.GetTimestamp();
                _listing = Task.Run(() => ClientListing.Read(directory, FileStorage.Instance).Clients);
            }

            return _listing;
        }
    }
}
