using System.Runtime.InteropServices;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>Many paths in few bytes: of each only what differs from the one before it.</summary>
internal sealed class PathList
{
    private readonly List<byte> _bytes = [];
    private readonly List<byte> _last = [];

    public long Count { get; private set; }

    /// <summary>Adds a path and a step behind it.</summary>
    public void Add(ReadOnlySpan<byte> path, byte step)
    {
        ReadOnlySpan<byte> last = CollectionsMarshal.AsSpan(_last);
        int shared = last.CommonPrefixLength(path);
        _bytes.Add((byte)shared);
        _bytes.Add((byte)(path.Length - shared + 1));
        _bytes.AddRange(path[shared..]);
        _bytes.Add(step);
        _last.RemoveRange(shared, _last.Count - shared);
        _last.AddRange(path[shared..]);
        _last.Add(step);
        Count++;
    }

    public Reader Read() => new(_bytes);

    /// <summary>Goes through the paths in the order in which they were added.</summary>
    internal sealed class Reader(List<byte> bytes)
    {
        private readonly List<byte> _path = [];
        private int _at;

        /// <summary>Steps the path has in common with the one before it.</summary>
        public int Shared { get; private set; }

        public ReadOnlySpan<byte> Path => CollectionsMarshal.AsSpan(_path);

        public bool MoveNext()
        {
            if (_at == bytes.Count)
            {
                return false;
            }

            Shared = bytes[_at];
            int length = bytes[_at + 1];
            _path.RemoveRange(Shared, _path.Count - Shared);
            _path.AddRange(CollectionsMarshal.AsSpan(bytes).Slice(_at + 2, length));
            _at += length + 2;
            return true;
        }
    }
}
