using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Budgets;
using Aldis.Transports.Packets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;

namespace Aldis.Transports.Sockets;

/// <summary>
/// Listens for Kestrel on TCP addresses and on Unix domain sockets that are connected. Every other kind of address (an inherited
/// descriptor, a pipe) is left to the factories that were registered before.
/// </summary>
internal sealed class SocketListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private readonly SocketHostingOptions _options;
    private readonly ReadinessLoops _loops;
    private readonly ReceiveGovernor _governor;
    private readonly UpperMemoryPool _memoryPool;
    private readonly ILogger _logger;

    /// <summary>Makes the factory; threads begin with the first listener.</summary>
    /// <param name="options">How long a backlog.</param>
    /// <param name="loops">Who reports the readiness of connections.</param>
    /// <param name="memoryPool">Memory for what is built on top of connections, such as TLS.</param>
    /// <param name="governor">Bounds what connections receive.</param>
    /// <param name="loggerFactory">Gives the listeners their logger.</param>
    public SocketListenerFactory(
        SocketHostingOptions options,
        ReadinessLoops loops,
        UpperMemoryPool memoryPool,
        ReceiveGovernor governor,
        ILoggerFactory loggerFactory)
    {
        _options = options;
        _loops = loops;
        _governor = governor;
        _memoryPool = memoryPool;
        _logger = loggerFactory.CreateLogger<SocketListener>();
    }

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or UnixDomainSocketEndPoint
        or UnixSocketEndPoint { Type: not SocketType.Dgram };

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            // Sets both families for [::]. The runtime sets SO_REUSEADDR by itself; its option ReuseAddress would add SO_REUSEPORT,
            // with which a second server could take half of our clients.
            socket = PassedSockets.OfProcess.Take(endpoint, SocketType.Stream)
                ?? (endpoint is UnixSocketEndPoint unix ? unix.Bind() : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint));
            socket.Listen(_options.Backlog);
            _loops.Start();
            return ValueTask.FromResult<IConnectionListener>(
                new SocketListener(
                    socket, endpoint as UnixSocketEndPoint, _loops, _memoryPool, _governor.Budget, _options, _logger));
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
}
