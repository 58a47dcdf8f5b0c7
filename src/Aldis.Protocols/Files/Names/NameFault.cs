namespace Aldis.Protocols.Files.Names;

/// <summary>Why a receiver does not take a name (docs/protocols/files.md section 11).</summary>
internal enum NameFault
{
    /// <summary>It takes it.</summary>
    None,

    /// <summary>Its bytes are not UTF-8.</summary>
    NotUtf8,

    /// <summary>It begins with <c>/</c>, as a way from the root of the file system, or has a drive's letter.</summary>
    Absolute,

    /// <summary>A component is <c>.</c> or <c>..</c>.</summary>
    Traversal,

    /// <summary>A component is empty.</summary>
    EmptyComponent,

    /// <summary>A component is longer than file systems take.</summary>
    LongComponent,

    /// <summary>The path is longer than systems take.</summary>
    LongPath,

    /// <summary>It has more components than <see cref="PathRule.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>It has a <c>\</c>, which parts components elsewhere.</summary>
    Backslash,

    /// <summary>It has a <c>:</c>, which names a drive or a stream elsewhere.</summary>
    Colon,

    /// <summary>It has a control character.</summary>
    ControlCharacter,

    /// <summary>It has a character that nobody sees, that turns the direction of text, or that is none.</summary>
    InvisibleCharacter,

    /// <summary>A component is the name of a device of Windows.</summary>
    DeviceName,

    /// <summary>A component ends with a full stop or a space, which Windows takes away.</summary>
    TrailingDotOrSpace,

    /// <summary>It is a name of the receiver's own: of an unfinished file, or of the directory where those are.</summary>
    Reserved,

    /// <summary>Another entry has the same name.</summary>
    Repeated,

    /// <summary>Another entry's name differs by case or normalization alone.</summary>
    Collides,

    /// <summary>One entry is below another that is no directory.</summary>
    BelowFile,

    /// <summary>What is on the disk has a name that differs by case or normalization alone.</summary>
    CollidesOnDisk,

    /// <summary>A link's target is not relative, or leads outside, or is no path that is taken.</summary>
    TargetOutside,
}
