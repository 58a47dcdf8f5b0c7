using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Journal.Storage;
using Aldis.Postgres;
using Aldis.Protocols.Framing;
using Aldis.Services.Events;
using Aldis.Transports.Randomness;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>Opens the database in which several servers keep messages. It need not be there yet.</summary>
internal static class DatabaseStore
{
    /// <summary>The file of the data directory with the server's own id.</summary>
    public const string NodeName = "store.node";

    /// <summary>The file of the data directory with the highest timeline of the database that was seen.</summary>
    public const string TimelineName = "store.timeline";

    private const int NodeBytes = 8;

    /// <summary>Opens it.</summary>
    /// <param name="place">Where it is.</param>
    /// <param name="settings">What else was asked for.</param>
    /// <param name="hub">Told when it comes and goes.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The store; the caller disposes it, after the server has stopped.</returns>
    /// <exception cref="UsageException">What the data directory keeps for it cannot be read or written.</exception>
    public static PostgresMessageStore Open(DatabasePlace place, ServeSettings settings, EventHub hub, TimeProvider time)
    {
        if (settings.Repair)
        {
            throw new UsageException("--repair is for a journal: a database mends itself.");
        }

        try
        {
            return PostgresMessageStore.Open(new PostgresStoreOptions
            {
                Address = place.Address,
                Level = settings.Level,
                Node = place.Node ?? LoadOrMakeNode(settings.Data),
                TimelineFile = Path.Combine(settings.Data, TimelineName),
                RetainAge = settings.RetainAge,
                Told = news => hub.Publish(StoreEvents.Of(news)),
                TimeProvider = time,
            });
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>The server's own id: a copy of a data directory beside the first is another server only once its file is deleted.</summary>
    private static string LoadOrMakeNode(string directory)
    {
        string path = Path.Combine(directory, NodeName);
        if (File.Exists(path))
        {
            string known = new FileInfo(path).Length <= ClientId.MaxLength + 1 ? File.ReadAllText(path, Encoding.ASCII).TrimEnd('\n') : string.Empty;
            return ClientId.IsValid(known) ? known : throw new InvalidDataException($"{path} holds no id of a server; delete it for a new one.");
        }

        string node = "s-" + Convert.ToHexStringLower(SystemRandom.GetBytes(NodeBytes));
        WholeFile.Put(FileStorage.Instance, path, path + ".new", Encoding.ASCII.GetBytes(node + "\n"));
        FileStorage.Instance.SyncDirectory(directory);
        return node;
    }
}
