using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>Writes and reads the records of a manifest (docs/protocols/files.md section 7.1).</summary>
internal static class ManifestCodec
{
    private const int MaxMode = 0xFFF;
    private const int MaxFieldsBytes = 80;

    private static ReadOnlySpan<byte> Kinds => "FDL"u8;

    /// <summary>Appends an entry's record.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="output">Takes the record.</param>
    /// <exception cref="ArgumentException">The path or the target is empty, too long, or holds 00; or a number is out of its range.</exception>
    public static void Write(ManifestEntry entry, IBufferWriter<byte> output)
    {
        if (!IsText(entry.Path.Span) || IsText(entry.Target.Span) != (entry.Kind == FileEntryKind.Link)
            || entry.Size < ManifestEntry.UnknownSize || entry.ModifiedNs < 0 || entry.Change < 0 || entry.Mode is < 0 or > MaxMode)
        {
            throw new ArgumentException("A manifest has no record for this entry.", nameof(entry));
        }

        Span<byte> record = output.GetSpan(MaxFieldsBytes);
        record[0] = Kinds[(int)entry.Kind];
        int length = 1;
        if (entry.Size == ManifestEntry.UnknownSize)
        {
            " -"u8.CopyTo(record[length..]);
            length += 2;
        }
        else
        {
            Append(entry.Size, record, ref length);
        }

        Append(entry.ModifiedNs, record, ref length);
        record[length++] = (byte)' ';
        length += AppendOctal(entry.Mode, record[length..]);
        Append(entry.Change, record, ref length);
        record[length++] = (byte)' ';
        output.Advance(length);
        Append(entry.Path.Span, output);
        if (entry.Kind == FileEntryKind.Link)
        {
            Append(entry.Target.Span, output);
        }
    }

    /// <summary>Takes the next entry from the beginning of a manifest, or of what is left of it.</summary>
    /// <param name="manifest">The records; it is sliced past the one that was taken. The entry keeps its part of this memory.</param>
    /// <param name="entry">The entry; null on failure.</param>
    /// <returns>False if the manifest does not begin with a whole record.</returns>
    public static bool TryRead(ref ReadOnlyMemory<byte> manifest, [NotNullWhen(true)] out ManifestEntry? entry)
    {
        entry = null;
        ReadOnlyMemory<byte> rest = manifest;
        if (!TryTakeText(ref rest, MaxFieldsBytes + FileLimits.MaxPathBytes, out ReadOnlyMemory<byte> record))
        {
            return false;
        }

        UnitFields fields = new(record.Span);
        ReadOnlySpan<byte> kind = fields.Next();
        ReadOnlySpan<byte> size = fields.Next();
        bool isUnknown = size.SequenceEqual("-"u8);
        long bytes = ManifestEntry.UnknownSize;
        if (kind.Length != 1
            || Kinds.IndexOf(kind[0]) is var place && place < 0
            || (!isUnknown && !UnitFields.TryParseNumber(size, FileLimits.SizeDigits, out bytes))
            || !fields.TryNextNumber(default, FileLimits.SizeDigits, out long modified)
            || !TryParseOctal(fields.Next(), out int mode)
            || !fields.TryNextNumber(default, FileLimits.SizeDigits, out long change)
            || fields.IsAtEnd
            || (place != (int)FileEntryKind.File && bytes != 0))
        {
            return false;
        }

        ReadOnlyMemory<byte> path = record[^fields.RemainingBytes..];
        ReadOnlyMemory<byte> target = default;
        if (!IsText(path.Span)
            || (place == (int)FileEntryKind.Link && !(TryTakeText(ref rest, FileLimits.MaxPathBytes, out target) && IsText(target.Span))))
        {
            return false;
        }

        entry = new ManifestEntry
        {
            Kind = (FileEntryKind)place,
            Path = path,
            Size = bytes,
            ModifiedNs = modified,
            Mode = mode,
            Change = change,
            Target = target,
        };
        manifest = rest;
        return true;
    }

    private static bool IsText(ReadOnlySpan<byte> text) => text.Length is > 0 and <= FileLimits.MaxPathBytes && !text.Contains((byte)0);

    private static bool TryTakeText(ref ReadOnlyMemory<byte> rest, int maxLength, out ReadOnlyMemory<byte> text)
    {
        int end = rest.Span[..Math.Min(rest.Length, maxLength + 1)].IndexOf((byte)0);
        text = end < 0 ? default : rest[..end];
        rest = end < 0 ? rest : rest[(end + 1)..];
        return end >= 0;
    }

    private static bool TryParseOctal(ReadOnlySpan<byte> digits, out int mode)
    {
        mode = 0;
        if (digits.Length is 0 or > 4 || digits.ContainsAnyExceptInRange((byte)'0', (byte)'7'))
        {
            return false;
        }

        foreach (byte digit in digits)
        {
            mode = (mode * 8) + (digit - '0');
        }

        return true;
    }

    private static int AppendOctal(int mode, Span<byte> text)
    {
        int digits = mode < 8 ? 1 : mode < 64 ? 2 : mode < 512 ? 3 : 4;
        for (int place = digits - 1; place >= 0; place--)
        {
            text[place] = (byte)('0' + (mode & 7));
            mode >>= 3;
        }

        return digits;
    }

    private static void Append(long number, Span<byte> record, ref int length)
    {
        record[length++] = (byte)' ';
        _ = Utf8Formatter.TryFormat(number, record[length..], out int written);
        length += written;
    }

    private static void Append(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        Span<byte> span = output.GetSpan(text.Length + 1);
        text.CopyTo(span);
        span[text.Length] = 0;
        output.Advance(text.Length + 1);
    }
}
