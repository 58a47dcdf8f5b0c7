namespace Aldis.Protocols.Arq.Congestion;

/// <summary>The greatest value of the last rounds.</summary>
internal struct MaximumFilter
{
    private const int Rounds = 10;

    private (long Round, long Value) _first;
    private (long Round, long Value) _second;
    private (long Round, long Value) _third;

    public readonly long Value => _first.Value;

    /// <summary>Takes a value of a round; rounds never decrease. Keeps the best three of distinct age, which is enough to follow a
    /// windowed maximum.</summary>
    public void Update(long round, long value)
    {
        if (value >= _first.Value || round - _third.Round > Rounds)
        {
            Reset(round, value);
            return;
        }

        if (value >= _second.Value)
        {
            _second = _third = (round, value);
        }
        else if (value >= _third.Value)
        {
            _third = (round, value);
        }

        if (round - _first.Round > Rounds)
        {
            _first = _second;
            _second = _third;
            _third = (round, value);
            if (round - _first.Round > Rounds)
            {
                _first = _second;
                _second = _third;
            }
        }
        else if (_second.Round == _first.Round && round - _first.Round > Rounds / 4)
        {
            _second = _third = (round, value);
        }
        else if (_third.Round == _second.Round && round - _second.Round > Rounds / 2)
        {
            _third = (round, value);
        }
    }

    public void Reset(long round, long value) => _first = _second = _third = (round, value);
}
