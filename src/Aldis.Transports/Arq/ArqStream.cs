using System.Buffers;
using System.IO.Pipelines;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Datagrams;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Arq;

/// <summary>
/// The bytes of a connection, both ways, for everything that wants a <see cref="Stream"/>: <c>SslStream</c>, <c>StreamReader</c>,
/// <c>SocketsHttpHandler.ConnectCallback</c>. One read and one write may be under way at a time. What is written is sent at once.
/// <para>
/// The methods that are not asynchronous block. On a thread that receives for connections
/// (<see cref="ArqHostingOptions.PreferInlineScheduling"/>) it would wait for itself: there reading and writing throw an
/// <see cref="InvalidOperationException"/>, and <see cref="Stream.Dispose()"/> closes without waiting.
/// </para>
/// </summary>
public sealed class ArqStream : Stream
{
    private readonly ConnectionContext _connection;
    private readonly PipeReader _input;
    private readonly PipeWriter _output;
    private volatile bool _isDisposed;

    /// <summary>Wraps an open connection, which is closed with the stream.</summary>
    /// <param name="connection">The connection.</param>
    public ArqStream(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        _connection = connection;
        _input = connection.Transport.Input;
        _output = connection.Transport.Output;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Connects. <c>Dialer.ConnectArqAsync</c> takes a host name or an <c>arq://</c> text.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The open stream.</returns>
    /// <exception cref="CommunicationException">Nobody listens there, the server refused, or nothing was heard.</exception>
    public static ValueTask<ArqStream> ConnectAsync(ArqEndPoint server, CancellationToken cancellationToken = default) =>
        ConnectAsync(server, null, cancellationToken);

    /// <summary>Connects, and shows what happens.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="trace">As in <see cref="ArqConnectionFactory"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The open stream.</returns>
    /// <exception cref="CommunicationException">Nobody listens there, the server refused, or nothing was heard.</exception>
    internal static async ValueTask<ArqStream> ConnectAsync(
        ArqEndPoint server, ITraceSink? trace, CancellationToken cancellationToken = default) =>
        new(await new ArqConnectionFactory(trace).ConnectAsync(server, cancellationToken).ConfigureAwait(false));

    /// <summary>Bytes that the peer has acknowledged; 0 for a connection of another transport.</summary>
    internal long AcknowledgedBytes => _connection.Features.Get<IArqStatisticsFeature>()?.Statistics.BytesAcknowledged ?? 0;

    /// <summary>Bytes that the engine was given and the peer has not acknowledged; 0 for a connection of another transport.</summary>
    internal long HeldBytes =>
        _connection.Features.Get<IArqStatisticsFeature>() is ArqTransportConnection connection ? connection.HeldBytes : 0;

    /// <summary>Packets that were sent again; null for a connection of another transport.</summary>
    internal long? PacketsRetransmitted => _connection.Features.Get<IArqStatisticsFeature>()?.Statistics.PacketsRetransmitted;

    /// <summary>When what is not acknowledged is sent again, counted from now; null where nothing is to be.</summary>
    internal TimeSpan? NextRetransmission =>
        _connection.Features.Get<IArqStatisticsFeature>() is ArqTransportConnection connection ? connection.NextRetransmission : null;

    /// <summary>Tells the peer that nothing more will be written (half-close), and waits for nothing; reading goes on.</summary>
    public void FinishWriting() => _output.Complete();

    /// <summary>
    /// Tells the peer that nothing more will be written, as <see cref="FinishWriting"/> does, and waits until the peer has acknowledged
    /// every byte and the end. Reading goes on. The peer's transport has everything then; whether the peer's application has read
    /// it, only an answer of that application tells.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting; what was written and the end are sent all the same.</param>
    /// <returns>A task that ends well only if everything was acknowledged.</returns>
    /// <exception cref="IOException">The connection ended before: the peer may lack what was written.</exception>
    /// <exception cref="NotSupportedException">The connection belongs to a transport that is not told what its peer has.</exception>
    /// <exception cref="ObjectDisposedException">The stream was disposed.</exception>
    public async Task CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_connection.Features.Get<IArqStatisticsFeature>() is not ArqTransportConnection connection)
        {
            throw new NotSupportedException("This connection is not told what its peer has received.");
        }

