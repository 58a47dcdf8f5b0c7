using System.Buffers;
using System.Text;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Text;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Messages;

/// <summary>
/// The client of the plain form of <c>messages</c>: a 64-byte header with the length, the payload, and an answer in the same framing
/// (docs/protocols/messages.md section 2). The plain form has no identity: after a failure it is not known whether the last message
/// was taken, and sending it again may store it twice. One message at a time.
/// </summary>
public sealed class PlainMessagesClient : IAsyncDisposable
{
    /// <summary>Most bytes of an answer that are read; both known answers are far shorter.</summary>
    private const int AnswerLimit = 4096;

    private const string ServerKind = "the plain form of messages";

    private readonly ClientStream _stream;
    private readonly byte[] _received = new byte[AnswerLimit + PlainHeader.Size];
    private byte[] _frame = new byte[4096];

    private PlainMessagesClient(ClientStream stream) => _stream = stream;

    /// <summary>Connects to a server.</summary>
    /// <param name="address">Where, for example <c>127.0.0.1:9999</c>; the port is 9999 where it names none.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The open client; the caller disposes it.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    /// <exception cref="CommunicationException">Nobody answers there.</exception>
    public static Task<PlainMessagesClient> ConnectAsync(
        string address, ClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(EndpointAddress.Parse(address), options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, ClientOptions?, CancellationToken)"/>
    public static async Task<PlainMessagesClient> ConnectAsync(
        EndpointAddress address, ClientOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await ClientStream.ConnectAsync(address, MessagesConversation.DefaultPort, options, cancellationToken).ConfigureAwait(false));

    /// <summary>Whether a payload is the control text <c>Disconnect !</c>, which ends the conversation and cannot be a message.</summary>
    /// <param name="payload">The payload.</param>
    /// <returns>True where it cannot be sent as a message.</returns>
    public static bool IsControl(ReadOnlySpan<byte> payload) => payload.SequenceEqual(PlainResponse.Disconnect);

    /// <summary>Sends one text and waits until the server acknowledged it.</summary>
    /// <param name="text">Any text; an empty one is a message too.</param>
    /// <param name="cancellationToken">Stops waiting; the connection cannot be used afterwards.</param>
    /// <returns>A task that ends with the acknowledgement, which means what the server's level says.</returns>
    /// <exception cref="ArgumentException">The text is the control text <c>Disconnect !</c>.</exception>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Refused"/> if the server refused it (its reason is in the message) or speaks something else;
    /// <see cref="CommunicationFailure.Timeout"/> or <see cref="CommunicationFailure.Network"/> if nothing is known about it.
    /// </exception>
    public Task SendAsync(string text, CancellationToken cancellationToken = default) =>
        SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Sends one message and waits until the server acknowledged it.</summary>
    /// <param name="payload">The message's bytes.</param>
    /// <param name="cancellationToken">Stops waiting; the connection cannot be used afterwards.</param>
    /// <returns>A task that ends with the acknowledgement.</returns>
    /// <exception cref="ArgumentException">The payload is the control text <c>Disconnect !</c>.</exception>
    /// <exception cref="CommunicationException">As for text.</exception>
    public Task SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        IsControl(payload.Span)
            ? throw new ArgumentException("'Disconnect !' ends the conversation; it cannot be a message.", nameof(payload))
            : SendFrameAsync(payload, cancellationToken);

    /// <summary>Ends the conversation: sends <c>Disconnect !</c> and waits for its answer.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that ends with the answer.</returns>
    /// <exception cref="CommunicationException">The server did not answer it; what was acknowledged before stays acknowledged.</exception>
    public Task DisconnectAsync(CancellationToken cancellationToken = default) =>
        SendFrameAsync(PlainResponse.Disconnect.ToArray(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task SendFrameAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        // One write for both: a header that travels alone waits for the peer's delayed acknowledgement.
        int length = checked(PlainHeader.Size + payload.Length);
        if (_frame.Length < length)
        {
            _frame = new byte[length];
        }

        PlainHeader.Write(payload.Length, _frame);
        payload.CopyTo(_frame.AsMemory(PlainHeader.Size));

        // A refusal may come, and the server close, before a long payload is written.
        ValueTask writing = _stream.WriteAsync(_frame.AsMemory(0, length), cancellationToken);
        if (writing.IsCompleted)
        {
            await writing.ConfigureAwait(false);
            await ReadAnswerAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await _stream.AnswerWhileWritingAsync(writing, ReadAnswerAsync(cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the one answer that is outstanding.</summary>
    /// <returns>True, or it throws; <see cref="ClientStream.AnswerWhileWritingAsync"/> wants a value.</returns>
    private async ValueTask<bool> ReadAnswerAsync(CancellationToken cancellationToken)
    {
        var reader = new PlainMessageReader(AnswerLimit);
        int length = 0;
        int consumed = 0;
        while (true)
        {
            int read = await _stream.ReadAsync(_received.AsMemory(length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                throw _stream.ClosedEarly("before it had acknowledged the message");
            }

            length += read;
            var rest = new ReadOnlySequence<byte>(_received.AsMemory(consumed, length - consumed));
            PlainReadStatus status = reader.Read(ref rest, out ReadOnlySequence<byte> payload);
            consumed = length - (int)rest.Length;
            if (status == PlainReadStatus.Refused || (status == PlainReadStatus.Message && rest.Length > 0))
            {
                throw _stream.SomethingElse(PlainResponse.Received.Span, _received.AsSpan(0, length), ServerKind);
            }

            if (status == PlainReadStatus.Message)
            {
                Judge(payload.FirstSpan);
                return true;
            }
        }
    }

    private void Judge(ReadOnlySpan<byte> answer)
    {
        if (answer.SequenceEqual(PlainResponse.ReceivedText))
        {
            return;
        }

        if (answer.StartsWith(PlainResponse.RefusedPrefix))
        {
            ReadOnlySpan<byte> reason = answer[PlainResponse.RefusedPrefix.Length..];
            throw new CommunicationException(
                CommunicationFailure.Refused,
                $"{_stream.Address} refused the message: {PrintableText.Escape(reason, reason.Length)}.");
        }

        throw _stream.SomethingElse(PlainResponse.ReceivedText, answer, ServerKind);
    }
}
