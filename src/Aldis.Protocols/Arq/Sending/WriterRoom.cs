using Aldis.Protocols.Arq.Streams;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>What a writer may write now.</summary>
/// <param name="Bytes">How much; less than nothing when limits fell.</param>
/// <param name="IsHalfEmpty">Whether it is half of what it could be.</param>
internal readonly record struct WriterRoom(long Bytes, bool IsHalfEmpty)
{
    // What may wait to be sent for the first time, besides what is under way: enough for the time until a writer that is told of
    // room has written, and little enough to stay in the processor's cache.
    private const long LeastUnsent = 256 << 10;
    private const long MostUnsent = 2 << 20;

    /// <summary>Measures it.</summary>
    /// <param name="stream">What is held.</param>
    /// <param name="options">What may be held.</param>
    /// <param name="chunks">Where the memory comes from.</param>
    /// <param name="congestionWindow">Of which half may wait; 0 before it is known.</param>
    public static WriterRoom Of(SendStream stream, ConnectionOptions options, ChunkPool chunks, long congestionWindow)
    {
        long held = Math.Min(options.SendBufferBytes, chunks.Allow(LeastUnsent));
        long unsent = Math.Clamp(chunks.IsShort ? 0 : congestionWindow / 2, LeastUnsent, MostUnsent);
        long room = Math.Min(held - stream.HeldBytes, unsent - stream.UnsentBytes);
        return new WriterRoom(room, room >= Math.Min(held, unsent) / 2);
    }
}
