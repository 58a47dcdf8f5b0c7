using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>Finds the packets in a receive buffer. Where the driver does not know the size of the batch's datagrams, the end of the
/// first valid DATA gives it,
/// for DATA is last in a datagram. After a damaged packet the walk goes on at the next datagram, so that one flipped bit does not cost the
/// whole batch.</summary>
internal ref struct DatagramWalk
{
    private const int BlindSteps = 2;

    private readonly ReadOnlySpan<byte> _buffer;
    private int _segmentSize;
    private int _position;
    private int _blindStepsLeft;
    private bool _isIntact;

    public DatagramWalk(ReadOnlySpan<byte> buffer, int segmentSize)
    {
        _buffer = buffer;
        _segmentSize = Math.Clamp(segmentSize, 0, buffer.Length);
        _blindStepsLeft = BlindSteps;
        _isIntact = true;
    }

    /// <summary>Bytes passed over without being understood by the last step.</summary>
    public int Skipped { get; private set; }

    /// <summary>The next packet whose length is possible.</summary>
    /// <returns>False at the end of the buffer. A false with <see cref="Skipped"/> set means that something could not be read.</returns>
    public bool TryNext(out ReadOnlySpan<byte> packet)
    {
        packet = default;
        Skipped = 0;
        while (_position + PacketLayout.HeaderLength <= _buffer.Length)
        {
            int end = DatagramEnd();
            ReadOnlySpan<byte> rest = _buffer[_position..end];
            if (rest.Length < PacketLayout.HeaderLength)
            {
                _position = end;
                continue;
            }

            int length = PacketLayout.LengthOf(rest);
            if (length >= PacketLayout.HeaderLength && length <= rest.Length)
            {
                packet = rest[..length];
                return true;
            }

            Skipped += rest.Length;
            _position = end;
            return false;
        }

        return false;
    }

    /// <summary>Whether anything may follow.</summary>
    public readonly bool IsOver => _position + PacketLayout.HeaderLength > _buffer.Length;

    /// <summary>The packet was what it said.</summary>
    public void Accept(int length, bool isData)
    {
        _position += length;
        if (!isData)
        {
            return;
        }

        if (_segmentSize == 0 && _isIntact)
        {
            _segmentSize = _position;
        }
        else if (_segmentSize > 0)
        {
            _position = Math.Max(_position, AlignedEnd(_position - 1));
        }
    }

    /// <summary>The packet was damaged or cannot be judged.</summary>
    public void Reject(int length)
    {
        if (_segmentSize > 0)
        {
            Skipped = DatagramEnd() - _position;
            _position = DatagramEnd();
            return;
        }

        // The length is only a guess now; what it leads to must prove itself by its own checksum. Few guesses bound the work.
        _isIntact = false;
        Skipped = length;
        _position = _blindStepsLeft-- > 0 ? _position + length : _buffer.Length;
    }

    private readonly int DatagramEnd() => _segmentSize == 0 ? _buffer.Length : AlignedEnd(_position);

    private readonly int AlignedEnd(int position) => Math.Min(_buffer.Length, ((position / _segmentSize) + 1) * _segmentSize);
}
