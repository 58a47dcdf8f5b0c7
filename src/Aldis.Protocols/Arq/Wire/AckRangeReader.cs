namespace Aldis.Protocols.Arq.Wire;

/// <summary>Walks over the packet numbers an ACK names, from the largest run down.</summary>
internal ref struct AckRangeReader
{
    private ReadOnlySpan<byte> _rest;
    private int _runsLeft;
    private long _next;
    private bool _isFirst;

    public AckRangeReader(in AckPacket ack)
    {
        _rest = ack.Ranges;
        _runsLeft = ack.RangeCount + 1;
        _next = ack.Largest;
        _isFirst = true;
    }

    /// <summary>Whether the bytes contradicted themselves; then nothing of the ACK may be believed.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>The next run of packet numbers, both ends included. False after the last, and if the bytes are malformed.</summary>
    public bool TryRead(out long first, out long last)
    {
        first = last = 0;
        if (_runsLeft == 0)
        {
            return false;
        }

        _runsLeft--;
        if (!_isFirst)
        {
            // `_next` is the number just below the run before; at least one number is missing between two runs.
            if (!TryTake(out long gap) || gap + 1 > _next)
            {
                return Fail();
            }

            _next -= gap + 1;
        }

        _isFirst = false;
        if (!TryTake(out long more) || more > _next)
        {
            return Fail();
        }

        last = _next;
        first = last - more;
        _next = first - 1;
        return true;
    }

    private bool TryTake(out long value)
    {
        int length = VariableInteger.Read(_rest, out value);
        _rest = _rest[length..];
        return length > 0;
    }

    private bool Fail()
    {
        IsMalformed = true;
        _runsLeft = 0;
        return false;
    }
}
