using Aldis.Lab.Experiments;

namespace Aldis.Lab.Tests.Numbers;

/// <summary>Frames that say which they are: their first byte.</summary>
internal sealed class CountedFrames(int frameSize) : ILabPayload
{
    private readonly List<byte> _delivered = [];
    private long _read;

    /// <summary>The frames that arrived, in the order in which the receiver handed them on.</summary>
    public IEnumerable<int> Delivered => _delivered.Where((_, index) => index % frameSize == 0).Select(static b => (int)b);

    public void Read(Span<byte> destination)
    {
        foreach (ref byte octet in destination)
        {
            octet = (byte)(_read++ / frameSize);
        }
    }

    public void Deliver(ReadOnlySpan<byte> bytes) => _delivered.AddRange(bytes);
}
