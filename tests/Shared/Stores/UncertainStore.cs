using System.Text;
using Aldis.Journal.Stores;
using Aldis.Protocols.Messages;

namespace Aldis.Tests.Stores;

/// <summary>
/// A store in memory that behaves as one in a database may: what was appended reaches its outcome when <see cref="Settle"/> is called, and with a
/// seed that is any of the four; openings wait, and may not be possible. It checks that it is used as it may be used.
/// </summary>
/// <param name="seed">Where outcomes are drawn from; null has everything commit.</param>
internal sealed class UncertainStore(int? seed = null) : IMessageStore
{
    private readonly Random? _random = seed is int value ? new Random(value) : null;
    private readonly List<UncertainAppender> _open = [];
    private readonly Dictionary<string, UncertainClient> _clients = new(StringComparer.Ordinal);
    private bool _isClosed;

    /// <summary>Guards everything.</summary>
    public object Gate { get; } = new();

    public AcknowledgementLevel Level => AcknowledgementLevel.Replicated;

    public int MaxMessageBytes => StoreUnderTest.MaxMessageBytes;

    public int Window => StoreUnderTest.Window;

    /// <summary>How often each outcome has ended an appender.</summary>
    public Dictionary<AppendOutcome, int> Outcomes { get; } = Enum.GetValues<AppendOutcome>().ToDictionary(outcome => outcome, _ => 0);

    /// <summary>How often another server was found to have the lease at a renewal.</summary>
    public int LeasesTaken { get; private set; }

    /// <summary>What was done that the seam does not allow.</summary>
    public List<string> Misuse { get; } = [];

    /// <summary>Told under the gate whenever something was accepted.</summary>
    public Action? Accepted { get; init; }

    /// <summary>What is stored of the plain form.</summary>
    public List<string> Plain { get; } = [];

    /// <summary>Appenders that were not closed.</summary>
    public int OpenAppenders
    {
        get
        {
            lock (Gate)
            {
                return _open.Count(appender => !appender.IsClosed);
            }
        }
    }

    /// <summary>What is stored of a client.</summary>
    public UncertainClient Client(string id)
    {
        lock (Gate)
        {
            if (!_clients.TryGetValue(id, out UncertainClient? client))
            {
                client = new UncertainClient();
                _clients.Add(id, client);
            }

            return client;
        }
    }

    public async ValueTask<StoreOpening> OpenAsync(string? client, string peer, CancellationToken cancellationToken = default)
    {
        if (client is not null && (client.Length is < 1 or > 32 || !client.All(each => char.IsAsciiLetterOrDigit(each) || each is '.' or '_' or '-')))
        {
            throw new ArgumentException("No client id.", nameof(client));
        }

        if (client is null)
        {
            return Grant(null, 0);
        }

        UncertainClient owned = Client(client);
        Task settled;
        long epoch;
        lock (Gate)
        {
            if (owned.IsOpening)
            {
                Misuse.Add("two openings of a client at a time");
            }

            owned.IsOpening = true;

            // Whoever had the lease has lost it from here on.
            epoch = ++owned.Epoch;
            UncertainAppender? holder = _open.Find(appender => appender.Client == owned);
            holder?.Fence();
            settled = holder?.Settled ?? Task.CompletedTask;
        }

        await settled;
        await PauseAsync();
        lock (Gate)
        {
            owned.IsOpening = false;
            return Draw(5) ? StoreOpening.Not(StoreOpenStatus.Unavailable) : Grant(owned, epoch);
        }
    }

    /// <summary>What was accepted so far reaches its outcome.</summary>
    public void Settle()
    {
        UncertainAppender[] open;
        lock (Gate)
        {
            open = [.. _open];
        }

        foreach (UncertainAppender appender in open)
        {
            appender.Settle(DrawOutcome(), _random);
        }
    }

    public ValueTask DisposeAsync()
    {
        Settle();
        lock (Gate)
        {
            _isClosed = true;
            foreach (UncertainAppender appender in _open)
            {
                appender.Fence();
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Opens again for the one who has the lease.</summary>
    public async ValueTask<StoreOpening> RenewAsync(UncertainClient client, long epoch)
    {
        await PauseAsync();
        lock (Gate)
        {
            if (client.Epoch != epoch)
            {
                return StoreOpening.Not(StoreOpenStatus.LeaseLost);
            }

            if (Draw(6))
            {
                // Another server came in between.
                client.Epoch++;
                LeasesTaken++;
                return StoreOpening.Not(StoreOpenStatus.LeaseLost);
            }

            return Draw(4) ? StoreOpening.Not(StoreOpenStatus.Unavailable) : Grant(client, ++client.Epoch);
        }
    }

    public void Forget(UncertainAppender appender)
    {
        lock (Gate)
        {
            _ = _open.Remove(appender);
        }
    }

    private StoreOpening Grant(UncertainClient? client, long epoch)
    {
        lock (Gate)
        {
            if (_isClosed)
            {
                return StoreOpening.Not(StoreOpenStatus.Failed);
            }

            if (client is not null && client.Epoch != epoch)
            {
                return StoreOpening.Not(StoreOpenStatus.LeaseLost);
            }

            var appender = new UncertainAppender(this, client, epoch);
            _open.Add(appender);
            client?.Prove(client.Stored.Count);
            return StoreOpening.Of(appender);
        }
    }

    private AppendOutcome DrawOutcome() => _random is null || _random.Next(3) > 0 ? AppendOutcome.Committed : (AppendOutcome)_random.Next(4);

    private bool Draw(int oneIn)
    {
        lock (Gate)
        {
            return _random?.Next(oneIn) == 0;
        }
    }

    /// <summary>A round trip to somewhere else, or none.</summary>
    private async Task PauseAsync()
    {
        if (Draw(2))
        {
            await Task.Yield();
        }
    }
}

/// <summary>What an <see cref="UncertainStore"/> holds of a client. Guarded by the store's gate.</summary>
internal sealed class UncertainClient
{
    /// <summary>The messages; number n is at n − 1.</summary>
    public List<byte[]> Stored { get; } = [];

    /// <summary>H as it was ever said: only what is up to here may have been acknowledged.</summary>
    public long Proven { get; private set; }

    public long Epoch { get; set; }

    public bool IsOpening { get; set; }

    public IEnumerable<string> Texts => Stored.Select(Encoding.UTF8.GetString);

    public void Prove(long sequence) => Proven = Math.Max(Proven, sequence);
}
