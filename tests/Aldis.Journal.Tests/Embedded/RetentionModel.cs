using System.Globalization;
using Aldis.Journal.Embedded;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>
/// A server that keeps thirty days, on a machine whose clock is set wrong and right again, that is restarted and switched off; everything
/// follows from the seed. It knows what time it truly is. A clock that is wrong when the machine starts is put right within an hour,
/// or shows 1970; one that was wrong when it was switched off shows the same error afterwards.
/// </summary>
internal sealed class RetentionModel(int seed, bool byStamps = false)
{
    private const int Steps = 200;
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);
    private static readonly DateTimeOffset Begin = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // A step that is no jump may be counted as time off, once for each time the machine is off.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    private readonly Random _random = new(seed);
    private readonly List<(long Number, DateTimeOffset Newest, DateTimeOffset Stamp)> _segments = [];
    private DateTimeOffset _now = Begin;
    private DateTimeOffset _booted = Begin;
    private DateTimeOffset? _putRightAt;
    private TimeSpan _error;
    private TimeSpan _rightError;
    private TimeSpan _slack;
    private Guid _boot = Guid.NewGuid();
    private long _open = 1;
    private DateTimeOffset _newest = Begin;
    private DateTimeOffset _stamp = Begin;
    private AgeNotes? _notes;

    /// <summary>Runs for some months, then for a quiet one.</summary>
    /// <returns>The first violation, or null.</returns>
    public string? Run()
    {
        SegmentAges ages = Start();
        string? violation = null;
        for (int step = 0; step < Steps && violation is null; step++)
        {
            switch (_random.Next(12))
            {
                case 0:
                    // Somebody sets the clock, or what set it is wrong.
                    _error = _random.Next(3) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(_random.NextDouble() * 2e8 - 1e8);
                    break;
                case 1:
                    _error += TimeSpan.FromSeconds((_random.NextDouble() * 4) - 2);
                    break;
                case 2:
                    Note(ages, _random.Next(3) == 0);
                    Pass(TimeSpan.FromMinutes(_random.Next(60)));
                    ages = Start();
                    break;
                case 3:
                    Note(ages, _random.Next(3) == 0);
                    SwitchOff();
                    ages = Start();
                    break;
                default:
                    break;
            }

            violation = Live(ages, TimeSpan.FromHours(_random.NextDouble() * 48));
        }

        if (violation is null)
        {
            _putRightAt = null;
            long last = _open;
            violation = Live(ages, MaxAge + TimeSpan.FromHours(2));
            bool isLeft = _segments.Exists(segment => segment.Number < last && _now - segment.Newest > MaxAge + TimeSpan.FromHours(2));
            violation ??= isLeft && !byStamps ? "what is old enough was not deleted" : null;
        }

        return violation;
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    private long Wall() => UnixTime.ToNanoseconds(_now + _error);

    private long Elapsed() => Nanoseconds(_now - _booted);

    private SegmentAges Start() => new(_notes, _segments.Select(segment => segment.Number), _boot, Wall(), Elapsed());

    private void SwitchOff()
    {
        Pass(TimeSpan.FromDays(_random.NextDouble() * 60));
        _booted = _now;
        _boot = Guid.NewGuid();
        _slack += Slack;
        switch (_random.Next(4))
        {
            case 0:
                _error = DateTimeOffset.UnixEpoch - _now;
                break;
            case 1:
                TimeSpan before = _error;
                _error = TimeSpan.FromDays((_random.NextDouble() * 1000) - 500);
                _putRightAt = _now + TimeSpan.FromMinutes(_random.Next(1, 55));
                _rightError = before;
                break;
            default:
                break;
        }
    }

    private void Note(SegmentAges ages, bool isKilled)
    {
        if (!isKilled || ages.IsNoteDue)
        {
            _notes = ages.TakeNotes(1) ?? _notes;
        }
    }

    private void Pass(TimeSpan time) => _now += time;

    /// <summary>Messages come and segments end while the server runs; it looks at the clocks every twenty minutes.</summary>
    private string? Live(SegmentAges ages, TimeSpan time)
    {
        for (DateTimeOffset end = _now + time; _now < end;)
        {
            Pass(TimeSpan.FromMinutes(20));
            if (_now >= _putRightAt)
            {
                _error = _rightError;
                _putRightAt = null;
            }

            _ = ages.Observe(Wall(), Elapsed());
            if (_random.Next(4) == 0)
            {
                ages.HandleWritten(Elapsed());
                (_newest, _stamp) = (_now, _now + _error);
            }

            if (_random.Next(40) == 0)
            {
                _segments.Add((_open, _newest, _stamp));
                ages.HandleEnded(_open++);
            }

            if (DeleteExpired(ages) is { } violation)
            {
                return violation;
            }

            if (ages.IsNoteDue)
            {
                Note(ages, isKilled: false);
            }
        }

        return null;
    }

    private string? DeleteExpired(SegmentAges ages)
    {
        while (_segments.Count > 0 && (byStamps || ages.AreBelieved))
        {
            (long number, DateTimeOffset newest, DateTimeOffset stamp) = _segments[0];
            TimeSpan age = byStamps ? _now + _error - stamp : ages.AgeOf(number);
            if (age <= MaxAge)
            {
                return null;
            }

            if (_now - newest <= MaxAge - _slack)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"segment {number} is {(_now - newest).TotalDays} days old, and was taken for {age.TotalDays}");
            }

            ages.HandleDeleted(number);
            _segments.RemoveAt(0);
        }

        return null;
    }
}
