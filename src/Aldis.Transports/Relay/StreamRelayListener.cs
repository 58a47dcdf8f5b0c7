using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Relay;
using Aldis.Transports.Listening;

namespace Aldis.Transports.Relay;

/// <summary>
/// Accepts connections and gives each one of its own to the target. While everybody is refused, nobody listens: the system answers.
/// </summary>
internal sealed class StreamRelayListener : IRelayListener
{
    private const int Backlog = 512;

    // How long until a port that somebody took meanwhile is tried again.
    private static readonly TimeSpan RebindDelay = TimeSpan.FromMilliseconds(100);

    private readonly EndPoint _target;
    private readonly RelayOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<StreamRelayConnection> _connections = [];
    private readonly SemaphoreSlim _places;
    private readonly Pulse _changed = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private long _clientCount;
    private int _isDisposed;

    private StreamRelayListener(Socket listener, EndPoint target, RelayOptions options)
    {
        _listener = listener;
        _target = target;
        _options = options;
        _places = new SemaphoreSlim(options.MaximumClients);
        EndPoint = listener.LocalEndPoint!;
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <inheritdoc/>
    public long ClientCount => Interlocked.Read(ref _clientCount);

    /// <inheritdoc/>
    public long OpenCount
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    // A path of the file system cannot be given up and taken again without others seeing it: there each connection is refused by itself.
    private bool IsRefusingAll => EndPoint is IPEndPoint && _options.Plan.IsRefusingAll;

    /// <summary>Binds; nothing is accepted before <see cref="Start"/>.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="target">Where connections go.</param>
    /// <param name="options">What becomes of them.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public static StreamRelayListener Bind(EndPoint endPoint, EndPoint target, RelayOptions options)
    {
        try
        {
            if (endPoint is UnixDomainSocketEndPoint)
            {
                StaleUnixSocket.RemoveIfNobodyListens(endPoint);
            }

            return new StreamRelayListener(Listen(endPoint), target, options);
        }
        catch (SocketException exception)
        {
            throw ListenFailure.Describe(endPoint, exception);
        }
    }

    /// <inheritdoc/>
    public void Start() => _accepting = AcceptAsync();

    /// <inheritdoc/>
    public void OnChanged()
    {
        if (IsRefusingAll)
        {
            CloseListener();
        }

        _changed.Set();
        StreamRelayConnection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        foreach (StreamRelayConnection connection in connections)
        {
            connection.OnChanged();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        CloseListener();
        await _accepting.ConfigureAwait(false);
        StreamRelayConnection[] connections;
        lock (_lock)
        {
            connections = [.. _connections];
        }

        foreach (StreamRelayConnection connection in connections)
        {
            connection.Dispose();
        }

        await Task.WhenAll(connections.Select(static connection => connection.Ended)).ConfigureAwait(false);
        _stop.Dispose();
        _places.Dispose();
    }

    private static Socket Listen(EndPoint endPoint)
    {
        var socket = new Socket(
            endPoint.AddressFamily, SocketType.Stream, endPoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        try
        {
            if (endPoint is IPEndPoint ip && ip.Address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            socket.Bind(endPoint);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private void CloseListener()
    {
        lock (_lock)
        {
            _listener?.Dispose();
            _listener = null;
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _places.WaitAsync(_stop.Token).ConfigureAwait(false);
                Socket client = await AcceptOneAsync().ConfigureAwait(false);
                var connection = new StreamRelayConnection(client, _target, Interlocked.Increment(ref _clientCount), _options);
                lock (_lock)
                {
                    _connections.Add(connection);
                }

                connection.Run(OnEnded);
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    private void OnEnded(StreamRelayConnection connection)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
        }

        if (Volatile.Read(ref _isDisposed) == 0)
        {
            _places.Release();
        }
    }

    private async Task<Socket> AcceptOneAsync()
    {
        while (true)
        {
            Task changed = _changed.Next;
            try
            {
                if (IsRefusingAll)
                {
                    CloseListener();
                    await changed.WaitAsync(_stop.Token).ConfigureAwait(false);
                    continue;
                }

                return await Listener().AcceptAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Refusing began, a client went away before it was taken, or descriptors ran out.
                await Task.WhenAny(changed, Task.Delay(RebindDelay, _stop.Token)).ConfigureAwait(false);
                _stop.Token.ThrowIfCancellationRequested();
            }
        }
    }

    private Socket Listener()
    {
        try
        {
            lock (_lock)
            {
                return _listener ??= Listen(EndPoint);
            }
        }
        catch (SocketException exception)
        {
            // Somebody took the port while everybody was refused. It is tried again.
            _options.Failed?.Invoke(0, ListenFailure.Describe(EndPoint, exception));
            throw;
        }
    }
}
