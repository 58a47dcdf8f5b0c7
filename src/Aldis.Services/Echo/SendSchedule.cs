namespace Aldis.Services.Echo;

/// <summary>The fixed times at which a measurement with an interval sends; without one, now.</summary>
/// <param name="start">When the first is due, by the clock of <see cref="EchoRecorder.Now"/>.</param>
/// <param name="interval">The time between two; zero for no schedule.</param>
internal sealed class SendSchedule(long start, TimeSpan interval)
{
    /// <summary>
    /// What a timer may be late by. The rest is waited for by giving way again and again, or the timer's own delay would be measured as
    /// part of the round trip.
    /// </summary>
    private static readonly TimeSpan TimerSlack = TimeSpan.FromMilliseconds(2);

    private readonly long _intervalNanoseconds = (long)interval.TotalNanoseconds;

    /// <summary>Waits until a message is due.</summary>
    /// <param name="sequence">Which, from 0.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The time from which its round trip counts.</returns>
    public async ValueTask<long> WaitAsync(long sequence, CancellationToken cancellationToken)
    {
        if (_intervalNanoseconds == 0)
        {
            return EchoRecorder.Now;
        }

        long due = start + (sequence * _intervalNanoseconds);
        long now;
        while ((now = EchoRecorder.Now) < due)
        {
            TimeSpan rest = TimeSpan.FromMicroseconds((due - now) / 1e3);
            if (rest > TimerSlack * 2)
            {
                await Task.Delay(rest - TimerSlack, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                cancellationToken.ThrowIfCancellationRequested();
                Thread.Yield();
                await Task.Yield();
            }
        }

        return due;
    }
}
