using Aldis.Postgres.Sessions;

namespace Aldis.Postgres;

/// <summary>Something a session that takes leases is asked.</summary>
internal abstract class LeaseJob(TimeSpan deadline)
{
    /// <summary>Until when there must be a session.</summary>
    public TimeSpan Deadline { get; } = deadline;

    /// <summary>Asks.</summary>
    public abstract Task RunAsync(IStoreSession session);

    /// <summary>Nobody answers.</summary>
    public abstract void Fail(string problem);
}

/// <inheritdoc cref="LeaseJob"/>
/// <param name="ask">What is asked.</param>
/// <param name="none">What it comes to where nobody answers.</param>
/// <param name="deadline">Until when there must be a session.</param>
internal sealed class LeaseJob<T>(Func<IStoreSession, Task<T>> ask, Func<string, T> none, TimeSpan deadline) : LeaseJob(deadline)
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What came of it.</summary>
    public Task<T> Answer => _answer.Task;

    /// <inheritdoc/>
    public override async Task RunAsync(IStoreSession session) => _ = _answer.TrySetResult(await ask(session).ConfigureAwait(false));

    /// <inheritdoc/>
    public override void Fail(string problem) => _ = _answer.TrySetResult(none(problem));
}
