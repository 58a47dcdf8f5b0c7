namespace Aldis.Protocols.Arq.Congestion;

/// <summary>HyStart++ (RFC 9406): notices in slow start that the round trip grows, goes on at a quarter of the pace for some rounds
/// and leaves slow start unless the growth was a false alarm.</summary>
internal struct SlowStartExit
{
    // Growth that counts is an eighth of the round trip, between 4 and 16 ms (RFC 9406 section 4.3). Where the round trip itself is
    // shorter than 4 ms, those would be many round trips of queue: there it is one round trip, but a millisecond at least, which the
    // scheduling of a host may take.
    private const long MinThresholdNs = 4_000_000;
    private const long LeastThresholdNs = 1_000_000;
    private const long MaxThresholdNs = 16_000_000;
    private const int SamplesNeeded = 8;
    private const int ConservativeRounds = 5;

    private long _roundEnd;
    private long _lastRoundMinNs;
    private long _thisRoundMinNs;
    private long _baselineNs;
    private int _samples;
    private int _roundsLeft;

    public SlowStartExit()
    {
        _lastRoundMinNs = long.MaxValue;
        _thisRoundMinNs = long.MaxValue;
    }

    /// <summary>Whether growth is slowed to a quarter.</summary>
    public readonly bool IsConservative => _roundsLeft > 0;

    /// <summary>Takes an acknowledgement.</summary>
    /// <returns>Whether slow start should end.</returns>
    public bool OnAck(in AckSample sample)
    {
        bool ends = false;
        if (sample.PriorDelivered >= _roundEnd)
        {
            _roundEnd = sample.Delivered;
            _lastRoundMinNs = _thisRoundMinNs;
            _thisRoundMinNs = long.MaxValue;
            _samples = 0;
            ends = IsConservative && --_roundsLeft == 0;
        }

        if (sample.RttNs == 0)
        {
            return ends;
        }

        _thisRoundMinNs = Math.Min(_thisRoundMinNs, sample.RttNs);
        if (++_samples < SamplesNeeded || _lastRoundMinNs == long.MaxValue)
        {
            return ends;
        }

        if (IsConservative)
        {
            if (_thisRoundMinNs < _baselineNs)
            {
                _roundsLeft = 0;
                return false;
            }
        }
        else if (_thisRoundMinNs >= _lastRoundMinNs + Threshold(_lastRoundMinNs))
        {
            _baselineNs = _thisRoundMinNs;
            _roundsLeft = ConservativeRounds;
        }

        return ends;
    }

    private static long Threshold(long roundTripNs) => Math.Clamp(
        roundTripNs / 8, Math.Clamp(roundTripNs, LeastThresholdNs, MinThresholdNs), MaxThresholdNs);
}
