using Aldis.Protocols.Fairness;

namespace Aldis.Services.Hosting;

/// <summary>
/// Lets so many handshakes (TLS, the preface of a native client with the verdict on it) be under way at once for everybody who counts as
/// one. Further ones wait for their turn, so that clients who come back all at once behind one address are served one after the other, and
/// take processors and verdicts from nobody else. Thread-safe.
/// </summary>
/// <param name="most">Handshakes of one at once, at first.</param>
internal sealed class HandshakeQuota(int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NetworkKey, Peer> _peers = [];
    private int _most = most;

    /// <summary>Handshakes of one at once. Where it becomes more, those who wait have their turn; where it becomes less, those that are
    /// under way go on.</summary>
    public int Most
    {
        get => Volatile.Read(ref _most);
        set
        {
            lock (_lock)
            {
                _most = value;
                foreach ((NetworkKey peer, Peer held) in _peers)
                {
                    while (held.UnderWay < _most && held.Waiting.First is { } first)
                    {
                        held.UnderWay++;
                        held.Waiting.RemoveFirst();
                        first.Value.SetResult(new Turn(this, peer));
                    }
                }
            }
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
            if (TryTake(peer))
            {
                return new Turn(this, peer);
            }

            // Whoever gives a turn back must not run what another connection does with it.
            waiting = new TaskCompletionSource<Turn>(TaskCreationOptions.RunContinuationsAsynchronously);
            place = _peers[peer].Waiting.AddLast(waiting);
        }

        try
        {
            return await waiting.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                place.List?.Remove(place);
            }

            // Its turn may have come at the last moment.
            return waiting.Task.IsCompleted ? await waiting.Task.ConfigureAwait(false) : null;
        }
    }

    /// <summary>Takes a turn where nobody has to wait.</summary>
    /// <param name="peer">Whose handshake it is.</param>
    /// <returns>Null where the peer has as many under way as it may.</returns>
    public Turn? TryEnter(NetworkKey peer)
    {
        lock (_lock)
        {
            return TryTake(peer) ? new Turn(this, peer) : null;
        }
    }

    private bool TryTake(NetworkKey peer)
    {
        if (!_peers.TryGetValue(peer, out Peer? held))
        {
            _peers.Add(peer, held = new Peer());
        }

        bool isFree = held.UnderWay < _most;
        held.UnderWay += isFree ? 1 : 0;
        return isFree;
    }

    private void Leave(NetworkKey peer)
    {
        lock (_lock)
        {
            Peer held = _peers[peer];
            if (held.UnderWay <= _most && held.Waiting.First is { } first)
            {
                held.Waiting.RemoveFirst();
                first.Value.SetResult(new Turn(this, peer));
            }
            else if (--held.UnderWay == 0)
            {
                _peers.Remove(peer);
            }
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

        public LinkedList<TaskCompletionSource<Turn>> Waiting { get; } = [];
    }
}
