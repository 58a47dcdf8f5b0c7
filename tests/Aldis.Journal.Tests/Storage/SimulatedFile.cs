namespace Aldis.Journal.Tests.Storage;

/// <summary>
/// The bytes of a file as the cache shows them, and as the disk has them. A page is dirty between a write and a sync; a sync that fails
/// leaves its pages clean and unwritten, as Linux does.
/// </summary>
internal sealed class SimulatedFile
{
    public const int PageBytes = 512;

    private static ulong _lastInode;

    private readonly HashSet<int> _dirty = [];
    private byte[] _cached = [];
    private byte[] _durable = [];
    private int _durableLength;

    public int Length { get; private set; }

    /// <summary>Whether it is a directory, which has a name and nothing else.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>Of a link, what it points to.</summary>
    public string? Target { get; init; }

    public ulong Inode { get; init; } = ++_lastInode;

    /// <summary>When it was last written to, as it was set; a moment ago where nobody set it.</summary>
    public long Modified { get; set; } = long.MaxValue;

    public byte[] Mark { get; set; } = [];

    /// <summary>The opening that holds its lock.</summary>
    public object? LockedBy { get; set; }

    /// <summary>How many syncs have failed: each opening hears once of those after it.</summary>
    public int Failures { get; private set; }

    public int Read(long offset, Span<byte> buffer)
    {
        int count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        _cached.AsSpan((int)Math.Min(offset, Length), count).CopyTo(buffer);
        return count;
    }

    public void Write(long offset, ReadOnlySpan<byte> data)
    {
        int end = (int)offset + data.Length;
        if (end > _cached.Length)
        {
            Array.Resize(ref _cached, Math.Max(end, _cached.Length * 2));
        }

        data.CopyTo(_cached.AsSpan((int)offset));
        Length = Math.Max(Length, end);
        for (int page = (int)offset / PageBytes; page * PageBytes < end; page++)
        {
            _ = _dirty.Add(page);
        }
    }

    public void SetLength(long length)
    {
        if (length > _cached.Length)
        {
            Array.Resize(ref _cached, (int)length);
        }

        _cached.AsSpan((int)Math.Min(length, Length)).Clear();
        Length = (int)length;
        _ = _dirty.RemoveWhere(page => page * PageBytes >= length);
        if (length % PageBytes != 0)
        {
            _ = _dirty.Add((int)length / PageBytes);
        }
    }

    public void Sync()
    {
        Array.Resize(ref _durable, Length);
        foreach (int page in _dirty)
        {
            CopyPage(page, _durable, Length);
        }

        _durableLength = Length;
        _dirty.Clear();
    }

    public void FailSync()
    {
        Failures += _dirty.Count > 0 ? 1 : 0;
        _dirty.Clear();
    }

    /// <summary>What is there after the power failed: of each dirty page either what was on the disk or what was in the cache.</summary>
    public SimulatedFile LosePower(Random random, bool losesAll)
    {
        int length = _durableLength == Length || losesAll || random.Next(2) == 0 ? _durableLength : Length;
        byte[] bytes = new byte[length];
        _durable.AsSpan(0, Math.Min(_durable.Length, length)).CopyTo(bytes);
        foreach (int page in _dirty.Order())
        {
            if (!losesAll && random.Next(2) == 0)
            {
                CopyPage(page, bytes, length);
            }
        }

        return new SimulatedFile
        {
            _cached = bytes,
            _durable = [.. bytes],
            _durableLength = length,
            Length = length,
            IsDirectory = IsDirectory,
            Target = Target,
            Inode = Inode,
            Modified = Modified,
            Mark = Mark,
        };
    }

    /// <summary>Direct access for tests that damage a file.</summary>
    public Span<byte> Bytes => _cached.AsSpan(0, Length);

    private void CopyPage(int page, byte[] target, int length)
    {
        int begin = page * PageBytes;
        int count = Math.Min(PageBytes, Math.Min(length, Length) - begin);
        if (count > 0)
        {
            _cached.AsSpan(begin, count).CopyTo(target.AsSpan(begin));
        }
    }
}
