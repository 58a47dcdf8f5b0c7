namespace Aldis.Protocols.Files;

/// <summary>
/// What of a tree is copied. Rules are tried in their order, and the first that matches decides, as with rsync. What none matches is
/// copied, but where there are only rules that take in, files that none of them matches are left out: nobody asks for what he gets anyway.
/// </summary>
internal sealed class PathFilter
{
    private readonly List<(PathPattern Pattern, bool TakesIn)> _rules = [];
    private bool _leavesOut;

    /// <summary>Adds a rule behind the others.</summary>
    /// <param name="pattern">What it is about.</param>
    /// <param name="takesIn">Whether it takes in what matches, or leaves it out.</param>
    public void Add(PathPattern pattern, bool takesIn)
    {
        _rules.Add((pattern, takesIn));
        _leavesOut |= !takesIn;
    }

    /// <summary>Judges a path. What is below a directory that is left out is left out too; nobody asks about it.</summary>
    /// <param name="path">The path below the directory that was named, its names parted by '/'.</param>
    /// <param name="isDirectory">Whether it is a directory.</param>
    public PathVerdict Judge(string path, bool isDirectory)
    {
        foreach ((PathPattern pattern, bool takesIn) in _rules)
        {
            if (pattern.Matches(path, isDirectory))
            {
                return takesIn ? PathVerdict.Copied : PathVerdict.LeftOut;
            }
        }

        bool isOnlyForSome = _rules.Count > 0 && !_leavesOut;
        return !isOnlyForSome ? PathVerdict.Copied : isDirectory ? PathVerdict.Entered : PathVerdict.LeftOut;
    }
}
