using System.Buffers;
using Aldis.Protocols.Files;

namespace Aldis.Services.Files;

/// <summary>
/// Takes the bytes behind an opening as they arrive: a manifest or paths, then their digest. Memory grows with what came, within the
/// quota, and is given back when this is disposed.
/// </summary>
/// <param name="quota">What bounds it.</param>
/// <param name="length">Bytes of the content, without the digest.</param>
internal sealed class ManifestIntake(ManifestQuota quota, int length) : IDisposable
{
    // What an entry takes beside its record, in all that is kept of it while the transfer is open.
    private const int MemoryPerEntry = 200;

    private readonly ArrayBufferWriter<byte> _content = new();
    private long _taken;

    /// <summary>Bytes that lack, the digest included.</summary>
    public int MissingBytes => length + ContentDigest.Size - _content.WrittenCount;

    /// <summary>The content, once nothing lacks.</summary>
    public ReadOnlyMemory<byte> Content => _content.WrittenMemory[..length];

    /// <summary>The digest behind it.</summary>
    public ContentDigest Digest => new(_content.WrittenSpan[length..]);

    /// <summary>Takes what has arrived of it.</summary>
    /// <param name="received">Sliced past what was taken.</param>
    /// <returns>False where the quota is used up.</returns>
    public bool TryTake(ref ReadOnlySequence<byte> received)
    {
        ReadOnlySequence<byte> piece = received.Slice(0, Math.Min(received.Length, MissingBytes));
        if (!TryTake(piece.Length))
        {
            return false;
        }

        foreach (ReadOnlyMemory<byte> segment in piece)
        {
            _content.Write(segment.Span);
        }

        received = received.Slice(piece.End);
        return true;
    }

    /// <summary>Takes the memory that the entries will need, before they are read.</summary>
    /// <param name="count">How many there are.</param>
    /// <returns>False where the quota is used up.</returns>
    public bool TryTakeEntries(int count) => TryTake((long)count * MemoryPerEntry);

    private bool TryTake(long bytes)
    {
        bool isTaken = quota.TryTake(bytes);
        _taken += isTaken ? bytes : 0;
        return isTaken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        quota.Return(_taken);
        _taken = 0;
    }
}
