using System.Diagnostics;

namespace Aldis.Benchmarks.Hostile;

/// <summary>
/// Attacks at a rate of one's choice, so that an attacker takes no more of the machine than it is given. What the attacker cannot do in time
/// is left out: nobody is owed an attack.
/// </summary>
internal static class Pace
{
    private const int MostAtOnce = 500;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);

    /// <summary>Does the same again and again until the time is over, and waits for what is under way then.</summary>
    /// <param name="perSecond">How often.</param>
    /// <param name="one">Does it once; is given its number, from 0. That the server ends it is nothing.</param>
    /// <param name="over">The end.</param>
    /// <param name="most">How often in all.</param>
    /// <returns>How often it was begun.</returns>
    public static async Task<long> RunAsync(double perSecond, Func<long, Task> one, CancellationToken over, long most = long.MaxValue)
    {
        long begin = Stopwatch.GetTimestamp();
        long begun = 0;
        long left = 0;
        int underWay = 0;
        while (!over.IsCancellationRequested && begun < most)
        {
            double due = Stopwatch.GetElapsedTime(begin).TotalSeconds * perSecond;
            while (begun + left < due && begun < most)
            {
                if (Volatile.Read(ref underWay) == MostAtOnce)
                {
                    left++;
                    continue;
                }

                Interlocked.Increment(ref underWay);
                _ = DoAsync(begun++);
            }

            await Task.Delay(Tick, CancellationToken.None);
        }

        while (Volatile.Read(ref underWay) > 0)
        {
            await Task.Delay(Tick, CancellationToken.None);
        }

        return begun;

        async Task DoAsync(long number)
        {
            try
            {
                await one(number);
            }
            catch (Exception exception) when (Wire.IsEnd(exception))
            {
                // Refused, or over.
            }
            finally
            {
                Interlocked.Decrement(ref underWay);
            }
        }
    }
}
