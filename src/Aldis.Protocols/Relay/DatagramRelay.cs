using System.Diagnostics.CodeAnalysis;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Relay;

/// <summary>
/// The side of a relay of datagrams that clients see: takes what they send, gives each a <see cref="DatagramClient"/> with a port of its
/// own towards the target, and sends them what comes back. Datagrams stay as they were cut, which the driver has to see to.
/// </summary>
/// <param name="options">What the relay does.</param>
/// <param name="target">Where the target is.</param>
internal sealed class DatagramRelay(RelayOptions options, PathKey target) : IDatagramEngine
{
    // Clients are looked through so many times in the time after which they are forgotten.
    private const int SweepsPerIdleTime = 4;

    private readonly Dictionary<PathKey, DatagramClient> _clients = [];
    private readonly RelayQueue _answers = new(options.MaximumHeldBytes);
    private readonly Queue<DatagramClient> _new = new();
    private readonly Queue<DatagramClient> _ready = new();
    private long _clientCount;
    private long _openCount;
    private long _nextSweepNs = long.MaxValue;

    /// <summary>Clients that were seen so far.</summary>
    public long ClientCount => Interlocked.Read(ref _clientCount);

    /// <summary>Clients that are there.</summary>
    public long OpenCount => Interlocked.Read(ref _openCount);

    /// <inheritdoc/>
    public long NextDeadlineNs => Math.Min(_answers.NextArrivalNs, _nextSweepNs);

    /// <inheritdoc/>
    public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        if (!_clients.TryGetValue(path, out DatagramClient? client))
        {
            client = Add(path, nowNs);
        }

        client.OnClientDatagram(buffer, segmentSize, nowNs);
        SetReady(client);
    }

    /// <inheritdoc/>
    public void OnTimer(long nowNs)
    {
        if (nowNs < _nextSweepNs)
        {
            return;
        }

        foreach (DatagramClient client in _clients.Values)
        {
            if (nowNs - client.LastNs >= options.IdleNs)
            {
                Forget(client);
            }
        }

        _nextSweepNs = _clients.Count == 0 ? long.MaxValue : nowNs + (options.IdleNs / SweepsPerIdleTime);
    }

    /// <inheritdoc/>
    public void OnRefused(in PathKey path, long nowNs)
    {
        // A client that does not listen any more; it is forgotten when it has been silent long enough.
    }

    /// <inheritdoc/>
    public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        bool has = _answers.TryTake(buffer, nowNs, out transmit, out int count);
        if (has)
        {
            options.ToClient.CountSent(count, transmit.Length);
        }

        return has;
    }

    /// <summary>Takes the next client that needs a socket.</summary>
    /// <param name="client">The engine for it.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeNew([NotNullWhen(true)] out DatagramClient? client) => _new.TryDequeue(out client);

    /// <summary>Takes the next client that has something to send, or was forgotten.</summary>
    /// <param name="client">The client.</param>
    /// <returns>False if there is none.</returns>
    public bool TryTakeReady([NotNullWhen(true)] out DatagramClient? client)
    {
        bool has = _ready.TryDequeue(out client);
        if (has)
        {
            client!.IsReady = false;
        }

        return has;
    }

    /// <summary>Forgets a client: there was no socket for it, or it is silent.</summary>
    /// <param name="client">The client.</param>
    public void Forget(DatagramClient client)
    {
        if (_clients.Remove(client.Path))
        {
            Interlocked.Decrement(ref _openCount);
            client.Forget();
            SetReady(client);
        }
    }

    private DatagramClient Add(in PathKey path, long nowNs)
    {
        if (_clients.Count >= options.MaximumClients)
        {
            Forget(_clients.Values.MinBy(static other => other.LastNs)!);
        }

        var client = new DatagramClient(options, Interlocked.Increment(ref _clientCount), path, target, _answers);
        Interlocked.Increment(ref _openCount);
        _clients.Add(path, client);
        _new.Enqueue(client);
        _nextSweepNs = Math.Min(_nextSweepNs, nowNs + (options.IdleNs / SweepsPerIdleTime));
        return client;
    }

    private void SetReady(DatagramClient client)
    {
        if (!client.IsReady)
        {
            client.IsReady = true;
            _ready.Enqueue(client);
        }
    }
}
