namespace Aldis.Journal.Embedded;

/// <summary>
/// When the messages of a client come: how many in each quarter of an hour of the last day, and the pauses that it makes. A pause is counted between
/// seconds in which something came, so that what comes in one burst makes none. Not thread-safe.
/// </summary>
/// <param name="now">The end of the day.</param>
internal sealed class ArrivalHabit(DateTimeOffset now)
{
    /// <summary>Quarters of an hour that are kept.</summary>
    public const int Quarters = 96;

    /// <summary>Pauses of which the longest is the usual one at most.</summary>
    public const int KeptPauses = 16;

    /// <summary>Fewer pauses make no habit.</summary>
    public const int LeastPauses = 4;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long SecondsPerQuarter = 15 * 60;

    private readonly long _endQuarter = now.ToUnixTimeSeconds() / SecondsPerQuarter;
    private readonly Queue<long> _pauses = new(KeptPauses);
    private int[]? _perQuarter;
    private long _lastSecond = -1;

    /// <summary>Messages in each quarter of an hour (by UTC) of the last day, oldest first; null where none came in it.</summary>
    public IReadOnlyList<int>? PerQuarterHour => _perQuarter;

    /// <summary>The longest of its last pauses; null where it has made too few to have a habit.</summary>
    public TimeSpan? UsualPause => _pauses.Count < LeastPauses ? null : TimeSpan.FromSeconds(_pauses.Max());

    /// <summary>Takes note of a message.</summary>
    /// <param name="timeNanoseconds">When it came, since 1970; by the server's clock, which may have gone back.</param>
    public void Note(long timeNanoseconds)
    {
        long second = timeNanoseconds / NanosecondsPerSecond;
        long age = _endQuarter - (second / SecondsPerQuarter);
        if (age is >= 0 and < Quarters)
        {
            _perQuarter ??= new int[Quarters];
            _perQuarter[Quarters - 1 - age]++;
        }

        if (_lastSecond >= 0 && second > _lastSecond)
        {
            if (_pauses.Count == KeptPauses)
            {
                _pauses.Dequeue();
            }

            _pauses.Enqueue(second - _lastSecond);
        }

        _lastSecond = second;
    }
}
