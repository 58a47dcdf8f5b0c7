namespace Aldis.Services.Files.Sources;

/// <summary>What a <see cref="SourceEntry"/> is.</summary>
internal enum SourceKind
{
    /// <summary>A file of a length that is known.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A symbolic link that is copied as one.</summary>
    Link,

    /// <summary>What is read until it ends and has no length before: a pipe, a device, a file that the system makes up.</summary>
    Stream,

    /// <summary>Nothing that is copied; <see cref="SourceEntry.Note"/> says why.</summary>
    Skipped,
}
