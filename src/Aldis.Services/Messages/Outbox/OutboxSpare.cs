using Aldis.Journal.Storage;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// Begins segments, each in a file that was filled with zeros before: so that there is room to begin one, and with it to delete the one
/// before, when the disk is full (docs/protocols/outbox.md section 5).
/// </summary>
internal sealed class OutboxSpare(IStorage storage, string directory)
{
    private const string Name = "spare";

    /// <summary>What a segment begins with, unless an uncommon number of refused items must be named.</summary>
    private const int Length = (1 + OutboxSlot.Count) * OutboxSlot.Size;

    private readonly string _path = Path.Combine(directory, Name);
    private bool _isReady;


    /// <summary>Makes sure that it is there.</summary>
    /// <exception cref="IOException">There is no room for it; none is taken.</exception>
    public void Prepare()
    {
        if (_isReady)
        {
            return;
        }

        using IStorageFile file = storage.OpenWrite(_path);
        file.NameInFailures(directory);
        try
        {
            // Written even where it has its length: after a power failure a file may be long without having its blocks.
            file.Write(0, new byte[Length]);
            file.Sync();
            _isReady = true;
        }
        catch
        {
            storage.Delete(_path);
            throw;
        }
    }

    /// <summary>Turns it into the segment that follows what an outbox knows.</summary>
    /// <param name="number">The segment's number.</param>
    /// <param name="content">What it begins with.</param>
    /// <param name="isBatch">Whether its state is a batch of its own.</param>
    /// <returns>The segment, empty and safe.</returns>
    public OutboxSegment Begin(long number, OutboxContent content, bool isBatch)
    {
        Prepare();
        _isReady = false;
        string path = Path.Combine(directory, OutboxSegment.Name(number));
        byte[] bytes = OutboxHeader.Write(number, content, isBatch);
        OutboxHeader header = new(OutboxHeader.Current, bytes.Length, content, isBatch);
        IStorageFile file = storage.OpenWrite(_path);
        file.NameInFailures(path);
        try
        {
            byte[] head = new byte[header.RecordsOffset];
            bytes.CopyTo(head, 0);
            file.Write(0, head);
            file.SetLength(head.Length);
            file.Sync();
            storage.Rename(_path, path);
            storage.SyncDirectory(directory);
            return new OutboxSegment(number, header, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
