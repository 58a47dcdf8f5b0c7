namespace Aldis.Protocols.Arq.Congestion;

/// <summary>During recovery, lets about as much out as comes in until the flight has shrunk to the new window (RFC 9937).</summary>
internal struct ProportionalRateReduction
{
    private long _delivered;
    private long _sent;
    private long _flightAtStart;

    public void Start(long flight)
    {
        _delivered = 0;
        _sent = 0;
        _flightAtStart = Math.Max(1, flight);
    }

    public void OnSent(int size) => _sent += size;

    /// <summary>The window after an acknowledgement.</summary>
    public long OnAck(long ackedBytes, long inFlight, long target, int datagramSize)
    {
        _delivered += ackedBytes;
        long allowed = inFlight > target
            ? (((_delivered * target) + _flightAtStart - 1) / _flightAtStart) - _sent
            : Math.Min(target - inFlight, Math.Max(_delivered - _sent, ackedBytes) + datagramSize);

        // The first acknowledgement of a recovery always lets one packet out: the retransmission.
        return inFlight + Math.Max(allowed, _sent == 0 ? datagramSize : 0);
    }
}
