using Aldis.Protocols.Framing;
using Aldis.Services.Ack;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Exchange;

/// <summary>
/// The client of the conversation <c>exchange</c>: one message out, one reply back, in lock step (docs/protocols/exchange.md).
/// The conversation marks no ends, so a reply is complete
/// <list type="bullet">
/// <item><description>at once, when as many bytes came as were sent, or when it is <c>ACK received</c>;</description></item>
/// <item><description>as long as it is a beginning of what was sent: when the rest came, or nothing more within
/// <see cref="ClientOptions.AnswerTimeout"/>;</description></item>
/// <item><description>otherwise, the peer not being an exchange server: when nothing more came for
/// <see cref="ExchangeClientOptions.QuietTime"/>;</description></item>
/// <item><description>when the peer closed, or <see cref="ReplyLimit"/> is reached.</description></item>
/// </list>
/// What a peer says unasked belongs to the next reply. One exchange, or one <see cref="WatchAsync"/>, at a time.
/// </summary>
public sealed class ExchangeClient : IAsyncDisposable
{
    /// <summary>Most bytes of one reply, or the length of the message where that is more.</summary>
    public const int ReplyLimit = 64 * 1024;

    private readonly ClientStream _stream;
    private readonly TimeSpan _quietTime;
    private readonly byte[] _unasked = new byte[ReplyLimit];
    private byte[] _reply = new byte[ReplyLimit];
    private int _unaskedLength;
    private bool _isKnown;

    private ExchangeClient(ClientStream stream, TimeSpan quietTime)
    {
        _stream = stream;
        _quietTime = quietTime;
    }

    /// <summary>Connects to a server.</summary>
    /// <param name="address">Where, for example <c>127.0.0.1:8888</c>; the port is 8888 where it names none.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The open client; the caller disposes it.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    /// <exception cref="CommunicationException">Nobody answers there.</exception>
    public static Task<ExchangeClient> ConnectAsync(
        string address, ExchangeClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(EndpointAddress.Parse(address), options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, ExchangeClientOptions?, CancellationToken)"/>
    public static async Task<ExchangeClient> ConnectAsync(
        EndpointAddress address, ExchangeClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ExchangeClientOptions();
        ClientStream stream = await TokenPreface.ConnectAsync(
            address, ExchangeConversation.Name, ExchangeConversation.DefaultPort, options, cancellationToken).ConfigureAwait(false);
        return new(stream, options.QuietTime);
    }

    /// <summary>Sends one message and waits for its reply.</summary>
    /// <param name="message">At least one byte; more than 1,024 may be answered in several replies by a lab's server, see
    /// <see cref="MessagePieces"/>.</param>
    /// <param name="cancellationToken">Stops waiting; the connection cannot be used afterwards.</param>
    /// <returns>The reply, at least one byte; valid until the next call.</returns>
    /// <exception cref="ArgumentException">The message is empty: nothing would be answered.</exception>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Timeout"/> if nothing came in time; <see cref="CommunicationFailure.Network"/> if the peer closed
    /// without a reply; <see cref="CommunicationFailure.Refused"/> if its first reply shows that it speaks HTTP, TLS or messages.
    /// </exception>
    public async Task<ReadOnlyMemory<byte>> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        if (message.IsEmpty)
        {
            throw new ArgumentException("An empty message sends nothing, so nothing can answer it.", nameof(message));
        }

        if (_reply.Length < message.Length)
        {
            _reply = new byte[message.Length];
        }

        try
        {
            ReadOnlyMemory<byte> reply = await SendAndReceiveAsync(message, cancellationToken).ConfigureAwait(false);
            _isKnown = true;
            return reply;
        }
        catch (CommunicationException exception) when (exception.Failure == CommunicationFailure.Timeout && !_isKnown)
        {
            throw new CommunicationException(
                exception.Failure, $"{exception.Message} A server that speaks HTTP waits like that for more: is it an exchange server?", exception);
        }
    }

    /// <summary>
    /// Waits, between two exchanges, for the end of the connection: a client that waits for a person would otherwise learn of it only with
    /// the next message, and lose that.
    /// </summary>
    /// <param name="cancellationToken">Stops watching; the next exchange begins when the task has ended.</param>
    /// <returns>A task that ends by an exception only.</returns>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Network"/>: the peer closed, or the connection broke.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was told to stop.</exception>
    public async Task WatchAsync(CancellationToken cancellationToken)
    {
        while (_unaskedLength < _unasked.Length)
        {
            int read = await _stream.ReadAsync(_unasked.AsMemory(_unaskedLength), Timeout.InfiniteTimeSpan, cancellationToken)
                .ConfigureAwait(false);
            _unaskedLength += read > 0 ? read : throw _stream.ClosedEarly("between two messages");
        }

        await Task.Delay(Timeout.Infinite, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<ReadOnlyMemory<byte>> SendAndReceiveAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        ValueTask writing = _stream.WriteAsync(message, cancellationToken);
        if (!writing.IsCompleted)
        {
            int length = await _stream.AnswerWhileWritingAsync(writing, ReadReplyAsync(message, cancellationToken)).ConfigureAwait(false);
            return _reply.AsMemory(0, length);
        }

        await writing.ConfigureAwait(false);
        return _reply.AsMemory(0, await ReadReplyAsync(message, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<int> ReadReplyAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        int length = 0;
        while (length < _reply.Length)
        {
            bool isBeginning = message.Span.StartsWith(_reply.AsSpan(0, length));
            int read;
            try
            {
                read = _unaskedLength > 0
                    ? TakeUnasked(_reply.AsSpan(length))
                    : await _stream.ReadAsync(
                        _reply.AsMemory(length), isBeginning ? _stream.AnswerTimeout : _quietTime, cancellationToken).ConfigureAwait(false);
            }
            catch (CommunicationException exception) when (exception.Failure == CommunicationFailure.Timeout && length > 0)
            {
                return length;
            }

            if (read == 0)
            {
                return length > 0 ? length : throw _stream.ClosedEarly("without a reply");
            }

            length += read;
            if (!_isKnown && _stream.WantsToken(_reply.AsSpan(0, length)) is { } refusal && !message.Span.StartsWith(_reply.AsSpan(0, length)))
            {
                throw refusal;
            }

            if (!_isKnown && !message.Span.StartsWith(_reply.AsSpan(0, length))
                && ForeignSpeech.Describe(_reply.AsSpan(0, length)) is string kind)
            {
                throw _stream.OtherServer(kind, _reply.AsSpan(0, length), "an exchange server");
            }

            if (length == message.Length || _reply.AsSpan(0, length).SequenceEqual(AckClient.Acknowledgement.Span))
            {
                return length;
            }
        }

        return length;
    }

    private int TakeUnasked(Span<byte> room)
    {
        int length = Math.Min(_unaskedLength, room.Length);
        _unasked.AsSpan(0, length).CopyTo(room);
        _unasked.AsSpan(length, _unaskedLength - length).CopyTo(_unasked);
        _unaskedLength -= length;
        return length;
    }
}
