using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Relay;
using Aldis.Transports.Listening;
using Aldis.Transports.Sockets;

namespace Aldis.Transports.Relay;

/// <summary>
/// Accepts connections and gives each one of its own to the target. While everybody is refused, nobody listens: the system answers. A
/// connection that would take the last descriptors of the process is reset: the runtime needs some, and ends the process without.
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
    private readonly long _maxDescriptors;
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private long _clientCount;
    private bool _isShort;
    private int _isDisposed;

    private StreamRelayListener(Socket listener, EndPoint target, RelayOptions options, int maxDescriptors)
    {
        _maxDescriptors = maxDescriptors - DescriptorBudget.Reserved;
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
    /// <param name="maxDescriptors">How many descriptors the process may have open; asked of the system if left out.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public static StreamRelayListener Bind(EndPoint endPoint, EndPoint target, RelayOptions options, int? maxDescriptors = null)
    {
        try
        {
            if (endPoint is UnixDomainSocketEndPoint)
            {
                StaleUnixSocket.RemoveIfNobodyListens(endPoint);
            }

            return new StreamRelayListener(Listen(endPoint), target, options, maxDescriptors ?? DescriptorLimit.Read());
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
                StreamRelayConnection connection = await AcceptOneAsync().ConfigureAwait(false);
                Interlocked.Increment(ref _clientCount);
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

    private async Task<StreamRelayConnection> AcceptOneAsync()
    {
        while (true)
        {
            Task changed = _changed.Next;
            Socket? client = null;
            try
            {
                if (IsRefusingAll)
                {
                    CloseListener();
                    await changed.WaitAsync(_stop.Token).ConfigureAwait(false);
                    continue;
                }

                client = await Listener().AcceptAsync(_stop.Token).ConfigureAwait(false);
                if (client.Handle < _maxDescriptors)
                {
                    var connection = new StreamRelayConnection(client, _target, ClientCount + 1, _options);
                    _isShort = false;
                    return connection;
                }

                // The system hands out the lowest number that is free.
                client.Close(timeout: 0);
                TellShortage();
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // Refusing began, a client went away before it was taken, or descriptors ran out.
                client?.Close(timeout: 0);
                if (exception is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets })
                {
                    TellShortage();
                }
                else if (client is not null)
                {
                    _options.Failed?.Invoke(ClientCount + 1, exception);
                }

                await Task.WhenAny(changed, Task.Delay(RebindDelay, _stop.Token)).ConfigureAwait(false);
                _stop.Token.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Says once that descriptors are short, until they are not.</summary>
    private void TellShortage()
    {
        if (!_isShort)
        {
            _isShort = true;
            _options.Failed?.Invoke(0, new CommunicationException(
                CommunicationFailure.Network,
                $"{EndPoint} turns connections away: the process has few file descriptors left, and each takes two; raise its limit "
                    + "('ulimit -n'), or let fewer be open at once."));
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
