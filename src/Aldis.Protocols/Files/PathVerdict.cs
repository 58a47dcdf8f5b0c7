namespace Aldis.Protocols.Files;

/// <summary>What a <see cref="PathFilter"/> says of a path.</summary>
internal enum PathVerdict
{
    /// <summary>It is copied.</summary>
    Copied,

    /// <summary>A directory that may hold what is copied, and is not copied for its own sake.</summary>
    Entered,

    /// <summary>It is left out, and so is what is below it.</summary>
    LeftOut,
}
