using System.Runtime.InteropServices;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>Many paths in little room: of each only what differs from the one before it.</summary>
internal sealed class PathList
{
    private readonly List<ushort> _steps = [];
    private readonly List<ushort> _last = [];

    public long Count { get; private set; }

    /// <summary>Adds a path and a step behind it.</summary>
    public void Add(ReadOnlySpan<ushort> path, ushort step)
    {
        ReadOnlySpan<ushort> last = CollectionsMarshal.AsSpan(_last);
        int shared = last.CommonPrefixLength(path);
        _steps.Add((ushort)shared);
        _steps.Add((ushort)(path.Length - shared + 1));
        _steps.AddRange(path[shared..]);
        _steps.Add(step);
        _last.RemoveRange(shared, _last.Count - shared);
        _last.AddRange(path[shared..]);
        _last.Add(step);
        Count++;
    }

    public Reader Read() => new(_steps);

    /// <summary>Goes through the paths in the order in which they were added.</summary>
    internal sealed class Reader(List<ushort> steps)
    {
        private readonly List<ushort> _path = [];
        private int _at;

        /// <summary>Steps the path has in common with the one before it.</summary>
        public int Shared { get; private set; }

        public ReadOnlySpan<ushort> Path => CollectionsMarshal.AsSpan(_path);

        public bool MoveNext()
        {
            if (_at == steps.Count)
            {
                return false;
            }

            Shared = steps[_at];
            int length = steps[_at + 1];
            _path.RemoveRange(Shared, _path.Count - Shared);
            _path.AddRange(CollectionsMarshal.AsSpan(steps).Slice(_at + 2, length));
            _at += length + 2;
            return true;
        }
    }
}
