namespace Aldis.Journal.Tests.Embedded;

/// <summary>A clock that stands until it is moved.</summary>
internal sealed class ManualClock : TimeProvider
{
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    private TimeSpan _error;

    public void Advance(TimeSpan time) => _now += time;

    /// <summary>Somebody sets the wall clock; the time that passes is not touched by it.</summary>
    public void Jump(TimeSpan distance) => _error += distance;

    public override DateTimeOffset GetUtcNow() => _now + _error;

    public override long GetTimestamp() => _now.UtcTicks;
}
