using System.Text;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Ack;

/// <summary>
/// The client of the conversation <c>ack</c>: text out, <c>ACK received</c> back, one frame at a time (docs/protocols/ack.md).
/// The conversation has no frames of its own on a stream: an acknowledgement says that the server read something, and a frame of at
/// most <see cref="FrameSize"/> bytes sent alone is what a server reads at once. Frames are sent one after the other; the class is not
/// for several callers at the same time.
/// </summary>
public sealed class AckClient : IAsyncDisposable
{
    /// <summary>Most bytes sent before an acknowledgement is awaited: what servers of this conversation read at once.</summary>
    public const int FrameSize = 1024;

    private static readonly byte[] AcknowledgementBytes = "ACK received"u8.ToArray();

    private readonly ClientStream _stream;

    private AckClient(ClientStream stream) => _stream = stream;

    /// <summary>The 12 bytes that acknowledge: <c>ACK received</c>.</summary>
    public static ReadOnlyMemory<byte> Acknowledgement => AcknowledgementBytes;

    /// <summary>Connects to a server.</summary>
    /// <param name="address">Where, for example <c>127.0.0.1:8000</c>; the port is 8000 where it names none.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The open client; the caller disposes it.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    /// <exception cref="CommunicationException">Nobody answers there.</exception>
    public static Task<AckClient> ConnectAsync(
        string address, ClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(EndpointAddress.Parse(address), options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, ClientOptions?, CancellationToken)"/>
    public static async Task<AckClient> ConnectAsync(
        EndpointAddress address, ClientOptions? options = null, CancellationToken cancellationToken = default) =>
        new(await TokenPreface.ConnectAsync(address, AckConversation.Name, AckConversation.DefaultPort, options, cancellationToken)
            .ConfigureAwait(false));

    /// <summary>Sends text and waits until all of it is acknowledged.</summary>
    /// <param name="text">Any text; an empty one sends nothing.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The number of acknowledgements: one for each frame of at most <see cref="FrameSize"/> bytes.</returns>
    /// <exception cref="CommunicationException">
    /// It was not acknowledged in time, the connection broke, or the peer answered something else.
    /// </exception>
    public Task<int> SendAsync(string text, CancellationToken cancellationToken = default) =>
        SendAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <summary>Sends bytes and waits until all of them are acknowledged.</summary>
    /// <param name="bytes">Text as UTF-8, or anything; frames are cut at character borders.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The number of acknowledgements.</returns>
    /// <exception cref="CommunicationException">As for text.</exception>
    public async Task<int> SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        int acknowledgements = 0;
        while (!bytes.IsEmpty)
        {
            int length = MessagePieces.NextLength(bytes.Span, FrameSize);
            await _stream.WriteAsync(bytes[..length], cancellationToken).ConfigureAwait(false);
            await _stream.ExpectAsync(AcknowledgementBytes, "an ack server", cancellationToken).ConfigureAwait(false);
            acknowledgements++;
            bytes = bytes[length..];
        }

        return acknowledgements;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
