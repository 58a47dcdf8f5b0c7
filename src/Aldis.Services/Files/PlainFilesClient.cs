using System.Diagnostics;
using Aldis.Protocols.Text;
using Aldis.Services.Clients;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Files;

/// <summary>
/// The client of the plain form of <c>files</c>: a greeting, the server's answer, the bytes of one file, the end of the stream
/// (docs/protocols/files.md section 2). One connection carries one file, without name, size or proof. Until the last byte of it is written
/// the connection can only end by a reset, whoever ends it, so that half a file is not taken for a whole one (section 4).
/// </summary>
public sealed class PlainFilesClient : IAsyncDisposable
{
    /// <summary>Bytes read from the file and written to the connection at once.</summary>
    private const int BufferSize = 256 * 1024;

    private const string Server = "the plain form of files";

    private static readonly byte[] GreetingBytes = "Hello from the client!"u8.ToArray();
    private static readonly byte[] AnswerBytes = "Hello from the server!"u8.ToArray();

    private readonly ClientStream _stream;
    private readonly TimeSpan _closeTimeout;

    private PlainFilesClient(ClientStream stream, TimeSpan closeTimeout)
    {
        _stream = stream;
        _closeTimeout = closeTimeout;
    }

    /// <summary>Connects to a server.</summary>
    /// <param name="address">Where, for example <c>127.0.0.1:65432</c>; the port is 65432 where it names none.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The open client; the caller disposes it.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    /// <exception cref="CommunicationException">Nobody answers there.</exception>
    public static Task<PlainFilesClient> ConnectAsync(
        string address, PlainFilesClientOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(EndpointAddress.Parse(address), options, cancellationToken);

    /// <inheritdoc cref="ConnectAsync(string, PlainFilesClientOptions?, CancellationToken)"/>
    public static async Task<PlainFilesClient> ConnectAsync(
        EndpointAddress address, PlainFilesClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PlainFilesClientOptions();
        ClientStream stream = await ClientStream.ConnectAsync(address, FilesConversation.DefaultPort, options, cancellationToken)
            .ConfigureAwait(false);
        return new(stream, options.CloseTimeout);
    }

    /// <summary>Sends one file and waits until the server closed. The connection is used up afterwards.</summary>
    /// <param name="content">The file's bytes, read to their end; an <see cref="UnchangedFile"/> keeps them of one piece.</param>
    /// <param name="progress">Told how many bytes were handed to the connection so far, from whatever thread that happens on.</param>
    /// <param name="cancellationToken">Stops sending; the connection is then reset, so that the server stores nothing.</param>
    /// <returns>What was sent. It is not confirmed.</returns>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Refused"/> if the peer speaks something else;
    /// <see cref="CommunicationFailure.Network"/> if it closed or reset early; <see cref="CommunicationFailure.Timeout"/> if it answered nothing, took nothing or did not close in time.
    /// </exception>
    /// <exception cref="IOException">Reading <paramref name="content"/> failed; the connection is then reset.</exception>
    public async Task<PlainFileResult> SendAsync(
        Stream content, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        long start = Stopwatch.GetTimestamp();
        try
        {
            await _stream.WriteAsync(GreetingBytes, cancellationToken).ConfigureAwait(false);
            await _stream.ExpectAsync(AnswerBytes.AsMemory(..^UnreadBytes), Server, cancellationToken).ConfigureAwait(false);
            long sent = await SendContentAsync(content, progress, cancellationToken).ConfigureAwait(false);
            await _stream.FinishWritingAsync(cancellationToken).ConfigureAwait(false);
            await _stream.ExpectAsync(AnswerBytes.AsMemory(^UnreadBytes..), Server, cancellationToken).ConfigureAwait(false);
            await AwaitCloseAsync(cancellationToken).ConfigureAwait(false);
            return new PlainFileResult(sent, Stopwatch.GetElapsedTime(start));
        }
        catch
        {
            // An orderly end would make half a file look like a whole one.
            _stream.Abort();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>
    /// Bytes of the answer that are left unread until the file is sent. Linux resets a Unix socket, which has no other reset, where it is
    /// closed with something unread: the peer then reads ECONNRESET behind what was sent, even where this process was killed.
    /// </summary>
    private int UnreadBytes => _stream.Address.IsUnix ? 1 : 0;

    private async Task<long> SendContentAsync(Stream content, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        // Two buffers: the next piece is read from the file while the last one is written.
        byte[] filling = GC.AllocateUninitializedArray<byte>(BufferSize);
        byte[] emptying = GC.AllocateUninitializedArray<byte>(BufferSize);
        long sent = 0;
        int length = await ReadAsync(content, filling, cancellationToken).ConfigureAwait(false);
        while (length > 0)
        {
            (filling, emptying) = (emptying, filling);
            ValueTask writing = _stream.WriteAsync(emptying.AsMemory(0, length), cancellationToken);
            sent += length;
            length = await _stream.AnswerWhileWritingAsync(writing, ReadAsync(content, filling, cancellationToken)).ConfigureAwait(false);
            progress?.Report(sent);
        }

        return sent;
    }

    /// <summary>Reads, and goes on when it is told to stop: a pipe that is silent holds its reader whatever the reader is told.</summary>
    private static async ValueTask<int> ReadAsync(Stream content, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueTask<int> reading = content.ReadAsync(buffer, cancellationToken);
        return reading.IsCompleted
            ? await reading.ConfigureAwait(false)
            : await reading.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task AwaitCloseAsync(CancellationToken cancellationToken)
    {
        byte[] surplus = new byte[PrintableText.DisplayLimitBytes];
        int read = await _stream.ReadAsync(surplus, _closeTimeout, cancellationToken).ConfigureAwait(false);
        if (read > 0)
        {
            throw new CommunicationException(
                CommunicationFailure.Refused,
                $"{_stream.Address} was expected to close after the file, but said "
                + $"'{PrintableText.Escape(surplus.AsSpan(0, read), read)}'.");
        }
    }
}
