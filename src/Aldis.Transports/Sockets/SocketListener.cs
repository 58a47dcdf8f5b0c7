using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Budgets;
using Aldis.Transports.Packets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Aldis.Transports.Sockets;

/// <summary>
/// Accepts connections and spreads them over the loops. Nothing but unbinding ends it: a client that would take a descriptor beyond the
/// connections' share is reset, one that is gone before it was accepted is passed over, and after any other failure it pauses and goes on.
/// </summary>
internal sealed class SocketListener : IConnectionListener
{
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly Socket _socket;
    private readonly ReadinessLoops _loops;
    private readonly ReceiveBudget _budget;
    private readonly MemoryPool<byte> _memoryPool;
    private readonly ILogger _logger;
    private readonly Action<EndPoint, EndPoint?>? _refused;
    private readonly Func<EndPoint, Socket, IConnectionPlace?>? _admit;
    private readonly CancellationTokenSource _unbound = new();
    private readonly DescriptorBudget _descriptors;
    private bool _isRefusing;

    /// <summary>Begins to accept.</summary>
    /// <param name="socket">A socket that listens.</param>
    /// <param name="typed">Where it listens, where the address of the socket does not say all of it; else null.</param>
    /// <param name="loops">Who reports the readiness of connections.</param>
    /// <param name="memoryPool">Memory for what is built on top of connections.</param>
    /// <param name="budget">Bounds what connections receive.</param>
    /// <param name="options">How many descriptors the process may open, and who is told of those turned away.</param>
    /// <param name="logger">Told when accepting pauses.</param>
    public SocketListener(
        Socket socket,
        UnixSocketEndPoint? typed,
        ReadinessLoops loops,
        MemoryPool<byte> memoryPool,
        ReceiveBudget budget,
        SocketHostingOptions options,
        ILogger logger)
    {
        _socket = socket;
        _loops = loops;
        _memoryPool = memoryPool;
        _budget = budget;
        _descriptors = DescriptorBudget.Of(options.MaxDescriptors);
        _logger = logger;
        _refused = options.Refused;
        _admit = options.Admit;
        EndPoint = typed ?? socket.LocalEndPoint!;
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        bool isPausing = false;
        while (!_unbound.IsCancellationRequested)
        {
            Socket? accepted = null;
            try
            {
                accepted = await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false);
                if (TryRefuse(accepted))
                {
                    continue;
                }

                if (_admit is null)
                {
                    return Start(accepted, null);
                }

                if (_admit(EndPoint, accepted) is { } place)
                {
                    return Start(accepted, place);
                }

                accepted.Close(timeout: 0);
                continue;
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException && _unbound.IsCancellationRequested)
            {
                accepted?.Dispose();
                return null;
            }
            catch (Exception exception) when (
                exception is SocketException or IOException or ObjectDisposedException or OutOfMemoryException)
            {
                accepted?.Dispose();
                if (IsAboutOneClient(exception, accepted))
                {
                    continue;
                }

                if (!isPausing)
                {
                    isPausing = true;
                    TransportLog.Pause(_logger, EndPoint, exception);
                }
            }

            await Pause(cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    /// <inheritdoc/>
    public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        await _unbound.CancelAsync().ConfigureAwait(false);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        _unbound.Dispose();
    }

    // The system hands out the lowest number that is free, so the number tells how many are in use.
    private bool TryRefuse(Socket accepted)
    {
        bool isRefused = _descriptors.NumberOf(accepted.Handle, ReceivedFiles.Count) >= _descriptors.Connections;
        if (isRefused)
        {
            EndPoint? client = ClientOf(accepted);
            accepted.Close(timeout: 0);
            if (_refused is not null)
            {
                _refused(EndPoint, client);
            }
            else if (!_isRefusing)
            {
                TransportLog.Refusal(_logger, EndPoint);
            }
        }

        _isRefusing = isRefused;
        return isRefused;
    }

    private static EndPoint? ClientOf(Socket accepted)
    {
        try
        {
            return accepted.RemoteEndPoint;
        }
        catch (SocketException)
        {
            // Gone already.
            return null;
        }
    }

    private SocketConnection Start(Socket accepted, IConnectionPlace? place)
    {
        SocketConnection? connection = null;
        try
        {
            if (accepted.LocalEndPoint is IPEndPoint)
            {
                accepted.NoDelay = true;
            }

            connection = new SocketConnection(accepted, _loops.Next(), _memoryPool, _budget, place);
            connection.Start();
            return connection;
        }
        catch
        {
            connection?.Account.Close();
            accepted.Dispose();
            place?.Dispose();
            throw;
        }
    }

    // A client that reset before it was accepted, or while its options were set, says nothing about the next one.
    private static bool IsAboutOneClient(Exception exception, Socket? accepted) =>
        (accepted is not null && exception is not OutOfMemoryException) ||
        exception is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted };

    private async Task Pause(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _unbound.Token);
        await Task.Delay(PauseAfterFailure, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
