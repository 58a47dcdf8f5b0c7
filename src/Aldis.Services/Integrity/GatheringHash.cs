using System.Buffers;
using Aldis.Protocols.Files;

namespace Aldis.Services.Integrity;

/// <summary>
/// A hash over what comes in small pieces: they are gathered, because hashing 256 KiB at once is eight times as fast as 4 KiB at a
/// time. What is small altogether costs no buffer.
/// </summary>
/// <param name="hash">The hash; disposed with this.</param>
internal sealed class GatheringHash(ContentHash hash) : IDisposable
{
    private const int BufferBytes = 256 * 1024;
    private const int LeastGathered = 16 * 1024;

    private byte[]? _buffer;
    private int _length;
    private long _total;

    /// <summary>Takes the next bytes.</summary>
    /// <param name="data">The bytes; they are not kept.</param>
    public void Append(ReadOnlySequence<byte> data)
    {
        foreach (ReadOnlyMemory<byte> segment in data)
        {
            Append(segment.Span);
        }
    }

    /// <summary>Ends the digest, and begins anew with nothing.</summary>
    /// <returns>The digest of what was appended since the last end.</returns>
    public ContentDigest Finish()
    {
        HashGathered();
        _total = 0;
        return hash.Finish();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }

        hash.Dispose();
    }

    private void Append(ReadOnlySpan<byte> data)
    {
        _total += data.Length;
        while (!data.IsEmpty)
        {
            if (_length == 0 && (data.Length >= BufferBytes || (_buffer is null && _total < LeastGathered)))
            {
                hash.Append(data);
                return;
            }

            _buffer ??= ArrayPool<byte>.Shared.Rent(BufferBytes);
            int count = Math.Min(data.Length, BufferBytes - _length);
            data[..count].CopyTo(_buffer.AsSpan(_length));
            _length += count;
            data = data[count..];
            if (_length == BufferBytes)
            {
                HashGathered();
            }
        }
    }

    private void HashGathered()
    {
        if (_length > 0)
        {
            hash.Append(_buffer.AsSpan(0, _length));
            _length = 0;
        }
    }
}
