using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>Sees what becomes of the entries that are received: from any thread. It does not wait.</summary>
internal interface IReceptionWatcher
{
    /// <summary>The store said what it wants of an entry.</summary>
    void HandleAnswer(int entry, in EntryAnswer answer);

    /// <summary>Bytes of a file arrived.</summary>
    void HandleMoved(int entry, long offset);

    /// <summary>A chunk is not what its digest says, and is asked for again.</summary>
    void HandleCorrupt(int entry, long offset);

    /// <summary>Everything of a file before an offset is verified and durable.</summary>
    void HandleVerified(int entry, long offset);

    /// <summary>An entry is stored under a path; a file with a digest.</summary>
    void HandleStored(int entry, string path, bool isRenamed, ContentDigest? digest);

    /// <summary>A file that is there is what its source says.</summary>
    void HandleProven(int entry, ContentDigest digest);

    /// <summary>An entry is not taken.</summary>
    void HandleRefused(int entry, RefusalCode code, string detail);
}
