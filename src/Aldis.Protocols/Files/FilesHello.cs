using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>A server's answer to a preface: <c>ALDIS/1 files max=bytes entries manifest</c> (docs/protocols/files.md section 6.1).</summary>
/// <param name="MaxFileBytes">Bytes of the longest file it takes.</param>
/// <param name="MaxEntries">Most entries of a transfer, at least 1.</param>
/// <param name="MaxManifestBytes">Bytes of the longest manifest it takes.</param>
internal readonly record struct FilesHello(long MaxFileBytes, int MaxEntries, int MaxManifestBytes)
{
    private static ReadOnlySpan<byte> MaxField => "max="u8;

    /// <summary>Reads the answer to a preface.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="hello">What the server takes; the default on failure.</param>
    /// <param name="error">Why it turns the client away; <see cref="PrefaceError.None"/> where it does not, or speaks something else.</param>
    /// <returns>False if it is no hello.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, out FilesHello hello, out PrefaceError error)
    {
        hello = default;
        error = PrefaceError.None;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) || !text.StartsWith(PrefaceDetector.Prefix))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = text[PrefaceDetector.Prefix.Length..];
        if (rest.StartsWith(PrefaceErrors.Field))
        {
            error = PrefaceErrors.Parse(rest[PrefaceErrors.Field.Length..]);
            return false;
        }

        UnitFields fields = new(rest);
        if (!fields.TryNext(FileWords.Service)
            || !fields.TryNextNumber(MaxField, FileLimits.SizeDigits, out long max)
            || !fields.TryNextNumber(default, FileLimits.EntryDigits, out long entries)
            || !fields.TryNextNumber(default, FileLimits.ManifestDigits, out long manifest)
            || !fields.IsAtEnd
            || entries == 0)
        {
            return false;
        }

        hello = new FilesHello(max, (int)entries, (int)manifest);
        return true;
    }

    /// <summary>Writes the hello.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public void Write(Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(PrefaceDetector.Prefix);
        writer.Append(FileWords.Service);
        writer.Append(" "u8);
        writer.Append(MaxField);
        writer.Append(MaxFileBytes);
        writer.Append(" "u8);
        writer.Append(MaxEntries);
        writer.Append(" "u8);
        writer.Append(MaxManifestBytes);
        writer.Complete();
    }
}
