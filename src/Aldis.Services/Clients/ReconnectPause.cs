namespace Aldis.Services.Clients;

/// <summary>How long a client waits before another connection: twice as long after each try that failed, with jitter.</summary>
internal static class ReconnectPause
{
    // Beyond it the longest pause is reached whatever the shortest is.
    private const int MostDoublings = 30;

    /// <summary>Draws a pause.</summary>
    /// <param name="shortest">The pause after the first try.</param>
    /// <param name="longest">The pause that is not exceeded.</param>
    /// <param name="tries">Tries that failed before this one, from 0.</param>
    /// <returns>From half of what it doubled to, up to all of it.</returns>
    public static TimeSpan Draw(TimeSpan shortest, TimeSpan longest, int tries)
    {
        double most = Math.Min(longest.TotalMilliseconds, shortest.TotalMilliseconds * Math.Pow(2, Math.Min(tries, MostDoublings)));
#pragma warning disable CA5394 // Jitter keeps clients apart; nobody gains by guessing it.
        return TimeSpan.FromMilliseconds(most * (0.5 + (Random.Shared.NextDouble() / 2)));
#pragma warning restore CA5394
    }
}
