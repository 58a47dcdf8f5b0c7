using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;

namespace Aldis.Transports.Datagrams;

/// <summary>The sockets that an engine asked for (<see cref="IDatagramSocketRequester"/>), each with a driver of its own on the same
/// loop. <see cref="Serve"/> is called under the lock of the driver whose engine asks; a socket that is done with closes by itself.</summary>
internal sealed class SpawnedSockets(DatagramLoop loop, IPEndPoint place, IDatagramSocketRequester requester)
{
    private readonly Lock _lock = new();
    private readonly HashSet<SpawnedSocket> _open = [];
    private bool _isClosed;

    /// <summary>Opens what was asked for.</summary>
    /// <param name="nowNs">Monotonic time in nanoseconds.</param>
    public void Serve(long nowNs)
    {
        while (requester.TryGetSocketRequest(out ISpawnedDatagramEngine? engine))
        {
            try
            {
                Open(engine);
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                requester.OnSocketRefused(engine, nowNs);
            }
        }
    }

    /// <summary>Closes them all. Without any lock.</summary>
    public void Close()
    {
        SpawnedSocket[] open;
        lock (_lock)
        {
            _isClosed = true;
            open = [.. _open];
        }

        foreach (SpawnedSocket socket in open)
        {
            socket.Driver.Close();
        }
    }

    private void Open(ISpawnedDatagramEngine engine)
    {
        DatagramChannel channel = DatagramChannel.Bind(new IPEndPoint(place.Address, 0), loop.IsPortable, mayFragment: true);
        var socket = new SpawnedSocket(this, loop, channel, engine);
        try
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                _open.Add(socket);
            }

            socket.Driver.Start();

            // What the engine wants to say first goes out before anything arrives.
            socket.Driver.OnDeadline();
        }
        catch
        {
            Forget(socket);
            channel.Dispose();
            throw;
        }
    }

    private void Forget(SpawnedSocket socket)
    {
        lock (_lock)
        {
            _open.Remove(socket);
        }
    }

    /// <summary>One of them.</summary>
    private sealed class SpawnedSocket : IDatagramOwner, IThreadPoolWorkItem
    {
        private readonly SpawnedSockets _all;
        private readonly ISpawnedDatagramEngine _engine;
        private bool _isClosing;

        public SpawnedSocket(SpawnedSockets all, DatagramLoop loop, DatagramChannel channel, ISpawnedDatagramEngine engine)
        {
            _all = all;
            _engine = engine;
            Driver = new DatagramDriver(loop, channel, engine, this, answersItself: true);
        }

        public DatagramDriver Driver { get; }

        public bool TryTell()
        {
            if (_engine.IsFinished && !_isClosing)
            {
                // Not here: the driver's lock is held, and what is to be sent has not gone out yet.
                _isClosing = true;
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }

            return false;
        }

        public void OnDefect(Exception defect)
        {
            // Nobody waits for it but its peer, who hears nothing any more.
        }

        public void OnFault(Exception defect) => _all.Forget(this);

        public void Execute()
        {
            Driver.Close();
            _all.Forget(this);
        }
    }
}
