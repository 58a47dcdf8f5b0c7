using Aldis.Cli.Terminal;
using Aldis.Lab.Experiments;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>A file as payload: read once to be sent, and once more to be compared with what arrives.</summary>
internal sealed class FilePayload : ILabPayload, IDisposable
{
    private const string StandardInput = "-";
    private const int CompareBytes = 64 * 1024;
    private const int MostKept = 64 * 1024 * 1024;

    private readonly Stream _sent;
    private readonly Stream _expected;
    private readonly byte[] _buffer = new byte[CompareBytes];

    /// <param name="sent">What is sent.</param>
    /// <param name="expected">The same again, at its beginning.</param>
    /// <param name="length">Its length in bytes.</param>
    public FilePayload(Stream sent, Stream expected, long length)
    {
        _sent = sent;
        _expected = expected;
        Length = length;
    }

    /// <summary>Bytes to send.</summary>
    public long Length { get; }

    /// <summary>Bytes that arrived.</summary>
    public long Delivered { get; private set; }

    /// <summary>Where what arrived differs first, or null.</summary>
    public long? FirstDifference { get; private set; }

    /// <summary>Opens a file. What can be read only once, such as a pipe, is kept in memory.</summary>
    /// <param name="path">Its name, or <c>-</c>.</param>
    /// <param name="standardInput">What <c>-</c> names.</param>
    /// <param name="cancellationToken">Stops waiting for a file that does not come.</param>
    /// <exception cref="UsageException">It cannot be read, is empty, or is a pipe with too much in it.</exception>
    public static async Task<FilePayload> OpenAsync(string path, Stream standardInput, CancellationToken cancellationToken)
    {
        string name = path == StandardInput ? "standard input" : $"'{path}'";
        try
        {
            if (path == StandardInput)
            {
                return await KeepAsync(name, standardInput, cancellationToken);
            }

            FileStream sent = await FileInput.OpenAsync(path, cancellationToken);
            if (sent.CanSeek && sent.Length > 0)
            {
                return new FilePayload(sent, await FileInput.OpenAsync(path, cancellationToken), sent.Length);
            }

            await using (sent)
            {
                return await KeepAsync(name, sent, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UsageException($"{name} cannot be read: {exception.Message.TrimEnd('.')}.");
        }
    }

    private static async Task<FilePayload> KeepAsync(string name, Stream source, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[CompareBytes];
        var kept = new MemoryStream();
        while (await FileInput.CallAsync(() => source.Read(piece), cancellationToken) is var read and > 0)
        {
            await kept.WriteAsync(piece.AsMemory(0, read), cancellationToken);
            if (kept.Length > MostKept)
            {
                throw new UsageException(
                    $"{name} holds more than {MostKept / (1024 * 1024)} MiB, and what cannot be read twice is kept in memory: "
                    + "save it as a file first.");
            }
        }

        byte[] content = kept.ToArray();
        return content.Length > 0
            ? new FilePayload(new MemoryStream(content), new MemoryStream(content), content.Length)
            : throw new UsageException($"{name} is empty: there is nothing to send.");
    }

    /// <inheritdoc/>
    public void Read(Span<byte> destination)
    {
        try
        {
            _sent.ReadExactly(destination);
        }
        catch (IOException exception)
        {
            throw new UsageException($"The input cannot be read any more: {exception.Message}");
        }
    }

    /// <inheritdoc/>
    public void Deliver(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> expected = _buffer.AsSpan(0, Math.Min(bytes.Length, CompareBytes));
            int count = _expected.ReadAtLeast(expected, expected.Length, throwOnEndOfStream: false);
            ReadOnlySpan<byte> arrived = bytes[..expected.Length];
            int equal = expected[..count].CommonPrefixLength(arrived);
            if (equal < arrived.Length)
            {
                FirstDifference ??= Delivered + equal;
            }

            Delivered += arrived.Length;
            bytes = bytes[arrived.Length..];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sent.Dispose();
        _expected.Dispose();
    }
}
