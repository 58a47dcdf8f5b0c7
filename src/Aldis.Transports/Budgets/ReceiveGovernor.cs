using Aldis.Protocols.Budgets;

namespace Aldis.Transports.Budgets;

/// <summary>
/// Lets the connections of all listeners of one host do as their budget says: looks once a second, ten times while memory is scarce, and
/// gives back to the system what a burst has left behind.
/// </summary>
internal sealed class ReceiveGovernor : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ScarcePeriod = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly MemoryReturn _memoryReturn;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private bool _isScarce;
    private volatile bool _isDisposed;

    /// <summary>Begins.</summary>
    /// <param name="options">The bounds and the clock.</param>
    public ReceiveGovernor(ReceiveMemoryOptions options)
    {
        _time = options.Time;
        _memoryReturn = new MemoryReturn();
        Budget = new ReceiveBudget(options.MaxBytes, options.MaxBytesPerAddress) { BecameScarce = Hurry };
        _timer = _time.CreateTimer(static governor => ((ReceiveGovernor)governor!).Tick(), this, Period, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where connections open their accounts.</summary>
    public ReceiveBudget Budget { get; }

    /// <summary>Has a pool's unused memory given back in time.</summary>
    /// <param name="pool">The pool.</param>
    public void Watch(ITrimmablePool pool) => _memoryReturn.Add(pool);

    /// <summary>Watches a pool no longer.</summary>
    /// <param name="pool">The pool.</param>
    public void Forget(ITrimmablePool pool) => _memoryReturn.Remove(pool);

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _timer.Dispose();
    }

    private void Hurry()
    {
        if (!Interlocked.Exchange(ref _isScarce, true))
        {
            SetTimer(TimeSpan.Zero);
        }
    }

    private void Tick()
    {
        if (!_lock.TryEnter())
        {
            // Somebody hurries while a tick is at work; that one will see it.
            return;
        }

        try
        {
            Decide();
            _memoryReturn.Look(_time.GetElapsedTime(0));
        }
        catch (OutOfMemoryException)
        {
            // The next tick decides.
        }
        finally
        {
            _lock.Exit();
            SetTimer(Volatile.Read(ref _isScarce) ? ScarcePeriod : Period);
        }
    }

    private void Decide()
    {
        ReceiveDecision decision = Budget.Decide(_time.GetElapsedTime(0));
        foreach (ReceiveAccount account in decision.Ended)
        {
            ((IBudgetedConnection)account.Owner!).EndForMemory(account.EndReason!);
        }

        foreach (ReceiveAccount account in decision.Resumed)
        {
            (account.Owner as IBudgetedConnection)?.ResumeReading();
        }

        Volatile.Write(ref _isScarce, decision.IsScarce);
    }

    private void SetTimer(TimeSpan due)
    {
        if (!_isDisposed)
        {
            _timer.Change(due, Timeout.InfiniteTimeSpan);
        }
    }
}