        if (await connection.FinishAsync(cancellationToken).ConfigureAwait(false) is { } failure)
        {
            throw new IOException("The connection ended before the peer acknowledged all that was written: " + failure.Message, failure);
        }
    }

    /// <summary>Breaks the connection at once: what was not yet sent is lost and the peer sees a reset.</summary>
    public void Abort() => _connection.Abort(new ConnectionAbortedException("The application gave the connection up."));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        try
        {
            while (true)
            {
                ReadResult read = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
                ReadOnlySequence<byte> bytes = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, buffer.Length));
                bytes.CopyTo(buffer.Span);
                int count = (int)bytes.Length;
                _input.AdvanceTo(bytes.End);
                if (count > 0 || read.IsCompleted)
                {
                    return count;
                }
            }
        }
        catch (ConnectionAbortedException exception)
        {
            // That is an OperationCanceledException, which on a stream means the token and nothing else.
            throw new IOException(exception.Message, exception);
        }
        catch (InvalidOperationException exception) when (_isDisposed)
        {
            throw new ObjectDisposedException("The stream was disposed.", exception);
        }
    }

    /// <summary>Writes bytes; ends when the transport has taken them, which is no word of the peer.</summary>
    /// <param name="buffer">The bytes; unchanged until the task ends.</param>
    /// <param name="cancellationToken">Nothing is taken if it is cancelled already. Cancelled later, it ends the wait for room alone:
    /// the bytes count as written, and go with what is written next or with the end.</param>
    /// <returns>A task that ends when further bytes may be written.</returns>
    /// <exception cref="IOException">The connection is over; the message says why.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        FlushResult flush = await _output.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (flush.IsCompleted)
        {
            throw DescribeEnd();
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ThrowIfMayNotBlock();
        return ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        ThrowIfMayNotBlock();
        WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // A write does not wait for a flush.
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>
    /// Closes the connection in order: sends what was written and the end, and waits until the peer has acknowledged them and, for 2 s
    /// more, until it has finished too. Where that fails it ends as well and throws nothing: it does not tell whether the peer has
    /// everything. Who must know calls <see cref="CompleteWritesAsync"/> before. What the peer still sends is discarded.
    /// </summary>
    /// <returns>A task that ends when the connection is closed, at the latest
    /// <see cref="Aldis.Protocols.Arq.ConnectionOptions.UserTimeoutNs"/> after the peer acknowledged anything.</returns>
    public override async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        await _connection.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // A second disposal returns at once.
            _isDisposed = true;
            Task closing = _connection.DisposeAsync().AsTask();
            if (!DatagramLoop.IsAnyCurrent)
            {
                closing.GetAwaiter().GetResult();
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>Why what was written is lost: what ended the connection, where anything did.</summary>
    private IOException DescribeEnd()
    {
        Exception? failure = _connection.Features.Get<IArqStatisticsFeature>() is ArqTransportConnection connection
            ? connection.Driver.Do(connection, static ended => ended.Failure)
            : null;
        return failure switch
        {
            null => new IOException("The connection is closed: what was written did not all arrive."),
            CommunicationException known => new CommunicationException(known.Failure, known.Message, known),
            _ => new IOException(failure.Message, failure),
        };
    }

    private static void ThrowIfMayNotBlock()
    {
        if (DatagramLoop.IsAnyCurrent)
        {
            throw new InvalidOperationException(
                "This thread receives for the connections of its listener or for all clients, and must not wait for them: use the "
                + "asynchronous method, or turn PreferInlineScheduling off.");
        }
    }
}
