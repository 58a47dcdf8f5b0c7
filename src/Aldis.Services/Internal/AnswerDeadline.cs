namespace Aldis.Services.Internal;

/// <summary>
/// A deadline for one operation after the other that costs an operation no timer: one timer stays armed, and where it fires too early
/// for the operation then under way it is armed again for the rest. The token source is used again as long as it was not cancelled.
/// One operation at a time.
/// </summary>
internal sealed class AnswerDeadline : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Timer _timer;
    private CancellationTokenSource _source = new();
    private CancellationToken _caller;
    private CancellationTokenRegistration _registration;
    private long _dueMilliseconds;
    private long _timerMilliseconds = long.MaxValue;
    private bool _isRunning;

    public AnswerDeadline() =>
        _timer = new Timer(static deadline => ((AnswerDeadline)deadline!).Check(), this, Timeout.Infinite, Timeout.Infinite);

    /// <summary>Starts the clock for one operation.</summary>
    /// <param name="timeout">How long it may take; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it likes.</param>
    /// <param name="cancellationToken">The caller's token; it ends the operation too.</param>
    /// <returns>The token to hand to the operation.</returns>
    public CancellationToken Start(TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (cancellationToken != _caller)
        {
            // A caller gives the same token again and again, so its registration is kept between operations.
            _registration.Dispose();
            _caller = cancellationToken;
            _registration = cancellationToken.UnsafeRegister(static deadline => ((AnswerDeadline)deadline!).CancelRunning(), this);
        }

        lock (_lock)
        {
            _isRunning = true;
            _dueMilliseconds = timeout == Timeout.InfiniteTimeSpan
                ? long.MaxValue
                : Environment.TickCount64 + Math.Max(1, (long)timeout.TotalMilliseconds);
            if (_dueMilliseconds < _timerMilliseconds)
            {
                Arm();
            }

            // The caller's token may have fired between the look at it above and here; then nobody else would cancel this operation.
            return cancellationToken.IsCancellationRequested ? cancellationToken : _source.Token;
        }
    }

    /// <summary>Stops the clock.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _isRunning = false;
            if (_source.IsCancellationRequested)
            {
                _source.Dispose();
                _source = new CancellationTokenSource();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _timer.Dispose();
        _source.Dispose();
    }

    private void Check()
    {
        lock (_lock)
        {
            _timerMilliseconds = long.MaxValue;
            if (!_isRunning || Environment.TickCount64 >= _dueMilliseconds)
            {
                CancelRunning();
            }
            else if (_dueMilliseconds != long.MaxValue)
            {
                Arm();
            }
        }
    }

    private void Arm()
    {
        _timerMilliseconds = _dueMilliseconds;
        _timer.Change(Math.Max(1, _dueMilliseconds - Environment.TickCount64), Timeout.Infinite);
    }

    private void CancelRunning()
    {
        // Under the lock, so that it cannot hit the operation after the one that was meant; what the cancelled operation goes on to do
        // here is on the same thread and may take the lock again.
        lock (_lock)
        {
            if (_isRunning)
            {
                _source.Cancel();
            }
        }
    }
}
