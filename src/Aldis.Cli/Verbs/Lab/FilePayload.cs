using Aldis.Protocols.Lab;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>A file as payload: read once to be sent, and once more to be compared with what arrives.</summary>
internal sealed class FilePayload : ILabPayload, IDisposable
{
    private const int CompareBytes = 64 * 1024;

    private readonly Stream _sent;
    private readonly Stream _expected;
    private readonly byte[] _buffer = new byte[CompareBytes];

    /// <param name="sent">What is sent.</param>
    /// <param name="expected">The same again, at its beginning.</param>
    public FilePayload(Stream sent, Stream expected)
    {
        _sent = sent;
        _expected = expected;
    }

    /// <summary>Bytes that arrived.</summary>
    public long Delivered { get; private set; }

    /// <summary>Where what arrived differs first, or null.</summary>
    public long? FirstDifference { get; private set; }

    /// <summary>Opens a file.</summary>
    /// <exception cref="UsageException">It cannot be read, or is empty.</exception>
    public static FilePayload Open(string path, out long length)
    {
        FileStream? sent = null;
        try
        {
            sent = File.OpenRead(path);
            length = sent.Length;
            return length > 0
                ? new FilePayload(sent, File.OpenRead(path))
                : throw new UsageException($"'{path}' is empty: there is nothing to send.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UsageException($"'{path}' cannot be read: {exception.Message}");
        }
        finally
        {
            if (sent is { Length: 0 })
            {
                sent.Dispose();
            }
        }
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
