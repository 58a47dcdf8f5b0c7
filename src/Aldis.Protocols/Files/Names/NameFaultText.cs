namespace Aldis.Protocols.Files.Names;

/// <summary>Says of a name why it is not taken.</summary>
internal static class NameFaultText
{
    /// <summary>Makes the end of a sentence whose beginning is the name.</summary>
    /// <param name="fault">Why it is not taken.</param>
    /// <returns>The end, without a full stop.</returns>
    /// <exception cref="ArgumentOutOfRangeException">It is taken.</exception>
    public static string Describe(NameFault fault) => fault switch
    {
        NameFault.NotUtf8 => "is not UTF-8",
        NameFault.Absolute => "is absolute: paths are relative to the directory of received files",
        NameFault.Traversal => "has a component '.' or '..'",
        NameFault.EmptyComponent => "has an empty component",
        NameFault.LongComponent => "has a component of more than 255 bytes",
        NameFault.LongPath => "has more than 4,096 bytes",
        NameFault.TooDeep => "has more than 128 components",
        NameFault.Backslash => "has a backslash, which parts directories on Windows",
        NameFault.Colon => "has a colon, which names a drive or a stream on Windows",
        NameFault.ControlCharacter => "has a control character",
        NameFault.InvisibleCharacter => "has a character that is invisible, turns the direction of text or is not assigned",
        NameFault.DeviceName => "has a component that names a device on Windows",
        NameFault.TrailingDotOrSpace => "has a component that ends with a full stop or a space, which Windows takes away",
        NameFault.Reserved => "is a name of the receiver's own unfinished files",
        NameFault.Repeated => "is offered twice",
        NameFault.Collides => "is offered twice, in names that differ by case or normalization alone",
        NameFault.BelowFile => "is a file or link for one entry and a directory for another",
        NameFault.CollidesOnDisk => "differs by case or normalization alone from a name that is there",
        NameFault.TargetOutside => "is a link whose target is not relative, or not inside the directory of received files",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}
