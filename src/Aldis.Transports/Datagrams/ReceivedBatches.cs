using Aldis.Protocols.Datagrams;

namespace Aldis.Transports.Datagrams;

/// <summary>Room for what one call receives: several batches, each of datagrams from one peer.</summary>
internal sealed class ReceivedBatches
{
    /// <summary>Batches at most.</summary>
    public const int Capacity = 8;

    /// <summary>Bytes of one batch at most. With UDP_GRO less room would cut the rest of a batch off.</summary>
    public const int BatchBytes = 64 << 10;

    private readonly int[] _lengths = new int[Capacity];
    private readonly int[] _segmentSizes = new int[Capacity];
    private readonly PathKey[] _paths = new PathKey[Capacity];

    /// <summary>The memory: batch i begins at i × <see cref="BatchBytes"/>.</summary>
    public PinnedBuffer Buffer { get; } = new(Capacity * BatchBytes);

    /// <summary>Where the system puts addresses, lengths and control messages; laid out by <see cref="LinuxDatagramChannel"/>.</summary>
    public PinnedBuffer? Control { get; set; }

    /// <summary>Notes what was received.</summary>
    /// <param name="index">Which batch.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="segmentSize">Bytes of each of its datagrams but the last.</param>
    /// <param name="path">From whom.</param>
    public void Set(int index, int length, int segmentSize, in PathKey path)
    {
        _lengths[index] = length;
        _segmentSizes[index] = segmentSize;
        _paths[index] = path;
    }

    /// <summary>The bytes of a batch.</summary>
    /// <param name="index">Which batch.</param>
    /// <returns>All its datagrams, one after the other.</returns>
    public ReadOnlySpan<byte> BytesOf(int index) => Buffer.Bytes.AsSpan(index * BatchBytes, _lengths[index]);

    /// <summary>The size of a batch's datagrams but the last.</summary>
    /// <param name="index">Which batch.</param>
    /// <returns>In bytes.</returns>
    public int SegmentSizeOf(int index) => _segmentSizes[index];

    /// <summary>Who sent a batch.</summary>
    /// <param name="index">Which batch.</param>
    /// <returns>The path it came by.</returns>
    public ref readonly PathKey PathOf(int index) => ref _paths[index];
}
