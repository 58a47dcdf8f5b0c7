using System.Threading.Channels;
using Aldis.Journal.Signals;
using Aldis.Journal.Stores;
using Aldis.Postgres.Queueing;
using Aldis.Postgres.Sessions;
using Aldis.Protocols.Messages;

namespace Aldis.Postgres;

/// <summary>
/// What moves statements to the database: a few loops, each with one connection and one statement at a time. Some store batches, one
/// after the other without a pause, so that while one waits for its commit the next is filled and others are on their way; the others
/// take and renew leases.
/// </summary>
internal sealed class Lanes : IAsyncDisposable
{
    /// <summary>How many store batches.</summary>
    public const int AppendLanes = 3;

    /// <summary>How many take leases: as many may wait for a row that somebody has.</summary>
    public const int LeaseLanes = 3;

    /// <summary>How long a statement may take before its connection is given up: shorter than a client waits.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan ReconnectPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromHours(1);
    private static readonly TimeSpan MaintenanceRetry = TimeSpan.FromMinutes(1);

    private readonly StoreQueue _queue;
    private readonly IStoreHosts _hosts;
    private readonly TimeProvider _time;
    private readonly TimeSpan? _retain;
    private readonly Channel<LeaseJob> _jobs = Channel.CreateUnbounded<LeaseJob>();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly string _node;
    private readonly bool _isReplicated;
    private readonly StoreWatch _watch;
    private readonly Lock _claimLock = new();
    private Task<bool> _claim = Task.FromResult(false);
    private long _nodeEpoch;
    private long _committed;

    /// <summary>Begins; connects when there is something to do.</summary>
    public Lanes(StoreQueue queue, IStoreHosts hosts, string node, PostgresStoreOptions options, StoreWatch watch)
    {
        _queue = queue;
        _hosts = hosts;
        _time = options.TimeProvider;
        _node = node;
        _retain = options.RetainAge;
        _isReplicated = options.Level == AcknowledgementLevel.Replicated;
        _watch = watch;
        _running = Task.WhenAll(
        [
            .. Enumerable.Range(0, AppendLanes).Select(_ => Task.Run(AppendAsync)),
            .. Enumerable.Range(0, LeaseLanes).Select(_ => Task.Run(LeaseAsync)),
            Task.Run(TickAsync),
            Task.Run(MaintainAsync),
        ]);
    }

    /// <summary>What the database said when it was last looked at; null while it does not answer.</summary>
    public DatabaseState? State { get; private set; }

    /// <summary>Whether this server has a lease of its own, under which the plain form is stored.</summary>
    public bool HasNode => Volatile.Read(ref _nodeEpoch) > 0;

    /// <summary>How many messages were committed.</summary>
    public long CommittedCount => Volatile.Read(ref _committed);

    /// <summary>Told of each batch that is committed.</summary>
    public Action<StoreCommit>? Committed { get; set; }

    /// <summary>Has something asked of a session that takes leases.</summary>
    /// <param name="ask">What.</param>
    /// <param name="none">What it comes to where there is no session in time, or no answer.</param>
    public async Task<T> AskAsync<T>(Func<IStoreSession, Task<T>> ask, Func<string, T> none)
    {
        var job = new LeaseJob<T>(ask, none, _time.GetElapsedTime(0) + Patience);
        return _jobs.Writer.TryWrite(job) ? await job.Answer.ConfigureAwait(false) : none("the store is closed");
    }

    /// <summary>Takes the lease of this server itself, once for all who ask meanwhile: each claim ends the epoch before it.</summary>
    public Task<bool> ClaimNodeAsync()
    {
        lock (_claimLock)
        {
            return _claim.IsCompleted && !HasNode ? _claim = ClaimNodeOnceAsync() : _claim;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _queue.BeginClosing();
        TimeSpan deadline = _time.GetElapsedTime(0) + Patience;
        while (!_queue.IsEmpty && _time.GetElapsedTime(0) < deadline)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), _time).ConfigureAwait(false);
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        _ = _jobs.Writer.TryComplete();
        _queue.Stop();
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task<bool> ClaimNodeOnceAsync()
    {
        ClaimAnswer answer = await AskAsync(session => session.ClaimAsync(_node, Guid.NewGuid(), _node), ClaimAnswer.Unknown)
            .ConfigureAwait(false);
        Volatile.Write(ref _nodeEpoch, answer.Grant?.Epoch ?? 0);
        return answer.Grant is not null;
    }

    private async Task AppendAsync()
    {
        var work = new AsyncSignal();
        using CancellationTokenRegistration wake = _stop.Token.UnsafeRegister(static signal => ((AsyncSignal)signal!).Signal(), work);
        IStoreSession? session = null;
        while (!_stop.IsCancellationRequested)
        {
            await _queue.WaitForWorkAsync(work).ConfigureAwait(false);
            session = await EnsureAsync(session, "append").ConfigureAwait(false);
            if (session is null)
            {
                continue;
            }

            if (_queue.TryTake() is { } batch)
            {
                await StoreAsync(session, batch).ConfigureAwait(false);
            }
            else if (_queue.IsClosing)
            {
                // Others still have something under way, which may leave something to do.
                await PauseAsync(TickInterval).ConfigureAwait(false);
            }
        }

        session?.GiveUp();
    }

