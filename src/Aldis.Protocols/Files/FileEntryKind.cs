namespace Aldis.Protocols.Files;

/// <summary>What an entry of a manifest is (docs/protocols/files.md section 7.1).</summary>
internal enum FileEntryKind
{
    /// <summary><c>F</c>: a file.</summary>
    File,

    /// <summary><c>D</c>: a directory.</summary>
    Directory,

    /// <summary><c>L</c>: a symbolic link.</summary>
    Link,
}
