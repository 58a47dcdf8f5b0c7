using System.Buffers;

namespace Aldis.Protocols.Framing;

/// <summary>The name under which a client's messages are numbered: 1 to 32 characters of <c>A–Z a–z 0–9 . _ -</c>.</summary>
internal static class ClientId
{
    /// <summary>Most characters of an id; each is one byte on the wire.</summary>
    public const int MaxLength = 32;

    private const string Allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    private static readonly SearchValues<char> Characters = SearchValues.Create(Allowed);
    private static readonly SearchValues<byte> Bytes = SearchValues.Create([.. Allowed.Select(c => (byte)c)]);

    /// <summary>Whether a text may be an id.</summary>
    /// <param name="id">The text.</param>
    /// <returns>False if it is empty, too long or has another character.</returns>
    public static bool IsValid(ReadOnlySpan<char> id) => id.Length is > 0 and <= MaxLength && !id.ContainsAnyExcept(Characters);

    /// <inheritdoc cref="IsValid(ReadOnlySpan{char})"/>
    public static bool IsValid(ReadOnlySpan<byte> id) => id.Length is > 0 and <= MaxLength && !id.ContainsAnyExcept(Bytes);
}
