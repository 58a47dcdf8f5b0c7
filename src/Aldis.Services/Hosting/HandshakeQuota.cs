using Aldis.Protocols.Fairness;

namespace Aldis.Services.Hosting;

/// <summary>
/// Lets so many handshakes (TLS, the preface of a native client with the verdict on it) be under way at once for everybody who counts as
/// one, and in all. Further ones wait for their turn, so that clients who come back all at once behind one address are served one after the
/// other, and take processors and verdicts from nobody else. Where all turns are taken, those who wait are served in a round, peer by peer:
/// nobody waits longer for somebody else's many. Thread-safe.
/// </summary>
/// <param name="most">Handshakes of one at once, at first.</param>
/// <param name="mostInAll">Handshakes of all at once, at first.</param>
internal sealed class HandshakeQuota(int most, int mostInAll = int.MaxValue)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NetworkKey, Peer> _peers = [];

    // Who waits though he has fewer under way than one may. Empty while there are turns left.
    private readonly Queue<NetworkKey> _round = [];
    private int _most = most;
    private int _mostInAll = mostInAll;
    private int _underWay;

    /// <summary>Handshakes of one at once.</summary>
    public int Most => Volatile.Read(ref _most);

    /// <summary>Handshakes of all at once.</summary>
    public int MostInAll => Volatile.Read(ref _mostInAll);

    /// <summary>Peers of which something is known.</summary>
    public int Peers
    {
        get
        {
            lock (_lock)
            {
                return _peers.Count;
            }
        }
    }

    /// <summary>Lets others count. Where there are more, those who wait have their turn; where there are fewer, those that are under way go
    /// on.</summary>
    /// <param name="most">Handshakes of one at once.</param>
    /// <param name="mostInAll">Handshakes of all at once.</param>
    public void Change(int most, int mostInAll)
    {
        lock (_lock)
        {
            _most = most;
            _mostInAll = mostInAll;
            foreach ((NetworkKey peer, Peer held) in _peers)
            {
                JoinRound(peer, held);
            }

            ServeRound();
        }
    }

    /// <summary>Waits for a turn.</summary>
    /// <param name="peer">Whose handshake it is.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The turn, given back when it is disposed of; null where waiting was given up.</returns>
    public async ValueTask<Turn?> EnterAsync(NetworkKey peer, CancellationToken cancellationToken)
    {
        TaskCompletionSource<Turn> waiting;
        LinkedListNode<TaskCompletionSource<Turn>> place;
        lock (_lock)
        {
            if (TryTake(peer) is { } turn)
            {
                return turn;
            }

            // Whoever gives a turn back must not run what another connection does with it.
            waiting = new TaskCompletionSource<Turn>(TaskCreationOptions.RunContinuationsAsynchronously);
            Peer held = Find(peer);
            place = held.Waiting.AddLast(waiting);
            JoinRound(peer, held);
        }

        try
        {
            return await waiting.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                if (place.List is not null)
                {
                    place.List.Remove(place);
                    ForgetIfIdle(peer, _peers[peer]);
                }
            }

            // Its turn may have come at the last moment.
            return waiting.Task.IsCompleted ? await waiting.Task.ConfigureAwait(false) : null;
        }
    }

    /// <summary>Takes a turn where nobody has to wait.</summary>
    /// <param name="peer">Whose handshake it is.</param>
    /// <returns>Null where the peer, or all together, have as many under way as they may.</returns>
    public Turn? TryEnter(NetworkKey peer)
    {
        lock (_lock)
        {
            return TryTake(peer);
        }
    }

    private Turn? TryTake(NetworkKey peer)
    {
        if (_underWay >= _mostInAll || (_peers.TryGetValue(peer, out Peer? held) && held.UnderWay >= _most))
        {
            return null;
        }

        return Take(peer, Find(peer));
    }

    private Turn Take(NetworkKey peer, Peer held)
    {
        held.UnderWay++;
        _underWay++;
        return new Turn(this, peer);
    }

    private void Leave(NetworkKey peer)
    {
        lock (_lock)
        {
            Peer left = _peers[peer];
            left.UnderWay--;
            _underWay--;
            JoinRound(peer, left);
            ForgetIfIdle(peer, left);
            ServeRound();
        }
    }

    private void ServeRound()
    {
        while (_underWay < _mostInAll && _round.TryDequeue(out NetworkKey next))
        {
            Peer held = _peers[next];
            held.IsInRound = false;
            if (held.Waiting.First is { } first && held.UnderWay < _most)
            {
                held.Waiting.RemoveFirst();
                first.Value.SetResult(Take(next, held));
                JoinRound(next, held);
            }
            else
            {
                ForgetIfIdle(next, held);
            }
        }
    }

    private void JoinRound(NetworkKey peer, Peer held)
    {
        if (!held.IsInRound && held.Waiting.Count > 0 && held.UnderWay < _most)
        {
            held.IsInRound = true;
            _round.Enqueue(peer);
        }
    }

    private Peer Find(NetworkKey peer)
    {
        if (!_peers.TryGetValue(peer, out Peer? held))
        {
            _peers.Add(peer, held = new Peer());
        }

        return held;
    }

    private void ForgetIfIdle(NetworkKey peer, Peer held)
    {
        if (held is { UnderWay: 0, Waiting.Count: 0, IsInRound: false })
        {
            _peers.Remove(peer);
        }
    }

    /// <summary>A handshake that may be under way.</summary>
    /// <param name="quota">Who gave it.</param>
    /// <param name="peer">Whose it is.</param>
    internal sealed class Turn(HandshakeQuota quota, NetworkKey peer) : IDisposable
    {
        private bool _isOver;

        /// <summary>Gives it to the next; again does nothing. By one thread at a time.</summary>
        public void Dispose()
        {
            if (!_isOver)
            {
                _isOver = true;
                quota.Leave(peer);
            }
        }
    }

    private sealed class Peer
    {
        public int UnderWay { get; set; }

        public bool IsInRound { get; set; }

        public LinkedList<TaskCompletionSource<Turn>> Waiting { get; } = [];
    }
}
