using System.Net;

namespace Aldis.Transports.Listening;

/// <summary>Opens one listener again whenever it died: a few times with growing pauses, and anew when it was well for a while.</summary>
/// <param name="time">The clock of the pauses.</param>
/// <param name="watch">Is told.</param>
internal sealed class Reopening(TimeProvider time, IListenerWatch watch)
{
    private readonly ReopenBackoff _backoff = new();
    private long _openedAt = time.GetTimestamp();

    /// <summary>Opens it again.</summary>
    /// <typeparam name="TListener">The listener.</typeparam>
    /// <param name="endPoint">By what the watch knows it.</param>
    /// <param name="reason">What it died of.</param>
    /// <param name="dead">What it had; is released.</param>
    /// <param name="bind">Binds another.</param>
    /// <param name="stop">Gives up, without a word to the watch.</param>
    /// <returns>The new listener; null where it was tried often enough.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was cancelled.</exception>
    public async Task<TListener?> ReopenAsync<TListener>(
        EndPoint endPoint,
        Exception reason,
        IAsyncDisposable dead,
        Func<CancellationToken, ValueTask<TListener>> bind,
        CancellationToken stop)
        where TListener : class
    {
        try
        {
            await dead.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // What it died of is told. What it did not let go of shows when it is bound again.
        }

        stop.ThrowIfCancellationRequested();
        watch.Failed(endPoint, reason);
        _backoff.Died(time.GetElapsedTime(_openedAt));
        while (_backoff.TryNext(out TimeSpan delay))
        {
            await Task.Delay(delay, time, stop).ConfigureAwait(false);
            try
            {
                TListener listener = await bind(stop).ConfigureAwait(false);
                _openedAt = time.GetTimestamp();
                watch.Reopened(endPoint);
                return listener;
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                // Whatever it is: who lets it pass leaves a listener dead of which nobody has heard.
                reason = exception;
            }
        }

        watch.Lost(endPoint, reason);
        return null;
    }
}
