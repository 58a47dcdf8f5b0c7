using Aldis.Protocols.Fairness;
using Aldis.Services.Hosting;

namespace Aldis.Services.Messages;

/// <summary>
/// The quotas of clients: of a client id, and in the plain form of whoever counts as one (<see cref="NetworkKey"/>). One that is used by a
/// connection is always told apart; of the others so many are remembered, those longest that have used most, and none that is as a new one
/// would be: ids without end would fill it. Takes the time as a parameter. Thread-safe.
/// </summary>
/// <param name="mostRemembered">How many are remembered without a connection.</param>
internal sealed class MessageQuotas(int mostRemembered = MessageQuotas.MostRemembered)
{
    /// <summary>Quotas that are remembered without a connection, unless another number is given.</summary>
    public const int MostRemembered = 65_536;

    private readonly Lock _lock = new();
    private readonly Dictionary<(NetworkKey Network, string? Client), MessageQuota> _quotas = [];
    private int _unused;

    /// <summary>Quotas there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _quotas.Count;
            }
        }
    }

    /// <summary>Gives a connection its client's quota; <see cref="Leave"/> is owed.</summary>
    /// <param name="network">Whose the connection is.</param>
    /// <param name="client">The client's id, which then counts alone; null in the plain form.</param>
    /// <param name="limits">The limits that count for it from now on.</param>
    public MessageQuota Enter(NetworkKey network, string? client, ConnectionLimits limits)
    {
        lock (_lock)
        {
            (NetworkKey, string?) key = (client is null ? network : default, client);
            if (!_quotas.TryGetValue(key, out MessageQuota? quota))
            {
                _quotas.Add(key, quota = new MessageQuota(limits) { Key = key });
            }
            else if (quota.References == 0)
            {
                _unused--;
            }

            quota.Change(limits);
            quota.References++;
            return quota;
        }
    }

    /// <summary>Takes a quota back.</summary>
    /// <param name="quota">What was given.</param>
    /// <param name="now">Time on a clock that never goes back.</param>
    public void Leave(MessageQuota quota, TimeSpan now)
    {
        lock (_lock)
        {
            if (--quota.References > 0)
            {
                return;
            }

            if (quota.TimeUntilUnused(now) == TimeSpan.Zero)
            {
                _quotas.Remove(quota.Key);
            }
            else if (++_unused > mostRemembered)
            {
                Forget(now);
            }
        }
    }

    /// <summary>Forgets an eighth of those that nobody uses: who has used least loses least.</summary>
    private void Forget(TimeSpan now)
    {
        foreach ((NetworkKey, string?) key in _quotas
            .Where(static one => one.Value.References == 0)
            .OrderBy(one => one.Value.TimeUntilUnused(now))
            .Take(1 + (mostRemembered / 8))
            .Select(static one => one.Key)
            .ToArray())
        {
            _quotas.Remove(key);
            _unused--;
        }
    }
}
