namespace Aldis.Journal.Stores;

/// <summary>A store that counts what it does and tells of its commits.</summary>
internal interface IStoreFigures
{
    /// <summary>What was counted so far. By any thread.</summary>
    StoreFigures ReadFigures();

    /// <summary>Is told of each commit by the thread that made it, which waits for it: it must not throw. Null for nobody.</summary>
    Action<StoreCommit>? Committed { get; set; }
}

/// <summary>What a store counts.</summary>
/// <param name="Messages">Messages that reached its level, since it was opened.</param>
/// <param name="QueuedBytes">Bytes that wait to be written.</param>
/// <param name="SizeBytes">Bytes it holds on its disk; null where that is another's to tell.</param>
internal readonly record struct StoreFigures(long Messages, long QueuedBytes, long? SizeBytes);

/// <summary>A write of a store, with the sync behind it where there was one.</summary>
/// <param name="Messages">Messages in it.</param>
/// <param name="Bytes">Bytes of their records.</param>
/// <param name="Write">How long the write took.</param>
/// <param name="Sync">How long the sync took; null where none was due.</param>
internal readonly record struct StoreCommit(int Messages, int Bytes, TimeSpan Write, TimeSpan? Sync);
