namespace Aldis.Journal.Embedded;

/// <summary>
/// How old the segments are, whatever the wall clock says: <c>docs/protocols/journal.md</c> section 5. Ages are counted on a time line of
/// the journal's own, which the elapsed time of this machine moves on; a stamp is never looked at. What passed while the machine was off
/// only the wall clock knows, and it is believed after it has agreed with the elapsed time for an hour. Takes both clocks as parameters.
/// All times are nanoseconds.
/// </summary>
internal sealed class SegmentAges
{
    /// <summary>
    /// How far the wall clock may move against the elapsed time within an hour: a clock that is slewed moves 1.8 s an hour (500 ppm), and
    /// NTP's small steps are fractions of a second. More is a jump.
    /// </summary>
    public const long JumpNanoseconds = 5 * Second;

    /// <summary>How long both clocks must have agreed, after a start or a jump, before anything is deleted by age.</summary>
    public const long AgreementNanoseconds = 3600 * Second;

    /// <summary>2020-01-01T00:00:00Z: a wall clock that is behind this program's own time was never set.</summary>
    public const long EarliestBelievedWall = 1_577_836_800 * Second;

    private const long Second = 1_000_000_000;

    // Keeps every difference of two times within 64 bits: the years 1824 to 2116.
    private const long MostWall = long.MaxValue / 2;

    private readonly Dictionary<long, long> _newest = [];
    private readonly List<long> _remembered = [];
    private readonly Guid _boot;
    private readonly long _startElapsed;
    private readonly long _startTime;
    private long _elapsed;
    private long _wall;
    private long _reference;
    private long _agreedSince;
    private long _unproven;
    private long _newestOfOpen;

    /// <summary>Begins with what was noted when the journal was open before.</summary>
    /// <param name="notes">What was noted; null where there is nothing, and then all that is there is as if it had come just now.</param>
    /// <param name="closed">Numbers of the segments whose age is asked for: those there are, without the one that is being written, and
    /// deleted ones that had a client's last message.</param>
    /// <param name="boot">Which start of the machine this is; the empty id where that is not known.</param>
    /// <param name="wall">The wall clock, since 1970-01-01T00:00:00Z.</param>
    /// <param name="elapsed">The elapsed time, from any beginning that is the same until the machine is started again.</param>
    public SegmentAges(AgeNotes? notes, IEnumerable<long> closed, Guid boot, long wall, long elapsed)
    {
        _boot = boot;
        _startElapsed = elapsed;
        _elapsed = elapsed;
        _agreedSince = elapsed;
        _wall = Math.Clamp(wall, -MostWall, MostWall);
        _reference = _wall - elapsed;
        if (notes is not null)
        {
            // What the wall clock says of the time in between is an upper limit in any case.
            long byWall = Math.Max(0, _wall - Math.Clamp(notes.Wall, -MostWall, MostWall));
            bool isSameBoot = boot != Guid.Empty && boot == notes.Boot && elapsed >= notes.Elapsed;
            _startTime = notes.Time + (isSameBoot ? Math.Min(byWall, elapsed - notes.Elapsed) : 0);
            _unproven = !isSameBoot && notes.IsWallBelieved ? byWall : 0;
        }

        Dictionary<long, long> noted = notes?.Newest.ToDictionary(entry => entry.Segment, entry => entry.Time) ?? [];
        foreach (long segment in closed)
        {
            if (noted.TryGetValue(segment, out long time))
            {
                _remembered.Add(segment);
            }
            else
            {
                time = _startTime;
                IsNoteDue = true;
            }

            _newest[segment] = time;
        }

        _newestOfOpen = _startTime;
    }

    /// <summary>
    /// Whether both clocks have agreed for an hour since the start or the last jump: only then is anything deleted by age.
    /// </summary>
    public bool AreBelieved { get; private set; }

    /// <summary>Whether there is something to be noted that must survive a restart.</summary>
    public bool IsNoteDue { get; private set; }

