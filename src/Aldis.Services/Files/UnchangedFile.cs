using System.Globalization;
using Aldis.Journal.Storage;

namespace Aldis.Services.Files;

/// <summary>
/// A file that is read to its end as it was when reading began, or not at all: where it grows, shrinks, is written to or has its name
/// taken by another file meanwhile, reading its end (or beyond it) throws a <see cref="FileChangedException"/>. What has no length of its
/// own is read as it comes: pipes and devices, and the files that the system makes up when they are read (/proc, /sys). On Linux; elsewhere
/// only the length is watched.
/// </summary>
/// <param name="file">The file, open for reading at its beginning, without a buffer; the caller closes it.</param>
internal sealed class UnchangedFile(FileStream file) : Stream
{
    private FileStatus? _before;
    private long _read;
    private bool _isBegun;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="FileChangedException">The file is not what it was when reading began.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_isBegun)
        {
            _isBegun = true;
            _before = Look();
        }

        int read = await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _read += read;
        if (_before is { IsRegular: true } before && (read == 0 || (_read > before.Length && before.Blocks > 0)))
        {
            Compare(before);
        }

        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private FileStatus? Look() =>
        FileStatus.Of(file.SafeFileHandle) ?? (file.CanSeek ? FileStatus.OfFile(file.Length, DateTime.UnixEpoch, 0) : null);

    private void Compare(FileStatus before)
    {
        FileStatus after = Look() ?? before;
        if (after.Length != before.Length)
        {
            string how = after.Length > before.Length ? "grew" : "shrank";
            throw new FileChangedException(string.Create(
                CultureInfo.InvariantCulture,
                $"it {how} from {before.Length} to {after.Length} bytes while it was copied"));
        }

        // Such a file has whatever length it turns out to have, and its times mean nothing.
        bool isMadeUp = before.Blocks == 0 && after.Blocks == 0;
        if (!isMadeUp && (after.Written != before.Written || _read != before.Length))
        {
            throw new FileChangedException("it was written to while it was copied");
        }

        if (FileStatus.Of(file.Name) is FileStatus named && (named.Device != before.Device || named.Inode != before.Inode))
        {
            throw new FileChangedException("another file took its name while it was copied");
        }
    }
}