    private async Task StoreAsync(IStoreSession session, AppendBatch batch)
    {
        TimeSpan begin = _time.GetElapsedTime(0);
        AppendAnswer answer;
        var node = new NodeLease(_node, Volatile.Read(ref _nodeEpoch));
        try
        {
            answer = await session.AppendAsync(batch, node)
                .WaitAsync(Patience, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            session.GiveUp();
            answer = AppendAnswer.Not(AppendVerdict.Unknown, "no answer in time");
        }

        switch (answer.Verdict)
        {
            case AppendVerdict.Committed when batch.IsPlain && !answer.Taken[0]:
                // Another process has this server's id by now; a plain client has no number that could be superseded.
                _ = Interlocked.CompareExchange(ref _nodeEpoch, 0, node.Epoch);
                _queue.HandleNotStored(batch);
                break;
            case AppendVerdict.Committed:
                Count(batch, answer.Taken, _time.GetElapsedTime(0) - begin);
                _queue.HandleCommitted(batch, answer.Taken);
                break;
            case AppendVerdict.NotStored:
                _queue.HandleNotStored(batch);
                break;
            default:
                _queue.HandleUnknown(batch);
                break;
        }
    }

    private void Count(AppendBatch batch, IReadOnlyList<bool> taken, TimeSpan duration)
    {
        int messages = 0;
        int bytes = 0;
        foreach ((int place, BatchShare share) in batch.Shares.Index())
        {
            messages += taken[place] ? share.Count : 0;
            bytes += taken[place] ? share.Bytes : 0;
        }

        if (messages > 0)
        {
            _ = Interlocked.Add(ref _committed, messages);
            Committed?.Invoke(new StoreCommit(messages, bytes, duration, Sync: null));
        }
    }

    private async Task LeaseAsync()
    {
        IStoreSession? session = null;
        await foreach (LeaseJob job in _jobs.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            do
            {
                session = await EnsureAsync(session, "lease").ConfigureAwait(false);
            }
            while (session is null && !_stop.IsCancellationRequested && _time.GetElapsedTime(0) < job.Deadline);

            if (session is null)
            {
                job.Fail("the store cannot be reached");
                continue;
            }

            try
            {
                await job.RunAsync(session).WaitAsync(Patience, _time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                session.GiveUp();
                job.Fail("no answer in time");
            }
        }

        session?.GiveUp();
    }

    /// <summary>Ends what waited for too long, looks after the database and after leases of clients that are silent.</summary>
    private async Task TickAsync()
    {
        TimeSpan nextLook = _time.GetElapsedTime(0);
        Task looking = Task.CompletedTask;
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan now = _time.GetElapsedTime(0);
            _queue.Expire();
            if (now >= nextLook && looking.IsCompleted)
            {
                nextLook = now + (_watch.Problem is null ? LookInterval : LookAgain);
                looking = LookAsync();
            }

            await PauseAsync(TickInterval).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps the partitions: soon again where that was not possible.</summary>
    private async Task MaintainAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            int? dropped = await AskAsync(session => session.MaintainAsync(_retain), static _ => null).ConfigureAwait(false);
            await PauseAsync(dropped is null ? MaintenanceRetry : MaintenanceInterval).ConfigureAwait(false);
        }
    }

    private async Task LookAsync()
    {
        State = await AskAsync(static session => session.ReadStateAsync(), static _ => null).ConfigureAwait(false);
        if (State is { } state)
        {
            if (StandbyRule.WhyNot(state, _isReplicated) is { } problem)
            {
                _watch.Unavailable(problem);
            }
            else
            {
                _watch.Ready(state.Host);
            }
        }
        else if (_watch.Problem is null)
        {
            // Where no node is found, why was told.
            _watch.Unavailable("the database does not answer");
        }

        string[] clients = _queue.IdleClients();
        if (clients.Length == 0)
        {
            return;
        }

        IReadOnlyList<(string Client, long Epoch)>? epochs =
            await AskAsync(session => session.ReadEpochsAsync(clients), static _ => null).ConfigureAwait(false);
        foreach ((string client, long epoch) in epochs ?? [])
        {
            _queue.HandleEpoch(client, epoch);
        }
    }

    /// <summary>The session as it is, or another one; null, after a pause, where there is none now.</summary>
    private async Task<IStoreSession?> EnsureAsync(IStoreSession? session, string purpose)
    {
        if (session is { IsBroken: false })
        {
            return session;
        }

        session?.GiveUp();
        session = await _hosts.ConnectAsync(purpose).ConfigureAwait(false);
        if (session is null)
        {
            await PauseAsync(ReconnectPause).ConfigureAwait(false);
        }

        return session;
    }

    private async Task PauseAsync(TimeSpan pause) =>
        await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
