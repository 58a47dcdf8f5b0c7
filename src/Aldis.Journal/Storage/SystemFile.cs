using Microsoft.Win32.SafeHandles;

namespace Aldis.Journal.Storage;

/// <summary>An open file of this machine.</summary>
internal sealed class SystemFile : IStorageFile
{
    private readonly SafeFileHandle _handle;
    private readonly IDisposable _owner;
    private readonly string? _path;
    private string? _name;
    private FileStatus? _status;
    private bool _isDirect;
    private bool _mayNotBeDirect;

    /// <summary>Takes a file over.</summary>
    /// <param name="file">The file, without a buffer.</param>
    public SystemFile(FileStream file)
    {
        _handle = file.SafeFileHandle;
        _owner = file;
        _path = file.Name;
    }

    /// <summary>As the other, of what the system opened.</summary>
    public SystemFile(SafeFileHandle handle)
    {
        _handle = handle;
        _owner = handle;
    }

    /// <summary>Which file it is; its length as it was when this was asked first. Null where the system does not tell.</summary>
    public FileStatus? Status => _status ??= FileStatus.Of(_handle);

    public void NameInFailures(string path) => _name = path;

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
        _ = TrySetDirect(false);
        WriteAll(offset, data);
    }

    public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> segments)
    {
        _ = TrySetDirect(false);
        try
        {
            RandomAccess.Write(_handle, segments, offset);
        }
        catch (ArgumentOutOfRangeException exception) when (offset >= 0)
        {
            throw FileTooLarge.Describe(exception);
        }
        catch (IOException exception) when (_name is not null)
        {
            throw Renamed(exception);
        }
    }

    public bool WriteDirect(long offset, ReadOnlySpan<byte> data)
    {
        if (TrySetDirect(true))
        {
            try
            {
                WriteAll(offset, data);
                return true;
            }
            catch (IOException exception) when (exception.HResult == NativeDirectory.Invalid)
            {
                // This disk wants something else than others of its file system. The cache takes everything.
                _mayNotBeDirect = true;
            }
        }

        Write(offset, data);
        return false;
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
        catch (IOException exception) when (_name is not null)
        {
            throw Renamed(exception);
        }
    }

    public FileStatus? GetStatus() => FileStatus.Of(_handle);

    public bool TryLock() => NativeFile.TryLock(_handle);

    public void SetModified(long nanoseconds) => NativeFile.SetModified(_handle, nanoseconds);

    public void RestrictMode(UnixFileMode kept)
    {
        if (!OperatingSystem.IsWindows())
        {
            UnixFileMode mode = File.GetUnixFileMode(_handle);
            if ((mode & ~kept) != UnixFileMode.None)
            {
                File.SetUnixFileMode(_handle, mode & kept);
            }
        }
    }

    public bool TrySetMark(ReadOnlySpan<byte> mark) => NativeFile.TrySetMark(_handle, mark);

    public byte[] GetMark() => NativeFile.GetMark(_handle);

    public void Dispose() => _owner.Dispose();

    private void WriteAll(long offset, ReadOnlySpan<byte> data)
    {
        try
        {
            RandomAccess.Write(_handle, data, offset);
        }
        catch (ArgumentOutOfRangeException exception) when (offset >= 0)
        {
            throw FileTooLarge.Describe(exception);
        }
        catch (IOException exception) when (_name is not null)
        {
            throw Renamed(exception);
        }
    }

    /// <summary>The same failure, with the name that people know: the runtime has the path it was opened by, or none.</summary>
    private IOException Renamed(IOException failure) => new(
        _path is null ? $"{failure.Message} : '{_name}'" : failure.Message.Replace(_path, _name, StringComparison.Ordinal), failure.HResult);

    private bool TrySetDirect(bool isDirect)
    {
        if (_isDirect == isDirect)
        {
            return true;
        }

        if ((isDirect && _mayNotBeDirect) || !NativeFile.TrySetDirect(_handle, isDirect))
        {
            _mayNotBeDirect = true;
            return false;
        }

        _isDirect = isDirect;
        return true;
    }
}
