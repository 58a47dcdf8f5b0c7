using System.Runtime.CompilerServices;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Text;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Echo;

/// <summary>
/// The client of the conversation <c>echo</c> on a stream (RFC 862, docs/protocols/echo.md): what is sent comes back, and is compared
/// as it comes. One exchange at a time.
/// </summary>
public sealed class EchoClient : IAsyncDisposable
{
    /// <summary>How long <see cref="FinishAsync"/> looks for bytes that nobody sent.</summary>
    private static readonly TimeSpan SurplusWait = TimeSpan.FromMilliseconds(250);

    private readonly ClientStream _stream;

    private EchoClient(ClientStream stream) => _stream = stream;

    /// <summary>Connects to a server.</summary>
    /// <param name="address">Where, for example <c>tcp://127.0.0.1:12345</c>; the port is 12345 where it names none.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The open client; the caller disposes it.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    /// <exception cref="CommunicationException">Nobody answers there.</exception>
    /// <exception cref="ArgumentException">The address is a datagram address: that is <see cref="DatagramEchoClient"/>.</exception>
    public static Task<EchoClient> ConnectAsync(
        string address, ClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(EndpointAddress.Parse(address), options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, ClientOptions?, CancellationToken)"/>
    public static async Task<EchoClient> ConnectAsync(
        EndpointAddress address, ClientOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await TokenPreface.ConnectAsync(address, EchoConversation.Name, EchoConversation.DefaultPort, options, cancellationToken)
            .ConfigureAwait(false));

    /// <summary>Sends bytes and waits until all of them came back.</summary>
    /// <param name="message">What to send, of any length; an empty one is answered at once.</param>
    /// <param name="cancellationToken">Stops waiting; the connection cannot be used afterwards.</param>
    /// <returns>What came back: the same bytes.</returns>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Integrity"/> at the first byte that differs; <see cref="CommunicationFailure.Timeout"/> if the
    /// peer stays silent; <see cref="CommunicationFailure.Network"/> if it closes early.
    /// </exception>
    public async Task<ReadOnlyMemory<byte>> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        byte[] reply = new byte[message.Length];
        await ExchangeAsync(message, reply, cancellationToken).ConfigureAwait(false);
        return reply;
    }

    /// <summary>Sends bytes and waits until all of them came back, into memory of the caller: nothing is allocated.</summary>
    /// <param name="message">What to send; it must not change until the reply is there.</param>
    /// <param name="reply">Takes what comes back; as long as the message or longer, and not the same memory.</param>
    /// <param name="cancellationToken">Stops waiting; the connection cannot be used afterwards.</param>
    /// <returns>A task that ends when all bytes came back.</returns>
    /// <exception cref="ArgumentException"><paramref name="reply"/> is shorter than the message.</exception>
    /// <exception cref="CommunicationException">As above.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask ExchangeAsync(
        ReadOnlyMemory<byte> message, Memory<byte> reply, CancellationToken cancellationToken = default)
    {
        if (reply.Length < message.Length)
        {
            throw new ArgumentException("The reply needs as much room as the message.", nameof(reply));
        }

        ValueTask writing = _stream.WriteAsync(message, cancellationToken);
        if (writing.IsCompleted)
        {
            await writing.ConfigureAwait(false);
            await ReadReplyAsync(message, reply, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await _stream.AnswerWhileWritingAsync(writing, ReadReplyAsync(message, reply, cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Ends the conversation and looks, for at most a quarter of a second, whether the peer sends more than it got.
    /// </summary>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>A task that ends when the peer closed or stayed quiet.</returns>
    /// <exception cref="CommunicationException"><see cref="CommunicationFailure.Integrity"/> for what was not sent.</exception>
    public async Task FinishAsync(CancellationToken cancellationToken = default)
    {
        byte[] surplus = new byte[PrintableText.DisplayLimitBytes];
        int read;
        try
        {
            await _stream.FinishWritingAsync(cancellationToken).ConfigureAwait(false);
            read = await _stream.ReadAsync(surplus, SurplusWait, cancellationToken).ConfigureAwait(false);
        }
        catch (CommunicationException)
        {
            // All replies are there; how the peer takes its leave changes nothing about them.
            return;
        }

        if (read > 0)
        {
            throw new CommunicationException(
                CommunicationFailure.Integrity,
                $"{_stream.Address} sent more than it got: "
                + $"'{PrintableText.Escape(surplus.AsSpan(0, read), read)}' came after the last reply.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadReplyAsync(ReadOnlyMemory<byte> message, Memory<byte> reply, CancellationToken cancellationToken)
    {
        int length = 0;
        while (length < message.Length)
        {
            int read = await _stream.ReadAsync(reply[length..message.Length], cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw _stream.ClosedEarly($"after {length} of {message.Length} bytes of the reply");
            }

            if (!message.Span.Slice(length, read).SequenceEqual(reply.Span.Slice(length, read)))
            {
                await ThrowIfRefusedAsync(reply[..(length + read)], cancellationToken).ConfigureAwait(false);
                throw Different(message.Span, reply.Span[..(length + read)]);
            }

            length += read;
        }

        return length;
    }

    /// <summary>Looks whether what differs is the sentence that a token is required; a short message is over before that says so.</summary>
    private async ValueTask ThrowIfRefusedAsync(ReadOnlyMemory<byte> reply, CancellationToken cancellationToken)
    {
        byte[] answer = new byte[PrintableText.DisplayLimitBytes];
        int length = Math.Min(reply.Length, answer.Length);
        reply[..length].CopyTo(answer);
        if (length < TokenRefusal.LeastBytes && TokenRefusal.Begins(answer.AsSpan(0, length)))
        {
            try
            {
                length += await _stream.ReadAsync(answer.AsMemory(length), SurplusWait, cancellationToken).ConfigureAwait(false);
            }
            catch (CommunicationException)
            {
                // Then it is something else.
            }
        }

        if (_stream.WantsToken(answer.AsSpan(0, length)) is { } refusal)
        {
            throw refusal;
        }
    }

    private CommunicationException Different(ReadOnlySpan<byte> message, ReadOnlySpan<byte> reply)
    {
        int at = message.CommonPrefixLength(reply);
        return new CommunicationException(
            CommunicationFailure.Integrity,
            $"the reply of {_stream.Address} is not what was sent, from byte {at} on: "
            + $"'{PrintableText.Escape(message[at..], message.Length - at)}' was sent, "
            + $"'{PrintableText.Escape(reply[at..], reply.Length - at)}' came.");
    }
}
