using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Text;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Services.Echo;

/// <summary>
/// The client of the conversation <c>echo</c> on datagrams (RFC 862, docs/protocols/echo.md). Datagrams may be lost, doubled or
/// reordered on the way: <see cref="ExchangeAsync"/> is for one after the other; who keeps several under way numbers them and uses
/// <see cref="SendAsync"/> and <see cref="ReceiveAsync"/>. One send and one receive may be under way at the same time.
/// </summary>
public sealed class DatagramEchoClient : IAsyncDisposable
{
    private readonly ClientDatagramSocket _socket;
    private readonly EndpointAddress _address;
    private readonly TimeSpan _answerTimeout;
    private readonly AnswerDeadline _receiving = new();
    private readonly byte[] _reply = GC.AllocateUninitializedArray<byte>(64 * 1024);
    private bool _heard;

    private DatagramEchoClient(ClientDatagramSocket socket, EndpointAddress address, TimeSpan answerTimeout)
    {
        _socket = socket;
        _address = address;
        _answerTimeout = answerTimeout;
    }

    /// <summary>Looks the host up. Nothing is sent, so that success does not mean that somebody listens.</summary>
    /// <param name="address">Where, for example <c>udp://127.0.0.1:12345</c>; the port is 12345 where it names none.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>The client; the caller disposes it.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    /// <exception cref="CommunicationException">The host is not known.</exception>
    /// <exception cref="ArgumentException">The address is none of <c>udp://</c>.</exception>
    public static Task<DatagramEchoClient> ConnectAsync(
        string address, ClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(EndpointAddress.Parse(address), options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, ClientOptions?, CancellationToken)"/>
    public static async Task<DatagramEchoClient> ConnectAsync(
        EndpointAddress address, ClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= new ClientOptions();
        EndpointAddress place = address.WithDefaults("localhost", EchoConversation.DefaultPort);
        ClientDatagramSocket socket = await ClientDatagramSocket.ConnectAsync(place, options.Dialing, cancellationToken).ConfigureAwait(false);
        return new DatagramEchoClient(socket, place, options.AnswerTimeout);
    }

    /// <summary>
    /// Sends one datagram and waits for the next one that comes. The first of a client goes to each address of the host in turn until one
    /// answers (<see cref="ClientDatagramSocket.AskAsync"/>).
    /// </summary>
    /// <param name="message">0 to <see cref="DatagramLimits.MaxPayload"/> bytes.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>What came back: the same bytes; valid until the next call.</returns>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Timeout"/> if nothing came, <see cref="CommunicationFailure.Integrity"/> if something else came,
    /// <see cref="CommunicationFailure.Network"/> if nobody listens there.
    /// </exception>
    public async Task<ReadOnlyMemory<byte>> ExchangeAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        int length;
        if (IsAnswererUnknown)
        {
            length = await FindAnswererAsync(message, _answerTimeout, cancellationToken).ConfigureAwait(false) ?? throw Silent();
        }
        else
        {
            await SendAsync(message, cancellationToken).ConfigureAwait(false);
            length = await ReceiveAsync(_reply, cancellationToken).ConfigureAwait(false);
        }

        return message.Span.SequenceEqual(_reply.AsSpan(0, length))
            ? _reply.AsMemory(0, length)
            : throw Different(message.Span, _reply.AsSpan(0, length));
    }

    /// <summary>Sends one datagram.</summary>
    /// <param name="message">0 to <see cref="DatagramLimits.MaxPayload"/> bytes.</param>
    /// <param name="cancellationToken">Stops waiting for room.</param>
    /// <returns>A task that ends when the system took it.</returns>
    /// <exception cref="CommunicationException">Nobody listens there (learnt from an earlier datagram), or there is no way.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default) =>
        _socket.SendAsync(message, cancellationToken);

    /// <summary>Waits for one datagram, at most <see cref="ClientOptions.AnswerTimeout"/>.</summary>
    /// <param name="buffer">Takes it; of <see cref="DatagramLimits.MaxPayload"/> bytes at least, or the rest of a longer one is
    /// lost.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Its length in bytes, which may be 0.</returns>
    /// <exception cref="CommunicationException">Nothing came in time, or nobody listens there.</exception>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        await TryReceiveAsync(buffer, _answerTimeout, cancellationToken).ConfigureAwait(false) ?? throw Silent();

    /// <summary>Whether the host has several addresses and none of them has answered yet.</summary>
    internal bool IsAnswererUnknown => !_heard && _socket.HasAlternatives;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _receiving.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits for one datagram; null where none came in time.</summary>
    internal async ValueTask<int?> TryReceiveAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            int length = await _socket.ReceiveAsync(buffer, _receiving.Start(timeout, cancellationToken)).ConfigureAwait(false);
            _heard = true;
            return length;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            _receiving.Stop();
        }
    }

    /// <summary>Asks on each address of the host until one answers, and stays with it; null where none did in time.</summary>
    internal async ValueTask<int?> FindAnswererAsync(ReadOnlyMemory<byte> message, TimeSpan timeout, CancellationToken cancellationToken)
    {
        int? length = await _socket.AskAsync(message, _reply, timeout, cancellationToken).ConfigureAwait(false);
        _heard |= length is not null;
        return length;
    }

    /// <summary>The failure of a reply that is not what was sent.</summary>
    internal CommunicationException Different(ReadOnlySpan<byte> message, ReadOnlySpan<byte> reply) => new(
        CommunicationFailure.Integrity,
        $"the reply of {_address} is not what was sent: "
        + $"'{PrintableText.Escape(message, message.Length)}' ({message.Length} bytes) was sent, "
        + $"'{PrintableText.Escape(reply, reply.Length)}' ({reply.Length} bytes) came.");

    private CommunicationException Silent() => new(
        CommunicationFailure.Timeout,
        $"{_address} sent nothing back within {ClientStream.Seconds(_answerTimeout)}: "
        + "the datagram or its echo was lost, or no echo server listens there.");
}
