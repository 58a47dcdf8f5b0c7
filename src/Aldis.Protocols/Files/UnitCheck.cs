using System.Diagnostics;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>
/// The check at the end of the units of an open transfer (docs/protocols/files.md section 7.2): the first 16 hexadecimal digits of H(m ‖ the text
/// before ‖ more). A confirmation that was changed on the way has a wrong one. Not thread-safe, as its hash is not.
/// </summary>
/// <param name="hash">A hash of the transfer's algorithm, of nothing so far.</param>
/// <param name="opening">m: the digest of what the opening said.</param>
internal sealed class UnitCheck(ContentHash hash, ContentDigest opening)
{
    /// <summary>Begins a check, to which the bytes are appended that it is about beside the text.</summary>
    /// <param name="text">The text of the unit before its check, without the space between.</param>
    /// <returns>The hash, which takes what follows.</returns>
    public ContentHash Begin(ReadOnlySpan<byte> text)
    {
        Append(hash, opening);
        hash.Append(text);
        return hash;
    }

    /// <summary>Appends a digest to a check that was begun.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="digest">The digest.</param>
    public static void Append(ContentHash hash, ContentDigest digest)
    {
        Span<byte> bytes = stackalloc byte[ContentDigest.Size];
        digest.CopyTo(bytes);
        hash.Append(bytes);
    }

    /// <summary>Ends a check that was begun.</summary>
    /// <param name="check">Takes its 16 digits.</param>
    public void Finish(Span<byte> check)
    {
        Span<byte> bytes = stackalloc byte[ContentDigest.Size];
        hash.Finish().CopyTo(bytes);
        bool fits = Convert.TryToHexStringLower(bytes[..(FileLimits.CheckLength / 2)], check, out int written);
        Debug.Assert(fits && written == FileLimits.CheckLength);
    }

    /// <summary>Writes a whole unit, padded, with its check where it has one.</summary>
    /// <param name="content">What it says.</param>
    /// <param name="more">The bytes its check is about beside the text.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public void Write(in TransferUnit content, ReadOnlySpan<byte> more, Span<byte> unit)
    {
        if (content.Kind != TransferUnitKind.Data)
        {
            Begin(unit[..content.WriteText(unit)]).Append(more);
        }

        Complete(content, unit);
    }

    /// <summary>Writes a whole unit, padded, whose check was begun.</summary>
    /// <param name="content">What it says.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public void Complete(in TransferUnit content, Span<byte> unit)
    {
        int length = content.WriteText(unit);
        if (content.Kind != TransferUnitKind.Data)
        {
            unit[length++] = (byte)' ';
            Finish(unit.Slice(length, FileLimits.CheckLength));
            length += FileLimits.CheckLength;
        }

        Debug.Assert(length <= ControlUnit.MaxTextLength);
        unit[length..ControlUnit.Size].Fill((byte)' ');
    }

    /// <summary>Compares the check of a unit that was read.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="check">The check, as <see cref="TransferUnit.TryParse"/> found it.</param>
    /// <param name="more">The bytes it is about beside the text.</param>
    /// <returns>False if the unit is not what its sender said.</returns>
    public bool IsRight(ReadOnlySpan<byte> unit, ReadOnlySpan<byte> check, ReadOnlySpan<byte> more)
    {
        Begin(TextBefore(unit, check)).Append(more);
        Span<byte> right = stackalloc byte[FileLimits.CheckLength];
        Finish(right);
        return right.SequenceEqual(check);
    }

    /// <summary>The text of a unit that its check is about.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="check">The check at its end.</param>
    public static ReadOnlySpan<byte> TextBefore(ReadOnlySpan<byte> unit, ReadOnlySpan<byte> check) =>
        unit.TrimEnd((byte)' ')[..^(check.Length + 1)];
}
