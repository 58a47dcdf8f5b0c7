using System.Buffers;
using Aldis.Services.Inbox;

namespace Aldis.Services.Files;

/// <summary>
/// Gathers what comes of a chunk in two blocks that take turns: one fills while the other is written. What is small, and what comes when there are
/// no blocks, is gathered in little memory. One caller.
/// </summary>
internal sealed class ChunkGathering : IDisposable
{
    private const int SmallBytes = 64 * 1024;

    private readonly Memory<byte>[] _large = new Memory<byte>[2];
    private readonly byte[]?[] _small = new byte[]?[2];
    private Memory<byte> _block;
    private bool _hasLarge;
    private bool _isLarge;
    private int _turn;
    private int _length;

    /// <summary>Whether nothing more can be gathered before it is taken.</summary>
    public bool IsFull => _length == _block.Length;

    /// <summary>Begins a chunk; what was gathered of another and not taken is forgotten.</summary>
    /// <param name="bytes">Bytes of the chunk, at least one.</param>
    public void Begin(int bytes)
    {
        _hasLarge = _hasLarge || (bytes > SmallBytes && TryRent());
        _isLarge = bytes > SmallBytes && _hasLarge;
        BeginBlock();
    }

    /// <summary>Takes what there is room for.</summary>
    /// <param name="data">The bytes; they are not kept.</param>
    /// <returns>How many were taken.</returns>
    public int Append(ReadOnlySpan<byte> data)
    {
        int count = Math.Min(data.Length, _block.Length - _length);
        data[..count].CopyTo(_block.Span[_length..]);
        _length += count;
        return count;
    }

    /// <summary>Gives what was gathered.</summary>
    /// <returns>The bytes, which stay until the next but one is taken.</returns>
    public ReadOnlyMemory<byte> Take()
    {
        ReadOnlyMemory<byte> taken = _block[.._length];
        _turn = 1 - _turn;
        BeginBlock();
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int turn = 0; turn < _large.Length; turn++)
        {
            if (_hasLarge)
            {
                TransferBlocks.Return(_large[turn]);
            }

            if (_small[turn] is { } small)
            {
                ArrayPool<byte>.Shared.Return(small);
                _small[turn] = null;
            }
        }

        _hasLarge = false;
    }

    private void BeginBlock()
    {
        _length = 0;
        _block = _isLarge ? _large[_turn] : (_small[_turn] ??= ArrayPool<byte>.Shared.Rent(SmallBytes)).AsMemory(0, SmallBytes);
    }

    private bool TryRent()
    {
        if (!TransferBlocks.TryRent(out _large[0]))
        {
            return false;
        }

        if (TransferBlocks.TryRent(out _large[1]))
        {
            return true;
        }

        TransferBlocks.Return(_large[0]);
        return false;
    }
}
