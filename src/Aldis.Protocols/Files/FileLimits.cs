namespace Aldis.Protocols.Files;

/// <summary>The numbers of the native form of <c>files</c> (docs/protocols/files.md).</summary>
internal static class FileLimits
{
    /// <summary>Most bytes of a path or of a link's target.</summary>
    public const int MaxPathBytes = 4096;

    /// <summary>Most digits of a number of entries, and of an entry's place.</summary>
    public const int EntryDigits = 7;

    /// <summary>Most digits of a manifest's length in bytes.</summary>
    public const int ManifestDigits = 9;

    /// <summary>Most digits of a size or an offset; the number is below 2^63.</summary>
    public const int SizeDigits = 19;

    /// <summary>Hexadecimal digits of a transfer's key.</summary>
    public const int KeyLength = 16;

    /// <summary>Hexadecimal digits of the check at the end of a unit.</summary>
    public const int CheckLength = 16;

    /// <summary>How often one chunk may arrive with another digest before it is refused as <see cref="RefusalCode.Corrupt"/>.</summary>
    public const int MaxCorruptAttempts = 3;
}
