using Aldis.Protocols.Text;

namespace Aldis.Protocols.Files.Names;

/// <summary>
/// The names of a whole manifest, checked before a byte of any file is stored (docs/protocols/files.md section 11): each by itself, against
/// each other and, directory by directory, against what is on the disk. Costs memory in proportion to the manifest, whatever it says. Not
/// thread-safe.
/// </summary>
internal sealed class ManifestNames
{
    private const int Root = 0;

    private readonly NameVerdict[] _verdicts;
    private readonly int[] _nodes;
    private readonly List<Node> _tree = [new Node { Name = string.Empty, IsDirectory = true }];
    private readonly Dictionary<(int Parent, string Key), int> _children = [];

    /// <summary>Checks a manifest.</summary>
    /// <param name="entries">Its entries.</param>
    public ManifestNames(IReadOnlyList<ManifestEntry> entries)
    {
        _verdicts = new NameVerdict[entries.Count];
        _nodes = new int[entries.Count];
        for (int entry = 0; entry < entries.Count; entry++)
        {
            _verdicts[entry] = CheckAlone(entries[entry]);
            if (_verdicts[entry].Fault == NameFault.None)
            {
                _nodes[entry] = Place(_verdicts[entry].Path, entries[entry].Kind);
            }
        }

        Judge();
    }

    /// <summary>Each entry's verdict.</summary>
    public IReadOnlyList<NameVerdict> Verdicts => _verdicts;

    /// <summary>
    /// Looks at a directory of the disk, which is one of the entries' or above one: names that differ from one of the manifest by case or
    /// normalization alone make that collide.
    /// </summary>
    /// <param name="directory">Its path, as it is stored; empty for the directory of received files.</param>
    /// <param name="names">The names in it, which are read once and not kept.</param>
    public void CompareWithDisk(string directory, IEnumerable<string> names)
    {
        if (Find(directory) is not { } parent || !_tree[parent].HasChildren)
        {
            return;
        }

        bool isFound = false;
        foreach (string name in names)
        {
            if (_children.TryGetValue((parent, KeyOf(name)), out int child) && _tree[child].Name != name)
            {
                _tree[child].Fault = NameFault.CollidesOnDisk;
                isFound = true;
            }
        }

        if (isFound)
        {
            Judge();
        }
    }

    /// <summary>The directories above entries that are taken, and those that are entries, each before what is in it.</summary>
    public IEnumerable<string> Directories()
    {
        var paths = new string[_tree.Count];
        paths[Root] = string.Empty;
        for (int node = 1; node < _tree.Count; node++)
        {
            // A node's parent comes before it.
            Node its = _tree[node];
            paths[node] = its.Parent == Root ? its.Name : $"{paths[its.Parent]}/{its.Name}";
            if (its.IsDirectory && its.IsTaken)
            {
                yield return paths[node];
            }
        }
    }

    private static NameVerdict CheckAlone(ManifestEntry entry)
    {
        NameFault fault = PathRule.Check(entry.Path.Span, out string path);
        string target = string.Empty;
        if (fault == NameFault.None && entry.Kind == FileEntryKind.Link)
        {
            fault = PathRule.CheckTarget(path, entry.Target.Span, out target);
        }

        return fault == NameFault.None ? new NameVerdict(fault, path, target) : new NameVerdict(fault, string.Empty, string.Empty);
    }

    private static string KeyOf(string name)
    {
        try
        {
            return CanonicalText.CollisionKey(name);
        }
        catch (ArgumentException)
        {
            // A name on the disk that is not Unicode has lone surrogates, and is like no name that is taken.
            return name;
        }
    }

    private int Place(string path, FileEntryKind kind)
    {
        int node = Root;
        int begin = 0;
        for (int slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', begin))
        {
            node = Child(node, path[begin..slash]);
            _tree[node].MakeDirectory(isEntry: false);
            begin = slash + 1;
        }

        node = Child(node, path[begin..]);
        if (kind == FileEntryKind.Directory)
        {
            _tree[node].MakeDirectory(isEntry: true);
        }
        else
        {
            _tree[node].MakeFile();
        }

        return node;
    }

    private int Child(int parent, string name)
    {
        string key = CanonicalText.CollisionKey(name);
        if (_children.TryGetValue((parent, key), out int child))
        {
            if (_tree[child].Name != name)
            {
                _tree[child].Fault = NameFault.Collides;
            }

            return child;
        }

        child = _tree.Count;
        _tree.Add(new Node { Name = name, Parent = parent });
        _tree[parent].HasChildren = true;
        _children.Add((parent, key), child);
        return child;
    }

    private int? Find(string path)
    {
        int node = Root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!_children.TryGetValue((node, CanonicalText.CollisionKey(name)), out node))
            {
                return null;
            }
        }

        return node;
    }

    /// <summary>Refuses every entry whose own name, or one above it, is at fault.</summary>
    private void Judge()
    {
        for (int node = 1; node < _tree.Count; node++)
        {
            Node parent = _tree[_tree[node].Parent];
            if (parent.Fault != NameFault.None && _tree[node].Fault == NameFault.None)
            {
                _tree[node].Fault = parent.Fault;
            }
        }

        for (int entry = 0; entry < _nodes.Length; entry++)
        {
            if (_nodes[entry] != Root && _tree[_nodes[entry]].Fault is not NameFault.None and var fault)
            {
                _verdicts[entry] = new NameVerdict(fault, string.Empty, string.Empty);
            }
        }
    }

    /// <summary>A name of the tree that the manifest describes.</summary>
    private sealed class Node
    {
        private bool _isEntry;
        private bool _isFile;

        public required string Name { get; init; }

        public int Parent { get; init; }

        public bool IsDirectory { get; set; }

        public bool HasChildren { get; set; }

        public NameFault Fault { get; set; }

        public bool IsTaken => Fault == NameFault.None;

        public void MakeDirectory(bool isEntry)
        {
            Fault = Fault != NameFault.None ? Fault
                : _isFile ? NameFault.BelowFile
                : isEntry && _isEntry ? NameFault.Repeated
                : NameFault.None;
            IsDirectory = true;
            _isEntry |= isEntry;
        }

        public void MakeFile()
        {
            Fault = Fault != NameFault.None ? Fault
                : IsDirectory ? NameFault.BelowFile
                : _isFile ? NameFault.Repeated
                : NameFault.None;
            _isFile = true;
            _isEntry = true;
        }
    }
}
