using Aldis.Journal.Stores;
using Aldis.Postgres.Queueing;

namespace Aldis.Postgres.Sessions;

/// <summary>
/// One connection to the database, with one statement at a time. Nothing here is ever cancelled: who has waited long enough gives the
/// session up, and what it had under way is unknown.
/// </summary>
internal interface IStoreSession
{
    /// <summary>Whether nothing more can be asked of it.</summary>
    bool IsBroken { get; }

    /// <summary>Stores a batch by one statement.</summary>
    /// <param name="batch">What to store.</param>
    /// <param name="node">The server's own lease, under which the plain form is stored.</param>
    Task<AppendAnswer> AppendAsync(AppendBatch batch, NodeLease node);

    /// <summary>Takes a client's lease from whoever has it.</summary>
    /// <param name="client">The client.</param>
    /// <param name="lease">What tells the new lease from every other.</param>
    /// <param name="node">Who takes it.</param>
    Task<ClaimAnswer> ClaimAsync(string client, Guid lease, string node);

    /// <summary>Raises the epoch of a lease, if it is still this one.</summary>
    Task<ClaimAnswer> RenewAsync(string client, Guid lease);

    /// <summary>Reads the epochs that clients have by now.</summary>
    /// <returns>Null where nobody knows.</returns>
    Task<IReadOnlyList<(string Client, long Epoch)>?> ReadEpochsAsync(string[] clients);

    /// <summary>Looks how the database is.</summary>
    /// <returns>Null where it does not say.</returns>
    Task<DatabaseState?> ReadStateAsync();

    /// <summary>Makes the partitions of the next days, and drops those that are older than what is kept, with the CRCs of each client's
    /// last messages set aside before.</summary>
    /// <param name="retain">How long messages are kept; null for ever.</param>
    /// <returns>How many partitions were dropped; null where it could not be done.</returns>
    Task<int?> MaintainAsync(TimeSpan? retain);

    /// <summary>Lets it go. A statement under way goes on in the database; nobody hears of it.</summary>
    void GiveUp();
}

/// <summary>The lease of a server itself: the plain form is stored under it.</summary>
/// <param name="Name">The server's own id.</param>
/// <param name="Epoch">The epoch; 0 before there is one.</param>
internal readonly record struct NodeLease(string Name, long Epoch);
