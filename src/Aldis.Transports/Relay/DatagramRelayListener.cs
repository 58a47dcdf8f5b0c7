using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Relay;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Relay;

/// <summary>
/// Moves the datagrams of a <see cref="DatagramRelay"/>: one socket that clients see, and one for each client towards the target. One
/// thread serves them all. No socket joins datagrams, so that they leave as they came.
/// </summary>
internal sealed class DatagramRelayListener : IRelayListener, IDatagramOwner, IResumable
{
    private readonly IPEndPoint _near;
    private readonly RelayOptions _options;
    private readonly DatagramRelay _relay;
    private readonly DatagramLoop _loop;
    private readonly DatagramDriver _driver;
    private readonly Lock _lock = new();
    private readonly Dictionary<DatagramClient, ClientSocket> _sockets = [];
    private bool _isClosed;

    private DatagramRelayListener(DatagramChannel channel, IPEndPoint target, IPAddress near, RelayOptions options, bool isPortable)
    {
        _near = new IPEndPoint(near, 0);
        _options = options;
        EndPoint = channel.LocalEndPoint;
        _relay = new DatagramRelay(options, PathAddress.From(target));
        _loop = new DatagramLoop($"aldis link {channel.LocalEndPoint.Port}", isPortable);
        _driver = new DatagramDriver(_loop, channel, _relay, this, prefersInline: true);
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <inheritdoc/>
    public long ClientCount => _relay.ClientCount;

    /// <inheritdoc/>
    public long OpenCount => _relay.OpenCount;

    bool IResumable.IsRead => true;

    /// <summary>Binds; nothing is received before <see cref="Start"/>.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="target">Where datagrams go.</param>
    /// <param name="options">What becomes of them.</param>
    /// <param name="isPortable">Whether to do without what only Linux has.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public static DatagramRelayListener Bind(IPEndPoint endPoint, IPEndPoint target, RelayOptions options, bool isPortable = false)
    {
        IPAddress near = NearTo(target);
        try
        {
            return new DatagramRelayListener(
                DatagramChannel.Bind(endPoint, isPortable, mayFragment: true, mayJoin: false), target, near, options, isPortable);
        }
        catch (SocketException exception)
        {
            throw ListenFailure.Describe(endPoint, exception);
        }
    }

    /// <inheritdoc/>
    public void Start() => _driver.Start();

    /// <inheritdoc/>
    public void OnChanged()
    {
        // The next datagram meets them.
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        ClientSocket[] sockets;
        lock (_lock)
        {
            if (_isClosed)
            {
                return ValueTask.CompletedTask;
            }

            _isClosed = true;
            sockets = [.. _sockets.Values];
        }

        _driver.Close();
        foreach (ClientSocket socket in sockets)
        {
            socket.Driver.Close();
        }

        _loop.Dispose();
        return ValueTask.CompletedTask;
    }

    // Answers were put into its queue.
    void IResumable.Resume() => _driver.OnDeadline();

    bool IDatagramOwner.TryTell()
    {
        while (_relay.TryTakeNew(out DatagramClient? client))
        {
            Open(client);
        }

        while (_relay.TryTakeReady(out DatagramClient? client))
        {
            lock (_lock)
            {
                if (_sockets.TryGetValue(client, out ClientSocket? socket))
                {
                    _driver.Resume(socket);
                }
            }
        }

        return false;
    }

    void IDatagramOwner.OnDefect(Exception defect)
    {
        // Nobody waits for it.
    }

    void IDatagramOwner.OnFault(Exception defect) => _options.Failed?.Invoke(0, defect);

    // The address that the system sends from to the target, so that nobody else finds a port of a client.
    private static IPAddress NearTo(IPEndPoint target)
    {
        using var probe = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            probe.Connect(target);
            return ((IPEndPoint)probe.LocalEndPoint!).Address;
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(
                CommunicationFailure.Network, $"the target {target} cannot be reached: {exception.Message.TrimEnd('.')}.", exception);
        }
    }

    private void Open(DatagramClient client)
    {
        if (client.IsForgotten)
        {
            return;
        }

        ClientSocket? socket = null;
        try
        {
            DatagramChannel channel = DatagramChannel.Bind(
                _near, _loop.IsPortable, mayFragment: true, mayJoin: false, isPlace: false);
            socket = new ClientSocket(this, channel, client);
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_isClosed, this);
                _sockets.Add(client, socket);
            }

            socket.Driver.Start();
        }
        catch (Exception exception) when (exception is SocketException or IOException or ObjectDisposedException)
        {
            Remove(client);
            socket?.Driver.Channel.Dispose();
            _relay.Forget(client);
            _options.Failed?.Invoke(client.Number, exception);
        }
    }

    private void Remove(DatagramClient client)
    {
        lock (_lock)
        {
            _sockets.Remove(client);
        }
    }

    /// <summary>The socket of one client.</summary>
    private sealed class ClientSocket : IDatagramOwner, IResumable
    {
        private readonly DatagramRelayListener _listener;
        private readonly DatagramClient _client;

        public ClientSocket(DatagramRelayListener listener, DatagramChannel channel, DatagramClient client)
        {
            _listener = listener;
            _client = client;
            Driver = new DatagramDriver(listener._loop, channel, client, this, prefersInline: true);
        }

        public DatagramDriver Driver { get; }

        public bool IsRead => true;

        public void Resume()
        {
            if (_client.IsForgotten)
            {
                Driver.Close();
                _listener.Remove(_client);
                return;
            }

            Driver.OnDeadline();
        }

        public bool TryTell()
        {
            // Off the loop's thread it closes.
            if (_client.TakeHasAnswered() && _listener._loop.IsCurrent)
            {
                Driver.Resume(_listener);
            }

            return false;
        }

        public void OnDefect(Exception defect)
        {
            // Nobody waits for it but the client, who hears nothing any more.
        }

        public void OnFault(Exception defect)
        {
            _listener.Remove(_client);
            _listener._options.Failed?.Invoke(_client.Number, defect);
        }
    }
}
