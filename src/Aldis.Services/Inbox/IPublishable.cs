using Aldis.Journal.Storage;

namespace Aldis.Services.Inbox;

/// <summary>What gets its name together with others (<see cref="InboxCommit"/>). Its methods are called in their order, each at most
/// once, and
/// wait for the disk; whatever they throw is its own.</summary>
internal interface IPublishable
{
    /// <summary>The directory it is in.</summary>
    IStorageRoot Root { get; }

    /// <summary>Writes what is not written yet. Not durable.</summary>
    void Prepare();

    /// <summary>
    /// Makes its content durable by itself; not called where that of everything was made durable after <see cref="Prepare"/>.
    /// </summary>
    void Sync();

    /// <summary>Looks whether somebody laid hands on it, after its content is durable.</summary>
    void Check();

    /// <summary>Gives it its name.</summary>
    /// <param name="names">Finds a free one.</param>
    /// <returns>The name.</returns>
    string GiveName(FreeNames names);

    /// <summary>The directories that have to be synced so that the name is durable.</summary>
    IEnumerable<string> ChangedDirectories { get; }
}
