namespace Aldis.Services.Files.Sources;

/// <summary>What becomes of the symbolic links in a tree. One that is named itself is always followed.</summary>
internal enum LinkPolicy
{
    /// <summary>What it points to is copied in its place, as <c>scp -r</c> does.</summary>
    Follow,

    /// <summary>It is copied as a link, as <c>rsync -l</c> does.</summary>
    Keep,

    /// <summary>It is left out, as <c>rsync -r</c> does.</summary>
    Skip,
}
