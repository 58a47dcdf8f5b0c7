using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Messages;

/// <summary>A server's answer to a preface: <c>ALDIS/1 last=seq level max window</c> (docs/protocols/messages.md section 3.3).</summary>
/// <param name="Last">Highest number that is safe for this client; 0 for a new one. It is an acknowledgement.</param>
/// <param name="Level">What every acknowledgement of this server says.</param>
/// <param name="MaxLength">Most payload bytes of a message.</param>
/// <param name="Window">Most messages that may be outstanding, <see cref="MessageLimits.MinWindow"/> to
/// <see cref="MessageLimits.MaxWindow"/>.</param>
internal readonly record struct ServerHello(long Last, AcknowledgementLevel Level, long MaxLength, int Window)
{
    private static ReadOnlySpan<byte> LastField => "last="u8;

    /// <summary>Reads the answer to a preface.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="hello">Where the server stands; the default unless the result is <see cref="HelloStatus.Hello"/>.</param>
    /// <param name="error">Why it turns the client away; <see cref="PrefaceError.None"/> unless the result is
    /// <see cref="HelloStatus.Error"/>.</param>
    /// <returns>What it is.</returns>
    public static HelloStatus Parse(ReadOnlySpan<byte> unit, out ServerHello hello, out PrefaceError error)
    {
        hello = default;
        error = PrefaceError.None;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) || !text.StartsWith(PrefaceDetector.Prefix))
        {
            return HelloStatus.Unknown;
        }

        ReadOnlySpan<byte> rest = text[PrefaceDetector.Prefix.Length..];
        if (rest.StartsWith(PrefaceErrors.Field))
        {
            error = PrefaceErrors.Parse(rest[PrefaceErrors.Field.Length..]);
            return error == PrefaceError.None ? HelloStatus.Unknown : HelloStatus.Error;
        }

        if (!rest.StartsWith(LastField))
        {
            return HelloStatus.Echo;
        }

        UnitFields fields = new(rest);
        if (!fields.TryNextNumber(LastField, MessageLimits.SequenceDigits, out long last)
            || !AcknowledgementLevels.TryParse(fields.Next(), out AcknowledgementLevel level)
            || !fields.TryNextNumber(default, MessageLimits.LengthDigits, out long maxLength)
            || !fields.TryNextNumber(default, MessageLimits.WindowDigits, out long window)
            || window is < MessageLimits.MinWindow or > MessageLimits.MaxWindow
            || !fields.IsAtEnd)
        {
            return HelloStatus.Unknown;
        }

        hello = new ServerHello(last, level, maxLength, (int)window);
        return HelloStatus.Hello;
    }

    /// <summary>Writes the hello.</summary>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public void Write(Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(PrefaceDetector.Prefix);
        writer.Append(LastField);
        writer.Append(Last);
        writer.Append(" "u8);
        writer.Append(AcknowledgementLevels.GetWord(Level));
        writer.Append(" "u8);
        writer.Append(MaxLength);
        writer.Append(" "u8);
        writer.Append(Window);
        writer.Complete();
    }
}
