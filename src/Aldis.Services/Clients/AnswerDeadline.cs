using Aldis.Protocols.Messages;

namespace Aldis.Services.Clients;

/// <summary>
/// A deadline for one operation after the other that costs an operation no timer: one timer stays armed, and where it fires too early
/// for the operation then under way it is armed again for the rest. The token source is used again as long as it was not cancelled.
/// One operation at a time.
/// <para>
/// Where it can look at what was sent, an operation begins to be late only when no byte of that has left this machine for the time-out:
/// a slow line is no silence. Time in which the process stood still is nobody's silence either.
/// </para>
/// </summary>
internal sealed class AnswerDeadline : IDisposable
{
    private const int LooksPerTimeout = 20;
    private const long LongestLookMilliseconds = 250;
    private const long StandstillMilliseconds = 1000;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ITimer _timer;
    private readonly Func<(long WrittenBytes, long HeldBytes)>? _look;
    private readonly SendProgress _progress = new();
    private CancellationTokenSource _source = new();
    private CancellationToken _caller;
    private CancellationTokenRegistration _registration;
    private long _timeoutMilliseconds = long.MaxValue;
    private long _dueMilliseconds;
    private long _timerMilliseconds = long.MaxValue;
    private bool _isRunning;

    /// <summary>Creates it with no operation under way.</summary>
    /// <param name="look">Tells the bytes written so far and how many of them the system holds; null where nothing is sent.</param>
    /// <param name="time">The clock; the system's if left out.</param>
    public AnswerDeadline(Func<(long WrittenBytes, long HeldBytes)>? look = null, TimeProvider? time = null)
    {
        _look = look;
        _time = time ?? TimeProvider.System;
        _origin = _time.GetTimestamp();
        _timer = _time.CreateTimer(
            static deadline => ((AnswerDeadline)deadline!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private long NowMilliseconds => _time.GetElapsedTime(_origin).Ticks / TimeSpan.TicksPerMillisecond;

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
            _timeoutMilliseconds = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Math.Max(1, (long)timeout.TotalMilliseconds);
            Renew(NowMilliseconds);

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
            long now = NowMilliseconds;
            bool stoodStill = now > _timerMilliseconds + StandstillMilliseconds;
            _timerMilliseconds = long.MaxValue;
            if (!_isRunning)
            {
                return;
            }

            if (stoodStill || HasMoved())
            {
                Renew(now);
            }
            else if (now >= _dueMilliseconds)
            {
                CancelRunning();
            }
            else
            {
                Arm(now);
            }
        }
    }

    private bool HasMoved()
    {
        if (_look is null)
        {
            return false;
        }

        (long written, long held) = _look();
        return _progress.Look(written, held);
    }

    private void Renew(long now)
    {
        _dueMilliseconds = _timeoutMilliseconds < long.MaxValue - now ? now + _timeoutMilliseconds : long.MaxValue;
        Arm(now);
    }

    /// <summary>Sees to it that the timer fires when it is time to look or to give up; one that fires earlier stays.</summary>
    private void Arm(long now)
    {
        if (_dueMilliseconds == long.MaxValue)
        {
            return;
        }

        long wanted = _look is null
            ? _dueMilliseconds
            : Math.Min(_dueMilliseconds, now + Math.Clamp(_timeoutMilliseconds / LooksPerTimeout, 1, LongestLookMilliseconds));
        if (wanted < _timerMilliseconds)
        {
            _timerMilliseconds = wanted;
            _timer.Change(TimeSpan.FromMilliseconds(Math.Max(1, wanted - now)), Timeout.InfiniteTimeSpan);
        }
    }

    private void CancelRunning()
    {
        // Under the lock, so that it cannot hit the operation after the one that was meant; what was cancelled goes on elsewhere, not under it.
        lock (_lock)
        {
            if (_isRunning)
            {
                _ = _source.CancelAsync();
            }
        }
    }
}
