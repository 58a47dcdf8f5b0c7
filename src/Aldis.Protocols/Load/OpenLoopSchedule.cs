namespace Aldis.Protocols.Load;

/// <summary>
/// When requests are meant to be sent at a fixed rate, whatever becomes of those before them. They are dealt to the lanes in turn, so each
/// lane has its own evenly spaced times, and no two lanes have the same.
/// </summary>
/// <param name="perSecond">Requests a second of all lanes together, more than 0.</param>
/// <param name="lanes">How many share the rate, at least 1.</param>
internal sealed class OpenLoopSchedule(double perSecond, int lanes)
{
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>When the first request is due, by any monotonic clock; set before anybody asks for a time.</summary>
    public long StartNanoseconds { get; set; }

    /// <summary>When a request is due.</summary>
    /// <param name="number">Its number among all, from 0.</param>
    /// <returns>Nanoseconds by the clock of the start.</returns>
    public long DueAt(long number) => StartNanoseconds + (long)(number * (NanosecondsPerSecond / perSecond));

    /// <summary>When a request of one lane is due.</summary>
    /// <param name="lane">The lane, from 0.</param>
    /// <param name="number">The request's number in this lane, from 0.</param>
    /// <returns>Nanoseconds by the clock of the start.</returns>
    public long DueAt(int lane, long number) => DueAt((number * lanes) + lane);
}
