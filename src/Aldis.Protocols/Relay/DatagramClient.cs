using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Relay;

/// <summary>
/// One client of a relay of datagrams as the target sees it: an engine for a socket of its own. What the target says there goes into the
/// queue of the <see cref="DatagramRelay"/>. A target that answers from another port is followed there, as TFTP wants it (RFC 1350
/// section 4); what comes from another address is none of its.
/// </summary>
internal sealed class DatagramClient : IDatagramEngine
{
    private readonly RelayOptions _options;
    private readonly RelayQueue _queue;
    private readonly DatagramLink _toTarget;
    private readonly DatagramLink _toClient;
    private long _lastNs;
    private bool _hasAnswered;

    /// <summary>Makes the client.</summary>
    /// <param name="options">What the relay does.</param>
    /// <param name="number">Its number, counted from 1.</param>
    /// <param name="client">Where it is.</param>
    /// <param name="target">Where the target is.</param>
    /// <param name="answers">The queue of what goes to clients.</param>
    public DatagramClient(RelayOptions options, long number, PathKey client, PathKey target, RelayQueue answers)
    {
        _options = options;
        _queue = new RelayQueue(options.MaximumHeldBytes);
        _toTarget = new DatagramLink(options, LinkDirection.ToTarget, number, _queue, target);
        _toClient = new DatagramLink(options, LinkDirection.ToClient, number, answers, client);
        Number = number;
        Path = client;
    }

    /// <summary>Its number, counted from 1.</summary>
    public long Number { get; }

    /// <summary>Where it is.</summary>
    public PathKey Path { get; }

    /// <summary>When something last came from it or for it.</summary>
    public long LastNs => Volatile.Read(ref _lastNs);

    /// <summary>Whether the relay has forgotten it, so that its socket is to be closed.</summary>
    public bool IsForgotten { get; private set; }

    /// <summary>Whether it is among those whose sockets are to be looked at. Kept by the <see cref="DatagramRelay"/>.</summary>
    public bool IsReady { get; set; }

    /// <inheritdoc/>
    public long NextDeadlineNs => _queue.NextArrivalNs;

    /// <summary>Takes what the client sent.</summary>
    /// <inheritdoc cref="OnDatagram" path="/param"/>
    public void OnClientDatagram(ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        Volatile.Write(ref _lastNs, nowNs);
        _toTarget.Pass(buffer, segmentSize, nowNs);
    }

    /// <inheritdoc/>
    public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        if (path.RemoteAddress != _toTarget.To.RemoteAddress)
        {
            return;
        }

        if (path.RemotePort != _toTarget.To.RemotePort)
        {
            _toTarget.To = _toTarget.To with { RemotePort = path.RemotePort };
        }

        Volatile.Write(ref _lastNs, nowNs);
        _toClient.Pass(buffer, segmentSize, nowNs);
        _hasAnswered = true;
    }

    /// <summary>Whether something was put into the queue of answers since it was last asked.</summary>
    public bool TakeHasAnswered()
    {
        bool hasAnswered = _hasAnswered;
        _hasAnswered = false;
        return hasAnswered;
    }

    /// <inheritdoc/>
    public void OnTimer(long nowNs)
    {
        // What is due is taken by TryGetTransmit.
    }

    /// <inheritdoc/>
    public void OnRefused(in PathKey path, long nowNs)
    {
        // There is no way to tell the client: a datagram that nobody took is lost.
    }

    /// <inheritdoc/>
    public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
    {
        bool has = _queue.TryTake(buffer, nowNs, out transmit, out int count);
        if (has)
        {
            _options.ToTarget.CountSent(count, transmit.Length);
        }

        return has;
    }

    /// <summary>Has its socket closed.</summary>
    public void Forget() => IsForgotten = true;
}
