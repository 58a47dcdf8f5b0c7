using System.Diagnostics;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Protocols.Files;

/// <summary>
/// A unit of an open transfer (docs/protocols/files.md sections 7.2 and 9), without what follows it. Which fields mean something depends on
/// the kind; the others are 0.
/// </summary>
internal readonly record struct TransferUnit
{
    private static readonly byte[][] Words = [.. Enum.GetNames<TransferUnitKind>().Select(name => Encoding.ASCII.GetBytes(name.ToUpperInvariant()))];

    /// <summary>What it is.</summary>
    public required TransferUnitKind Kind { get; init; }

    /// <summary>The entry, or the first one of a range.</summary>
    public required int First { get; init; }

    /// <summary>The last entry of a range, at least <see cref="First"/>; equal to it where the unit names one entry.</summary>
    public required int Last { get; init; }

    /// <summary>An offset in the file: of RESUME, DATA, ACK and AGAIN.</summary>
    public long Offset { get; init; }

    /// <summary>Bytes that follow: of DATA without the chain value, 0 to <see cref="ChunkSize.Max"/>, and of NAMED, 1 to
    /// <see cref="FileLimits.MaxPathBytes"/>.</summary>
    public int Length { get; init; }

    /// <summary>Of NAK and SKIP.</summary>
    public RefusalCode Code { get; init; }

    /// <summary>Of HAVE and DONE.</summary>
    public AcknowledgementLevel Level { get; init; }

    /// <summary>Of WANT: what was there was of another state of the source.</summary>
    public bool IsChanged { get; init; }

    /// <summary>Bytes that follow the unit on the wire.</summary>
    public int FollowingBytes => Kind switch
    {
        TransferUnitKind.Data => Length + ContentDigest.Size,
        TransferUnitKind.Named => Length,
        TransferUnitKind.Resume or TransferUnitKind.Proof => ContentDigest.Size,
        _ => 0,
    };

    /// <summary>Reads a unit.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="result">What it says; the default on failure.</param>
    /// <param name="check">The check at its end, to be compared by <see cref="UnitCheck"/>; empty for DATA, which has none.</param>
    /// <returns>False if it is no unit of an open transfer.</returns>
    public static bool TryParse(ReadOnlySpan<byte> unit, out TransferUnit result, out ReadOnlySpan<byte> check)
    {
        result = default;
        check = default;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text))
        {
            return false;
        }

        UnitFields fields = new(text);
        ReadOnlySpan<byte> word = fields.Next();
        int kind = 0;
        while (kind < Words.Length && !word.SequenceEqual(Words[kind]))
        {
            kind++;
        }

        if (kind == Words.Length
            || !TryParseFields((TransferUnitKind)kind, ref fields, out TransferUnit parsed, out check)
            || !fields.IsAtEnd
            || parsed.First > parsed.Last
            || (parsed.Kind != TransferUnitKind.Data && check.Length != FileLimits.CheckLength))
        {
            check = default;
            return false;
        }

        result = parsed;
        return true;
    }

    /// <summary>Writes the text of a unit without its check.</summary>
    /// <param name="text">Takes the text; 64 bytes are enough.</param>
    /// <returns>Bytes of text.</returns>
    public int WriteText(Span<byte> text)
    {
        UnitWriter writer = new(text);
        writer.Append(Words[(int)Kind]);
        writer.Append(" "u8);
        writer.Append(First);
        if (Kind is TransferUnitKind.Want or TransferUnitKind.Prove or TransferUnitKind.Have or TransferUnitKind.Nak or TransferUnitKind.Done)
        {
            writer.Append(" "u8);
            writer.Append(Last);
        }

        if (Kind is TransferUnitKind.Resume or TransferUnitKind.Data or TransferUnitKind.Ack or TransferUnitKind.Again)
        {
            writer.Append(" "u8);
            writer.Append(Offset);
        }

        if (Kind is TransferUnitKind.Data or TransferUnitKind.Named)
        {
            writer.Append(" "u8);
            writer.Append(Length);
        }

        if (Kind is TransferUnitKind.Have or TransferUnitKind.Done)
        {
            writer.Append(" "u8);
            writer.Append(AcknowledgementLevels.GetWord(Level));
        }
        else if (Kind is TransferUnitKind.Nak or TransferUnitKind.Skip)
        {
            writer.Append(" "u8);
            writer.Append(FileWords.Of(Code));
        }
        else if (IsChanged)
        {
            Debug.Assert(Kind == TransferUnitKind.Want);
            writer.Append(" changed"u8);
        }

        return writer.Length;
    }

    private static bool TryParseFields(
        TransferUnitKind kind, scoped ref UnitFields fields, out TransferUnit unit, out ReadOnlySpan<byte> check)
    {
        unit = default;
        check = default;
        if (!fields.TryNextNumber(default, FileLimits.EntryDigits, out long first))
        {
            return false;
        }

        long last = first;
        long offset = 0;
        long length = 0;
        RefusalCode code = default;
        AcknowledgementLevel level = default;
        bool isChanged = false;
        bool isGood = kind switch
        {
            TransferUnitKind.Want => fields.TryNextNumber(default, FileLimits.EntryDigits, out last),
            TransferUnitKind.Prove => fields.TryNextNumber(default, FileLimits.EntryDigits, out last),
            TransferUnitKind.Have or TransferUnitKind.Done => fields.TryNextNumber(default, FileLimits.EntryDigits, out last)
                && AcknowledgementLevels.TryParse(fields.Next(), out level),
            TransferUnitKind.Nak => fields.TryNextNumber(default, FileLimits.EntryDigits, out last)
                && FileWords.TryParse(fields.Next(), out code),
            TransferUnitKind.Skip => FileWords.TryParse(fields.Next(), out code),
            TransferUnitKind.Data => fields.TryNextNumber(default, FileLimits.SizeDigits, out offset)
                && fields.TryNextNumber(default, FileLimits.SizeDigits, out length) && length <= ChunkSize.Max,
            TransferUnitKind.Named => fields.TryNextNumber(default, FileLimits.SizeDigits, out length)
                && length is > 0 and <= FileLimits.MaxPathBytes,
            TransferUnitKind.Proof => true,
            _ => fields.TryNextNumber(default, FileLimits.SizeDigits, out offset),
        };
        if (!isGood)
        {
            return false;
        }

        if (kind != TransferUnitKind.Data)
        {
            check = fields.Next();
            if (kind == TransferUnitKind.Want && check.SequenceEqual("changed"u8))
            {
                isChanged = true;
                check = fields.Next();
            }
        }

        unit = new TransferUnit
        {
            Kind = kind,
            First = (int)first,
            Last = (int)last,
            Offset = offset,
            Length = (int)length,
            Code = code,
            Level = level,
            IsChanged = isChanged,
        };
        return true;
    }
}
