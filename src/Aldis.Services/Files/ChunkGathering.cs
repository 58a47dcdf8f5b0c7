using System.Buffers;
using Aldis.Services.Inbox;

namespace Aldis.Services.Files;

/// <summary>
/// Gathers what comes of a chunk in blocks that take turns: one fills while the others are written. What is small, and what comes when there are
/// no blocks, is gathered in little memory. One caller.
/// </summary>
internal sealed class ChunkGathering : IDisposable
{
    private const int Blocks = OrderedWrites.MostUnderWay + 1;
    private const int SmallBytes = 32 * 1024;
    private const int MostSmallChunk = 64 * 1024;

    private readonly TransferBlocks.Block?[] _large = new TransferBlocks.Block?[Blocks];
    private readonly byte[]?[] _small = new byte[]?[Blocks];
    private Memory<byte> _block;
    private bool _isLarge;
    private int _turn;
    private int _length;

    /// <summary>Whether nothing more can be gathered before it is taken.</summary>
    public bool IsFull => _length == _block.Length;

    /// <summary>Begins a chunk; what was gathered of another and not taken is forgotten.</summary>
    /// <param name="bytes">Bytes of the chunk, at least one.</param>
    public void Begin(int bytes)
    {
        _isLarge = bytes > MostSmallChunk && TryRent();
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
    /// <returns>The bytes, which stay until as many more as <see cref="OrderedWrites.MostUnderWay"/> are taken.</returns>
    public ReadOnlyMemory<byte> Take()
    {
        ReadOnlyMemory<byte> taken = _block[.._length];
        _turn = (_turn + 1) % Blocks;
        BeginBlock();
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ReturnLarge();
        for (int turn = 0; turn < Blocks; turn++)
        {
            if (_small[turn] is { } small)
            {
                ArrayPool<byte>.Shared.Return(small);
                _small[turn] = null;
            }
        }
    }

    private void BeginBlock()
    {
        _length = 0;
        _block = _isLarge ? _large[_turn]!.Memory : (_small[_turn] ??= ArrayPool<byte>.Shared.Rent(SmallBytes)).AsMemory(0, SmallBytes);
    }

    /// <summary>Takes all, or none: fewer would be filled again while they are written.</summary>
    private bool TryRent()
    {
        for (int turn = 0; turn < Blocks; turn++)
        {
            _large[turn] ??= TransferBlocks.Shared.TryRent();
            if (_large[turn] is null)
            {
                ReturnLarge();
                return false;
            }
        }

        return true;
    }

    private void ReturnLarge()
    {
        for (int turn = 0; turn < Blocks; turn++)
        {
            if (_large[turn] is { } large)
            {
                TransferBlocks.Shared.Return(large);
                _large[turn] = null;
            }
        }
    }
}
