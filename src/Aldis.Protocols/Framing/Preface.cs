using System.Text;

namespace Aldis.Protocols.Framing;

/// <summary>The first unit of a native connection: <c>ALDIS/1 service client=id</c> (docs/protocols/messages.md section 3.2).</summary>
internal static class Preface
{
    private static ReadOnlySpan<byte> ClientField => "client="u8;

    /// <summary>Reads a preface.</summary>
    /// <param name="unit">The 64 bytes.</param>
    /// <param name="service">The conversation spoken here, for example <c>messages</c>.</param>
    /// <param name="client">The client's id; empty unless the result is <see cref="PrefaceError.None"/>.</param>
    /// <returns>What is wrong: <see cref="PrefaceError.Service"/> if the second field is another,
    /// <see cref="PrefaceError.Client"/> if the third is not an allowed id, <see cref="PrefaceError.Version"/> for every other form,
    /// fields this version does not know included.</returns>
    public static PrefaceError Parse(ReadOnlySpan<byte> unit, ReadOnlySpan<byte> service, out string client)
    {
        client = string.Empty;
        if (!ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) || !text.StartsWith(PrefaceDetector.Prefix))
        {
            return PrefaceError.Version;
        }

        UnitFields fields = new(text[PrefaceDetector.Prefix.Length..]);
        if (!fields.TryNext(service))
        {
            return PrefaceError.Service;
        }

        ReadOnlySpan<byte> field = fields.Next();
        if (!field.StartsWith(ClientField) || !ClientId.IsValid(field[ClientField.Length..]))
        {
            return PrefaceError.Client;
        }

        if (!fields.IsAtEnd)
        {
            return PrefaceError.Version;
        }

        client = Encoding.ASCII.GetString(field[ClientField.Length..]);
        return PrefaceError.None;
    }

    /// <summary>Writes a preface.</summary>
    /// <param name="service">The conversation, for example <c>messages</c>; at most 12 bytes.</param>
    /// <param name="client">A valid client id.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    /// <exception cref="ArgumentException"><paramref name="client"/> is not a valid id.</exception>
    public static void Write(ReadOnlySpan<byte> service, string client, Span<byte> unit)
    {
        if (!ClientId.IsValid(client))
        {
            throw new ArgumentException("A client id is 1 to 32 characters of A-Z a-z 0-9 . _ -", nameof(client));
        }

        UnitWriter writer = new(unit);
        writer.Append(PrefaceDetector.Prefix);
        writer.Append(service);
        writer.Append(" "u8);
        writer.Append(ClientField);
        writer.Append(Encoding.ASCII.GetBytes(client));
        writer.Complete();
    }

    /// <summary>Whether a unit is the answer to a preface that is accepted where nothing else is to be said: <c>ALDIS/1 echo</c>.</summary>
    /// <param name="service">The conversation.</param>
    /// <param name="unit">The 64 bytes.</param>
    public static bool IsAccepted(ReadOnlySpan<byte> service, ReadOnlySpan<byte> unit) =>
        ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text) && text.StartsWith(PrefaceDetector.Prefix)
            && text[PrefaceDetector.Prefix.Length..].SequenceEqual(service);

    /// <summary>Writes that answer.</summary>
    /// <param name="service">The conversation; at most 12 bytes.</param>
    /// <param name="unit">Takes the unit; only its first 64 bytes are written.</param>
    public static void WriteAccepted(ReadOnlySpan<byte> service, Span<byte> unit)
    {
        UnitWriter writer = new(unit);
        writer.Append(PrefaceDetector.Prefix);
        writer.Append(service);
        writer.Complete();
    }
}
