using System.Runtime.InteropServices;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>
/// The contents of every object that can be reached from one, put back later into the same objects: a step back in time without
/// making anything anew. What a snapshot holds is reused by the next one that it takes.
/// </summary>
internal sealed class GraphSnapshot
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<Entry> _entries = [];
    private int _count;

    /// <summary>How many objects it holds.</summary>
    public int Count => _count;

    /// <summary>Remembers everything reachable from an object.</summary>
    public void Take(object root)
    {
        if (_count > 0 && ReferenceEquals(_entries[0].Original, root) && LeadToTheSame())
        {
            foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(_entries)[.._count])
            {
                entry.Type.Copy(entry.Original, entry.Copy);
            }

            return;
        }

        _seen.Clear();
        _count = 0;
        Visit(root);
        for (int next = 0; next < _count; next++)
        {
            Entry entry = _entries[next];
            entry.Type.Visit(entry.Original, this);
        }
    }

    /// <summary>Puts everything back as it was.</summary>
    public void Restore()
    {
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(_entries)[.._count])
        {
            entry.Type.Copy(entry.Copy, entry.Original);
        }
    }

    /// <summary>Remembers one more object, unless it cannot change or is remembered already.</summary>
    public void Visit(object? value)
    {
        if (value is null)
        {
            return;
        }

        GraphType type = GraphType.Of(value);
        if (type.IsConstant || !_seen.Add(value))
        {
            return;
        }

        object? copy = _count < _entries.Count && type.Fits(value, _entries[_count].Copy) ? _entries[_count].Copy : type.Make(value);
        type.Copy(value, copy);
        if (_count == _entries.Count)
        {
            _entries.Add(default);
        }

        _entries[_count++] = new Entry(value, copy, type);
    }

    /// <summary>Whether every object remembered still refers to the same ones: then these are still all there are.</summary>
    private bool LeadToTheSame()
    {
        foreach (ref readonly Entry entry in CollectionsMarshal.AsSpan(_entries)[.._count])
        {
            if (!entry.Type.LeadsToTheSame(entry.Original, entry.Copy))
            {
                return false;
            }
        }

        return true;
    }

    private readonly record struct Entry(object Original, object Copy, GraphType Type);
}
