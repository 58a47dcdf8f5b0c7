namespace Aldis.Protocols.Files;

/// <summary>What is to be done with a file whose name is taken (docs/protocols/files.md section 7).</summary>
internal enum ConflictPolicy
{
    /// <summary><c>fail</c>: the same content counts as confirmed, another is refused as <c>exists</c>.</summary>
    Fail,

    /// <summary><c>skip</c>: it is refused as <c>exists</c> without a look at the content.</summary>
    Skip,

    /// <summary><c>rename</c>: the new one gets the first free name with a number.</summary>
    Rename,

    /// <summary><c>overwrite</c>: the new one takes the name, where the receiver allows that.</summary>
    Overwrite,
}
