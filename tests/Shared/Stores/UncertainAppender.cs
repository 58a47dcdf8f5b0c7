using System.Buffers;
using Aldis.Journal.Signals;
using Aldis.Journal.Stores;
using Aldis.Protocols.Integrity;

namespace Aldis.Tests.Stores;

/// <summary>One connection's way into an <see cref="UncertainStore"/>. It checks that nobody uses it as it must not be used.</summary>
internal sealed class UncertainAppender(UncertainStore store, UncertainClient? client, long epoch) : IMessageAppender
{
    private readonly AsyncSignal _progress = new();
    private readonly AsyncSignal _space = new();
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<uint> _crcs = [.. client?.Stored.Select(payload => Crc32C.Compute(payload)) ?? []];
    private readonly List<byte[]> _pending = [];
    private readonly long _first = client?.Stored.Count ?? 0;
    private long _committed;
    private long _accepted;
    private AppendOutcome _outcome;
    private bool _isFenced;
    private bool _isRenewed;
    private int _callers;

    public UncertainClient? Client => client;

    public long Epoch => epoch;

    public bool IsClosed { get; private set; }

    public Task Settled => _settled.Task;

    public AppendProgress Progress
    {
        get
        {
            lock (store.Gate)
            {
                return new AppendProgress(_accepted, _committed, client is null ? 0 : _first + _committed, _outcome);
            }
        }
    }

    public AppendStatus TryAppend(long sequence, in ReadOnlySequence<byte> payload) => TryAppend(sequence, payload.ToArray());

    public AppendStatus TryAppend(long sequence, ReadOnlySpan<byte> payload)
    {
        if (Interlocked.Increment(ref _callers) > 1)
        {
            Misused("two appends at a time");
        }

        try
        {
            lock (store.Gate)
            {
                return TryAppendOne(sequence, payload);
            }
        }
        finally
        {
            _ = Interlocked.Decrement(ref _callers);
        }
    }

    public bool TryGetCrc(long sequence, out uint crc)
    {
        lock (store.Gate)
        {
            bool isKnown = sequence > Math.Max(0, _crcs.Count - store.Window) && sequence <= _crcs.Count;
            crc = isKnown ? _crcs[(int)sequence - 1] : 0;
            return isKnown;
        }
    }

    public ValueTask WaitForProgressAsync() => _progress.WaitAsync();

    public ValueTask WaitForSpaceAsync() => _space.WaitAsync();

    public void Wake() => _progress.Signal();

    public void HandleFarewell()
    {
        lock (store.Gate)
        {
            if (_pending.Count > 0)
            {
                Misused("a farewell with messages under way");
            }
        }
    }

    public ValueTask<StoreOpening> RenewAsync(CancellationToken cancellationToken = default)
    {
        lock (store.Gate)
        {
            if (_outcome == AppendOutcome.Committed)
            {
                throw new InvalidOperationException("The appender has not ended.");
            }

            if (_outcome == AppendOutcome.LeaseLost || client is null)
            {
                return ValueTask.FromResult(StoreOpening.Not(StoreOpenStatus.LeaseLost));
            }
        }

        return RenewOnceAsync();
    }

    public Task CloseAsync()
    {
        lock (store.Gate)
        {
            IsClosed = true;
            SettleWhereDone();
        }

        _progress.Signal();
        _space.Signal();
        return _settled.Task;
    }

    /// <summary>The lease is gone: nothing more is taken. Under the store's gate.</summary>
    public void Fence()
    {
        _isFenced = true;
        SettleWhereDone();
    }

    /// <summary>What waits reaches an outcome.</summary>
    public void Settle(AppendOutcome outcome, Random? random)
    {
        lock (store.Gate)
        {
            if (_pending.Count == 0)
            {
                return;
            }

            // A batch may commit in front of the one that does not.
            int sure = outcome == AppendOutcome.Committed ? _pending.Count : random!.Next(_pending.Count + 1);
            Store(sure);
            _committed += sure;
            client?.Prove(_first + _committed);
            if (_pending.Count == 0)
            {
                outcome = AppendOutcome.Committed;
            }
            else if (outcome == AppendOutcome.Unknown)
            {
                Store(random!.Next(_pending.Count + 1));
            }
            else if (outcome == AppendOutcome.LeaseLost && client is not null)
            {
                client.Epoch++;
            }

            _pending.Clear();
            End(outcome);
            SettleWhereDone();
        }

        // Outside of all locks, and the waiter may go on in here.
        _progress.Signal(runsInline: true);
        _space.Signal();
    }

    private async ValueTask<StoreOpening> RenewOnceAsync()
    {
        StoreOpening opening = await store.RenewAsync(client!, epoch);
        if (opening.IsOpen)
        {
            if (_isRenewed)
            {
                Misused("an appender renewed twice");
            }

            _isRenewed = true;
        }

        return opening;
    }

    private AppendStatus TryAppendOne(long sequence, ReadOnlySpan<byte> payload)
    {
        if (_isFenced || _outcome != AppendOutcome.Committed)
        {
            return AppendStatus.Ended;
        }

        if (IsClosed)
        {
            return AppendStatus.Closed;
        }

        if (payload.Length > store.MaxMessageBytes)
        {
            return AppendStatus.TooLarge;
        }

        if (sequence != (client is null ? 0 : _first + _accepted + 1))
        {
            return AppendStatus.OutOfSequence;
        }

        if (_pending.Sum(message => message.Length) + payload.Length > StoreUnderTest.QueueBytes)
        {
            return AppendStatus.QueueFull;
        }

        _pending.Add(payload.ToArray());
        _crcs.Add(Crc32C.Compute(payload));
        _accepted++;
        if (client is not null && _pending.Count > store.Window)
        {
            Misused("more messages under way than the window");
        }

        store.Accepted?.Invoke();
        return AppendStatus.Accepted;
    }

    private void Store(int count)
    {
        foreach (byte[] payload in _pending[..count])
        {
            if (client is null)
            {
                store.Plain.Add(System.Text.Encoding.UTF8.GetString(payload));
            }
            else
            {
                client.Stored.Add(payload);
            }
        }

        _pending.RemoveRange(0, count);
    }

    private void End(AppendOutcome outcome)
    {
        _outcome = outcome;
        if (outcome != AppendOutcome.Committed)
        {
            store.Outcomes[outcome]++;
        }
    }

    private void SettleWhereDone()
    {
        if (_pending.Count > 0)
        {
            return;
        }

        if (_isFenced && _outcome == AppendOutcome.Committed)
        {
            End(AppendOutcome.LeaseLost);
            _progress.Signal();
            _space.Signal();
        }

        if (_isFenced || IsClosed || _outcome != AppendOutcome.Committed)
        {
            _ = _settled.TrySetResult();
        }

        if (IsClosed)
        {
            store.Forget(this);
        }
    }

    private void Misused(string how)
    {
        lock (store.Gate)
        {
            store.Misuse.Add(how);
        }
    }
}
