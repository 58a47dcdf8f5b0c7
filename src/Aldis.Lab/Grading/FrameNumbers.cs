namespace Aldis.Lab.Grading;

/// <summary>Finds the frame that a number means, where numbers begin again.</summary>
/// <param name="bits">Of the numbers; null where they never begin again.</param>
internal readonly struct FrameNumbers(int? bits)
{
    private readonly long _count = bits is int m ? 1L << m : 0;

    /// <summary>Whether it is a number that frames have.</summary>
    /// <param name="number">The number.</param>
    public bool Has(long number) => _count == 0 || number < _count;

    /// <summary>The number of a frame.</summary>
    /// <param name="frame">The frame.</param>
    public long Of(long frame) => _count == 0 ? frame : frame % _count;

    /// <summary>The first frame, from one on, that has a number.</summary>
    /// <param name="number">The number.</param>
    /// <param name="from">A frame; 0 if it is less.</param>
    public long From(long number, long from)
    {
        if (_count == 0)
        {
            return number;
        }

        from = Math.Max(0, from);
        return from + ((((number - from) % _count) + _count) % _count);
    }

    /// <summary>The frame of a number that is the one before another of the same number.</summary>
    /// <param name="frame">The other.</param>
    /// <returns>Less than 0 if there is none.</returns>
    public long Before(long frame) => _count == 0 ? GradedEvent.Unknown : frame - _count;

    /// <summary>The last frame, up to one, that has a number.</summary>
    /// <param name="number">The number.</param>
    /// <param name="to">The last frame that it may be.</param>
    /// <returns>Less than 0 if there is none; where numbers never begin again, the frame of that number, which may be later.</returns>
    public long UpTo(long number, long to) => _count == 0 || From(number, to) == to ? From(number, to) : Before(From(number, to));

    /// <summary>How far a number is ahead of a frame's, behind it if negative: the shorter way round.</summary>
    /// <param name="number">The number.</param>
    /// <param name="frame">The frame.</param>
    public long Distance(long number, long frame)
    {
        if (_count == 0)
        {
            return number - frame;
        }

        long ahead = From(number, frame) - frame;
        return ahead > _count / 2 ? ahead - _count : ahead;
    }
}
