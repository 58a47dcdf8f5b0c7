using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Dialing;

namespace Aldis.Transports.Dialing;

/// <summary>
/// Tries the addresses of a name as a <see cref="ConnectionRace"/> says. What did not win is closed before the winner is handed out, or
/// the failure reported: a race leaves nothing open behind it.
/// </summary>
/// <typeparam name="T">An open connection.</typeparam>
/// <param name="servers">The addresses in the order in which to try them, at least one.</param>
/// <param name="connect">Connects to one of them; it ends promptly when its token is cancelled.</param>
/// <param name="discard">Closes a connection that did not win.</param>
/// <param name="time">The clock of the delays.</param>
internal sealed class AddressRacer<T>(
    IReadOnlyList<IPEndPoint> servers, Func<IPEndPoint, CancellationToken, Task<T>> connect, Func<T, ValueTask> discard, TimeProvider time)
{
    private readonly ConnectionRace _race = new(servers.Count);
    private readonly List<Task<Outcome>> _running = [];
    private readonly Attempt[] _attempts = new Attempt[servers.Count];

    /// <summary>What became of each address, in their order.</summary>
    public IReadOnlyList<Attempt> Attempts => _attempts;

    /// <summary>Runs the race.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The first connection that opened.</returns>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    /// <exception cref="IOException">Every address failed; this is the last failure.</exception>
    /// <exception cref="SocketException">As for <see cref="IOException"/>.</exception>
    public async Task<T> RunAsync(CancellationToken cancellationToken)
    {
        for (int index = 0; index < servers.Count; index++)
        {
            _attempts[index] = new Attempt(servers[index], AttemptState.NotBegun, null);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            while (true)
            {
                long nowNs = NowNs();
                while (_race.TryStart(nowNs, out int candidate))
                {
                    _attempts[candidate] = new Attempt(servers[candidate], AttemptState.Silent, null);
                    _running.Add(TryAsync(candidate, stop.Token));
                }

                await WaitAsync(nowNs, stop.Token).ConfigureAwait(false);
                while (_running.Find(static task => task.IsCompleted) is { } ended)
                {
                    _running.Remove(ended);
                    Outcome outcome = await ended.ConfigureAwait(false);
                    if (outcome.Failure is null && _race.TryWin(outcome.Candidate))
                    {
                        return outcome.Connection!;
                    }

                    HandleFailed(outcome, cancellationToken);
                }
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            foreach (Outcome loser in await Task.WhenAll(_running).ConfigureAwait(false))
            {
                if (loser.Failure is null)
                {
                    await discard(loser.Connection!).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task<Outcome> TryAsync(int candidate, CancellationToken stop)
    {
        try
        {
            return new Outcome(candidate, await connect(servers[candidate], stop).ConfigureAwait(false), null);
        }
        catch (Exception exception)
        {
            return new Outcome(candidate, default, exception);
        }
    }

    /// <summary>Waits until an attempt ends or the next is due.</summary>
    private async Task WaitAsync(long nowNs, CancellationToken stop)
    {
        if (_race.NextStartNs == long.MaxValue)
        {
            await Task.WhenAny(_running).ConfigureAwait(false);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task due = Task.Delay(TimeSpan.FromMicroseconds((_race.NextStartNs - nowNs) / 1000.0), time, either.Token);
        await Task.WhenAny([due, .. _running]).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
    }

    private void HandleFailed(in Outcome outcome, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _race.HandleFailed();
        _attempts[outcome.Candidate] = new Attempt(servers[outcome.Candidate], AttemptState.Failed, outcome.Failure);
        if (_race.IsLost || outcome.Failure is not (IOException or SocketException))
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(outcome.Failure!);
        }
    }

    private long NowNs() => (long)time.GetElapsedTime(0).TotalNanoseconds;

    private readonly record struct Outcome(int Candidate, T? Connection, Exception? Failure);
}
