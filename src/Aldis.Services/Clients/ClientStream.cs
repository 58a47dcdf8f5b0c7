using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Text;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Services.Clients;

/// <summary>
/// What the clients of all stream conversations have in common: an open connection whose every read and write is bounded in time and
/// fails with a sentence that names the peer. One read and one write may be under way at the same time. After a failure only
/// disposing makes sense. A bound is passed when nothing came, or nothing was taken, for so long after the last byte that was written
/// left this machine; as long as bytes leave, nobody is late.
/// </summary>
internal sealed class ClientStream : IClientStream
{
    /// <summary>Most bytes of one write, so that it shows where the system cannot tell what it holds whether a large one moves.</summary>
    private const int WritePiece = 64 * 1024;

    private readonly ClientConnection _connection;
    private readonly AnswerDeadline _reading;
    private readonly AnswerDeadline _writing;
    private readonly BandwidthLimit? _bandwidth;
    private readonly int _writePiece;
    private long _writtenBytes;
    private bool _aborted;
    private bool _isPeerSilent;
    private bool _hasRead;

    private ClientStream(ClientConnection connection, EndpointAddress address, TimeSpan answerTimeout, BandwidthLimit? bandwidth)
    {
        _bandwidth = bandwidth;
        _writePiece = Math.Min(WritePiece, bandwidth?.PieceBytes ?? WritePiece);
        _connection = connection;
        Address = address;
        AnswerTimeout = answerTimeout;
        _reading = new AnswerDeadline(() => (WrittenBytes, HeldBytes));
        _writing = new AnswerDeadline(() => (WrittenBytes, HeldBytes));
    }

    public EndpointAddress Address { get; }

    public TimeSpan AnswerTimeout { get; }

    /// <inheritdoc/>
    public long WrittenBytes => Volatile.Read(ref _writtenBytes);

    /// <inheritdoc/>
    public long HeldBytes => _connection.HeldBytes;

    /// <inheritdoc/>
    public long? PacketsRetransmitted => _connection.PacketsRetransmitted;

    /// <inheritdoc/>
    public TimeSpan? NextRetransmission => _connection.NextRetransmission;

    /// <summary>Connects; the defaults fill in what the address leaves out.</summary>
    public static async Task<ClientStream> ConnectAsync(
        EndpointAddress address, int defaultPort, ClientOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= new ClientOptions();
        EndpointAddress place = address.WithDefaults("localhost", defaultPort);
        TokenSafety.Ensure(place, options);
        ClientConnection connection = await Dialer.ConnectAsync(place, options.Dialing, cancellationToken).ConfigureAwait(false);
        return new ClientStream(connection, place, options.AnswerTimeout, options.Bandwidth);
    }

    /// <summary>Writes all bytes.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        WriteAsync(bytes, AnswerTimeout, cancellationToken);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, TimeSpan timeout, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlyMemory<byte> piece = bytes[..Math.Min(bytes.Length, _writePiece)];
            if (_bandwidth is not null)
            {
                await _bandwidth.WaitAsync(piece.Length, cancellationToken).ConfigureAwait(false);
            }

