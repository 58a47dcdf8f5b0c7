using Aldis.Journal.Stores;
using Aldis.Postgres.Queueing;
using Aldis.Postgres.Sessions;

namespace Aldis.Postgres.Tests.Stores;

/// <summary>
/// A database whose statements that store messages wait until a test lets them go, and may then end as a network has them end: refused,
/// lost on their way there, or lost on their way back.
/// </summary>
internal sealed class HeldHosts(IStoreHosts hosts, int? seed) : IStoreHosts
{
    private readonly Random? _random = seed is int value ? new Random(value) : null;
    private readonly Lock _lock = new();
    private TaskCompletionSource _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<IStoreSession?> ConnectAsync(string purpose) =>
        await hosts.ConnectAsync(purpose) is { } session ? new HeldSession(this, session) : null;

    public void Release() => _gate.TrySetResult();

    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    private int Draw()
    {
        lock (_lock)
        {
            return _random?.Next(6) ?? 5;
        }
    }

    private sealed class HeldSession(HeldHosts held, IStoreSession session) : IStoreSession
    {
        public bool IsBroken => session.IsBroken;

        public async Task<AppendAnswer> AppendAsync(AppendBatch batch, NodeLease node)
        {
            await held._gate.Task;
            int fate = held.Draw();
            if (fate == 0)
            {
                return AppendAnswer.Not(AppendVerdict.NotStored, "refused");
            }

            if (fate == 1)
            {
                return AppendAnswer.Not(AppendVerdict.Unknown, "lost on its way there");
            }

            AppendAnswer answer = await session.AppendAsync(batch, node);
            return fate == 2 ? AppendAnswer.Not(AppendVerdict.Unknown, "lost on its way back") : answer;
        }

        public Task<ClaimAnswer> ClaimAsync(string client, Guid lease, string node) => session.ClaimAsync(client, lease, node);

        public Task<ClaimAnswer> RenewAsync(string client, Guid lease) => session.RenewAsync(client, lease);

        public Task<IReadOnlyList<(string Client, long Epoch)>?> ReadEpochsAsync(string[] clients) => session.ReadEpochsAsync(clients);

        public Task<DatabaseState?> ReadStateAsync() => session.ReadStateAsync();

        public Task<int?> MaintainAsync(TimeSpan? retain) => session.MaintainAsync(retain);

        public void GiveUp() => session.GiveUp();
    }
}
