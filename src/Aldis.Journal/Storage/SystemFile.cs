using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>An open file of this machine.</summary>
internal sealed class SystemFile(FileStream file) : IStorageFile
{
    private readonly SafeFileHandle _handle = file.SafeFileHandle;
    private FileStatus? _status;

    /// <summary>Which file it is; its length as it was when this was asked first. Null where the system does not tell.</summary>
    public FileStatus? Status => _status ??= FileStatus.Of(_handle);

    public long Length => RandomAccess.GetLength(_handle);

    public int Read(long offset, Span<byte> buffer)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int count = RandomAccess.Read(_handle, buffer[total..], offset + total);
            if (count == 0)
            {
                break;
            }

            total += count;
        }

        return total;
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        try
        {
            RandomAccess.Write(_handle, data, offset);
        }
        catch (ArgumentOutOfRangeException exception) when (offset >= 0)
        {
            throw FileTooLarge.Describe(exception);
        }
    }

    public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> segments)
    {
        try
        {
            RandomAccess.Write(_handle, segments, offset);
        }
        catch (ArgumentOutOfRangeException exception) when (offset >= 0)
        {
            throw FileTooLarge.Describe(exception);
        }
    }

    public void Sync() => NativeSync.SyncData(_handle);

    public void SetLength(long length)
    {
        try
        {
            RandomAccess.SetLength(_handle, length);
        }
        catch (ArgumentOutOfRangeException exception) when (length >= 0)
        {
            throw FileTooLarge.Describe(exception);
        }
    }

    public void Dispose() => file.Dispose();
}
