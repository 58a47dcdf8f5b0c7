using System.Text;

namespace Aldis.Protocols.Framing;

/// <summary>
/// Recognises, by the first bytes of an answer, the servers at whose ports a plain text most often ends by mistake, so that their answer
/// is not taken for a reply.
/// </summary>
internal static class ForeignSpeech
{
    // RFC 8446 section 5.1: alert(21), handshake(22), then a version that begins with 3.
    private const byte TlsAlert = 21;
    private const byte TlsHandshake = 22;
    private const byte TlsMajorVersion = 3;

    /// <summary>What an answer is the beginning of.</summary>
    /// <param name="answer">The beginning of the answer, or all that came so far.</param>
    /// <returns>What the server speaks and what to do, as a sentence; null where it is none of these, or too short to tell.</returns>
    public static string? Describe(ReadOnlySpan<byte> answer) => answer switch
    {
        [TlsAlert or TlsHandshake, TlsMajorVersion, <= 4, ..] => "It speaks TLS: write tls:// before the address.",
        _ when answer.StartsWith("HTTP/"u8) => "It speaks HTTP: is the port right?",
        _ when answer.StartsWith("ALDIS/1 "u8) || IsPlainMessages(answer) =>
            "It is a messages server: 'aldis send' speaks with it.",
        _ => null,
    };

    /// <summary>The plain form of messages: a length in 64 bytes, padded with spaces (docs/protocols/messages.md).</summary>
    private static bool IsPlainMessages(ReadOnlySpan<byte> answer)
    {
        const int HeaderLength = 64;
        if (answer.Length < HeaderLength)
        {
            return false;
        }

        ReadOnlySpan<byte> header = answer[..HeaderLength];
        return Ascii.IsValid(header) && header.TrimEnd((byte)' ') is { Length: > 0 and < 8 } digits && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }
}