            try
            {
                await _connection.Stream.WriteAsync(piece, _writing.Start(timeout, cancellationToken)).ConfigureAwait(false);
                Volatile.Write(ref _writtenBytes, _writtenBytes + piece.Length);
            }
            catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
            {
                throw TookNothing(exception);
            }
            catch (Exception exception) when (IsBroken(exception))
            {
                throw Broken(exception);
            }
            finally
            {
                _writing.Stop();
            }

            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>Reads what is there, waiting for at least one byte.</summary>
    /// <returns>Bytes read; 0 when the peer finished writing.</returns>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
        ReadAsync(buffer, AnswerTimeout, cancellationToken);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            int read = await _connection.Stream.ReadAsync(buffer, _reading.Start(timeout, cancellationToken)).ConfigureAwait(false);
            _hasRead |= read > 0;
            return read;
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            _isPeerSilent = true;
            throw new CommunicationException(
                CommunicationFailure.Timeout,
                $"{Address} gave no answer within {Seconds(timeout)}; whether it got what was sent is not known.",
                exception);
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            throw Broken(exception);
        }
        finally
        {
            _reading.Stop();
        }
    }

    /// <summary>Reads an answer that can only be one thing, and gives up at the first byte that differs.</summary>
    /// <param name="expected">The answer.</param>
    /// <param name="server">What kind of server gives it, for the sentence.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask ExpectAsync(ReadOnlyMemory<byte> expected, string server, CancellationToken cancellationToken)
    {
        byte[] answer = new byte[expected.Length];
        int length = 0;
        while (length < answer.Length)
        {
            int read = await ReadAsync(answer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw ClosedEarly($"before it had answered '{PrintableText.Escape(expected.Span, expected.Length)}'");
            }

            length += read;
            if (!expected.Span.StartsWith(answer.AsSpan(0, length)))
            {
                throw SomethingElse(expected.Span, answer.AsSpan(0, length), server);
            }
        }
    }

    /// <summary>Waits for an answer that may begin, and must be read, before everything is written, as an echo's does.</summary>
    public async ValueTask<T> AnswerWhileWritingAsync<T>(ValueTask writing, ValueTask<T> answering)
    {
        Task write = writing.AsTask();
        T answer;
        try
        {
            answer = await answering.ConfigureAwait(false);
        }
        catch
        {
            Abort();
            await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await write.ConfigureAwait(false);
        return answer;
    }

    /// <summary>Tells the peer that nothing more will be sent; reading goes on.</summary>
    public async ValueTask FinishWritingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _connection.FinishWritingAsync(_writing.Start(AnswerTimeout, cancellationToken)).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw TookNothing(exception);
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            throw Broken(exception);
        }
        finally
        {
            _writing.Stop();
        }
    }

    /// <summary>The failure of an answer that is not the expected one.</summary>
    public CommunicationException SomethingElse(
        ReadOnlySpan<byte> expected, ReadOnlySpan<byte> received, string server) => WantsToken(received) ?? new(
        CommunicationFailure.Refused,
        $"{Address} speaks something else than {server}: '{PrintableText.Escape(expected, expected.Length)}' was expected, "
        + $"'{PrintableText.Escape(received, received.Length)}' came.{(ForeignSpeech.Describe(received) is string kind ? " " + kind : string.Empty)}");

    /// <summary>The failure of an answer that shows what kind of server it is, where another was meant.</summary>
    /// <param name="kind">What kind, as a sentence.</param>
    /// <param name="received">The answer.</param>
    /// <param name="server">What was meant.</param>
    public CommunicationException OtherServer(string kind, ReadOnlySpan<byte> received, string server) => new(
        CommunicationFailure.Refused, $"{Address} is not {server}: '{PrintableText.Escape(received, received.Length)}' came. {kind}");

    /// <summary>The failure of an answer that says that a token is required.</summary>
    /// <param name="received">The beginning of the answer.</param>
    /// <returns>Null where it says something else.</returns>
    public CommunicationException? WantsToken(ReadOnlySpan<byte> received) => TokenRefusal.Is(received)
        ? new(CommunicationFailure.Authentication, $"{Address} requires a token, and was shown none.")
        : null;

    /// <summary>The failure of a peer that closed in the middle.</summary>
    /// <param name="when">A clause, for example "before it had answered".</param>
    public CommunicationException ClosedEarly(string when) => new(
        CommunicationFailure.Network, $"{Address} closed the connection {when}.{(_hasRead ? string.Empty : EarlyEnd.Hint(Address))}");

    /// <summary>Breaks the connection, which ends a write that is under way.</summary>
    public void Abort()
    {
        if (!_aborted)
        {
            _aborted = true;
            _connection.Abort();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isPeerSilent)
        {
            // An orderly end would wait for the same peer.
            Abort();
        }

        await _connection.DisposeAsync().ConfigureAwait(false);
        _reading.Dispose();
        _writing.Dispose();
    }

    internal static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.###} s";

    private static bool IsBroken(Exception exception) =>
        exception is (IOException or SocketException or ObjectDisposedException or AuthenticationException) and not CommunicationException;

    private CommunicationException TookNothing(OperationCanceledException exception)
    {
        _isPeerSilent = true;
        return new CommunicationException(
            CommunicationFailure.Timeout, $"{Address} took nothing of what was sent for {Seconds(AnswerTimeout)}.", exception);
    }

    private CommunicationException Broken(Exception exception) => exception is AuthenticationException
        ? new(CommunicationFailure.Authentication, $"TLS with {Address} failed: the other side broke it off.", exception)
        : new(
            CommunicationFailure.Network,
            (exception as SocketException ?? exception.InnerException as SocketException)?.SocketErrorCode switch
            {
                SocketError.ConnectionReset => $"{Address} reset the connection.",
                SocketError.Shutdown or SocketError.ConnectionAborted => $"{Address} closed the connection while it was being written to.",
                _ => $"the connection to {Address} broke: {exception.Message}",
            },
            exception);
}
