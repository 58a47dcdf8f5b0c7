namespace Aldis.Protocols.Framing;

/// <summary>How the beginning of a stream compares with an expected text.</summary>
internal enum PrefixMatch
{
    /// <summary>Everything so far agrees and it is not yet whole.</summary>
    Partial,

    /// <summary>The stream begins with the whole text.</summary>
    Whole,

    /// <summary>Some byte differs.</summary>
    Different,
}
