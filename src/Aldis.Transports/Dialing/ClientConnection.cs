using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Aldis.Transports.Dialing;

/// <summary>
/// One open stream to a server, whatever carries it. Both sides may rely on this:
/// <list type="bullet">
/// <item><description>Bytes arrive in order and unchanged, or <see cref="Stream"/> throws an <see cref="IOException"/>.</description></item>
/// <item><description>A read of 0 bytes means that the peer finished writing, and nothing else.</description></item>
/// <item><description>After <see cref="FinishWritingAsync"/> the peer sees the end of the stream and may still answer.</description></item>
/// <item><description><see cref="DisposeAsync"/> closes in order what was written; it never throws.</description></item>
/// </list>
/// </summary>
public sealed class ClientConnection : IAsyncDisposable
{
    private readonly Socket _socket;

    internal ClientConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        Stream = stream;
        RemoteEndPoint = socket.RemoteEndPoint;
    }

    /// <summary>The bytes, both ways.</summary>
    public Stream Stream { get; }

    /// <summary>The server's address, where the transport has one.</summary>
    public EndPoint? RemoteEndPoint { get; }

    /// <summary>Tells the peer that nothing more will be written (half-close); reading goes on.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the end of the stream was handed to the transport.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    public async ValueTask FinishWritingAsync(CancellationToken cancellationToken = default)
    {
        await Stream.FlushAsync(cancellationToken);
        if (Stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    /// <summary>Breaks the connection at once: what was not yet sent is lost and the peer sees a reset.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Stream.DisposeAsync();
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The connection is gone either way; whoever cared has read or flushed before.
        }

        _socket.Dispose();
    }
}
