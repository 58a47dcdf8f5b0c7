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
/// <item><description><see cref="DisposeAsync"/> closes in order what was written, and gives up when nothing more of it
/// has reached the peer for 5 s; where <see cref="DialOptions.ResetsUntilFinished"/> was asked for and writing was not finished it resets.
/// It never throws.</description></item>
/// </list>
/// </summary>
public sealed class ClientConnection : IAsyncDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ICarrier _carrier;
    private bool _isWhole;

    /// <param name="carrier">What carries the bytes.</param>
    /// <param name="stream">The carrier's stream, or TLS on top of it.</param>
    /// <param name="resetsUntilFinished">As in <see cref="DialOptions.ResetsUntilFinished"/>.</param>
    internal ClientConnection(ICarrier carrier, Stream stream, bool resetsUntilFinished)
    {
        _carrier = carrier;
        _isWhole = !resetsUntilFinished;
        Stream = stream;
    }

    /// <summary>The bytes, both ways.</summary>
    public Stream Stream { get; }

    /// <summary>The server's address, where the transport has one.</summary>
    public EndPoint? RemoteEndPoint => _carrier.RemoteEndPoint;

    /// <summary>
    /// Bytes, those of TLS included, that were written and have not reached the peer's system, as far as this one can tell: what the
    /// peer has not acknowledged (TCP, <c>arq</c>), memory whose bytes it has not read (Unix domain). 0 where nothing is held, where
    /// the system cannot tell (anywhere but on Linux, <c>arq</c> excepted), and after the end.
    /// </summary>
    public long HeldBytes => _carrier.HeldBytes;

    /// <summary>Packets that were sent again since the beginning; null where the system sees to it and does not tell, as for TCP.</summary>
    internal long? PacketsRetransmitted => _carrier.PacketsRetransmitted;

    /// <summary>When what the peer has not acknowledged is sent again, counted from now; null where nothing is to be, or the system does not
    /// tell.</summary>
    internal TimeSpan? NextRetransmission => _carrier.NextRetransmission;

    /// <summary>Tells the peer that nothing more will be written (half-close); reading goes on.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends when the end of the stream was handed to the transport.</returns>
    /// <exception cref="IOException">The connection is broken.</exception>
    public async ValueTask FinishWritingAsync(CancellationToken cancellationToken = default)
    {
        await Stream.FlushAsync(cancellationToken).ConfigureAwait(false);
        if (Stream is SslStream tls)
        {
            await tls.ShutdownAsync().ConfigureAwait(false);
        }

        _carrier.FinishWriting();
        _isWhole = true;
    }

    /// <summary>Breaks the connection at once: what was not yet sent is lost and the peer sees a reset.</summary>
    public void Abort() => _carrier.Abort();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_isWhole)
        {
            _carrier.Abort();
        }

        long acknowledged = _carrier.AcknowledgedBytes;
        Task closing = Stream.DisposeAsync().AsTask();
        while (!closing.IsCompleted && await Task.WhenAny(closing, Task.Delay(LongestPause)).ConfigureAwait(false) != closing)
        {
            long now = _carrier.AcknowledgedBytes;
            if (now <= acknowledged)
            {
                // A peer that is gone acknowledges nothing.
                _carrier.Abort();
                break;
            }

            acknowledged = now;
        }

        try
        {
            await closing.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The connection is gone either way; whoever cared has read or flushed before.
        }
    }
}
