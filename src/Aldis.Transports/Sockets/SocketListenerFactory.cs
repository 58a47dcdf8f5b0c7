using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Aldis.Transports.Sockets;

/// <summary>
/// Listens on TCP addresses and Unix domain sockets for Kestrel. Every other kind of address (an inherited descriptor, a pipe) is
/// left to the factories that were registered before.
/// </summary>
internal sealed class SocketListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector, IDisposable
{
    private readonly SocketHostingOptions _options;
    private readonly ILogger _logger;
    private readonly Lazy<ReadinessLoop[]> _loops;
    private int _nextLoop = -1;

    /// <summary>Makes the factory; threads begin with the first listener.</summary>
    /// <param name="options">How many loops, how long a backlog.</param>
    /// <param name="memoryPoolFactory">Gives the pool for what is built on top of connections.</param>
    /// <param name="loggerFactory">Gives the listeners their logger.</param>
    public SocketListenerFactory(SocketHostingOptions options, IMemoryPoolFactory<byte> memoryPoolFactory, ILoggerFactory loggerFactory)
    {
        _options = options;
        _logger = loggerFactory.CreateLogger<SocketListener>();
        _loops = new Lazy<ReadinessLoop[]>(StartLoops);
        MemoryPool = memoryPoolFactory.Create();
    }

    /// <summary>Memory for what is built on top of connections.</summary>
    public MemoryPool<byte> MemoryPool { get; }

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            // Sets both families for [::]. The runtime sets SO_REUSEADDR by itself; its option ReuseAddress would add SO_REUSEPORT,
            // with which a second server could take half of our clients.
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(_options.Backlog);
            _ = _loops.Value;
            return ValueTask.FromResult<IConnectionListener>(new SocketListener(socket, this, _logger));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket?.Dispose();
            throw new AddressInUseException(exception.Message, exception);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }

    /// <summary>Chooses the loop of a new connection.</summary>
    /// <returns>One loop after the other.</returns>
    public ReadinessLoop NextLoop() => _loops.Value[(uint)Interlocked.Increment(ref _nextLoop) % (uint)_loops.Value.Length];

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_loops.IsValueCreated)
        {
            foreach (ReadinessLoop loop in _loops.Value)
            {
                loop.Dispose();
            }
        }

        MemoryPool.Dispose();
    }

    private ReadinessLoop[] StartLoops() =>
        [.. Enumerable.Range(0, _options.LoopCount).Select(i => new ReadinessLoop($"aldis sockets {i}"))];
}