    private long Time => _startTime + (_elapsed - _startElapsed);

    /// <summary>Looks at the clocks; several times an hour at least.</summary>
    /// <returns>How far the wall clock has jumped; null where it has not.</returns>
    public TimeSpan? Observe(long wall, long elapsed)
    {
        _elapsed = Math.Max(_elapsed, elapsed);
        _wall = Math.Clamp(wall, -MostWall, MostWall);
        long offset = _wall - _elapsed;
        long moved = offset - _reference;
        if (Math.Abs(moved) > JumpNanoseconds)
        {
            // One of the two readings was wrong, nobody knows which: what the machine's time off is said to have been is not believed.
            _reference = offset;
            _agreedSince = _elapsed;
            _unproven = 0;
            AreBelieved = false;
            IsNoteDue = true;
            return TimeSpan.FromTicks(moved / TimeSpan.NanosecondsPerTick);
        }

        if (_elapsed - _agreedSince >= AgreementNanoseconds)
        {
            _reference = offset;
            _agreedSince = _elapsed;
            AreBelieved = true;
            IsNoteDue = true;
            Credit();
        }

        return null;
    }

    /// <summary>A message is written to the open segment.</summary>
    public void HandleWritten(long elapsed)
    {
        _elapsed = Math.Max(_elapsed, elapsed);
        _newestOfOpen = Time;
    }

    /// <summary>The open segment has ended.</summary>
    /// <param name="segment">Its number.</param>
    public void HandleEnded(long segment)
    {
        _newest[segment] = _newestOfOpen;
        _newestOfOpen = Time;
        IsNoteDue = true;
    }

    /// <summary>A segment is of no interest any more.</summary>
    /// <param name="segment">Its number.</param>
    public void HandleDeleted(long segment) => _ = _newest.Remove(segment);

    /// <summary>Of deleted segments only some are of interest.</summary>
    /// <param name="oldest">Number of the oldest segment there is.</param>
    /// <param name="wanted">Which.</param>
    public void KeepDeleted(long oldest, HashSet<long> wanted)
    {
        foreach (long segment in _newest.Keys)
        {
            if (segment < oldest && !wanted.Contains(segment))
            {
                _ = _newest.Remove(segment);
            }
        }
    }

    /// <summary>How long ago the newest message of a segment was written at least; zero where that is not remembered.</summary>
    /// <param name="segment">The number of an ended segment.</param>
    public TimeSpan AgeOf(long segment) =>
        _newest.TryGetValue(segment, out long newest) ? TimeSpan.FromTicks((Time - newest) / TimeSpan.NanosecondsPerTick) : TimeSpan.Zero;

    /// <summary>What is to be remembered.</summary>
    /// <param name="salt">The journal's.</param>
    /// <returns>Null where that is nothing, or what was noted last says more.</returns>
    public AgeNotes? TakeNotes(uint salt)
    {
        IsNoteDue = false;

        // Until it is settled how long the machine was off, the notes of the time before are the ones to start from again.
        return _newest.Count == 0 || _unproven > 0
            ? null
            : new AgeNotes
            {
                Salt = salt,
                Time = Time,
                Wall = _wall,
                Elapsed = _elapsed,
                Boot = _boot,
                IsWallBelieved = AreBelieved && _wall >= EarliestBelievedWall,
                Newest = [.. _newest.Select(pair => (pair.Key, pair.Value)).Order()],
            };
    }

    /// <summary>What was taken could not be kept.</summary>
    public void KeepNoteDue() => IsNoteDue = true;

    /// <summary>Counts the time the machine was off, for all that was there before.</summary>
    private void Credit()
    {
        foreach (long segment in _remembered)
        {
            if (_newest.TryGetValue(segment, out long time))
            {
                _newest[segment] = time - _unproven;
            }
        }

        _unproven = 0;
    }
}
