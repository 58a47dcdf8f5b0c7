using System.Text;

namespace Aldis.Protocols.Framing;

/// <summary>What a client that speaks without units is told where a token is required: <c>Refused: a token is required…</c>, as text.</summary>
internal static class TokenRefusal
{
    /// <summary>Fewer bytes than these tell nothing.</summary>
    public const int LeastBytes = 10;

    private static ReadOnlySpan<byte> Beginning => "Refused: a token is required"u8;

    /// <summary>Whether an answer is one.</summary>
    /// <param name="answer">Its beginning, as much as came.</param>
    public static bool Is(ReadOnlySpan<byte> answer) => answer.Length >= LeastBytes && Begins(answer);

    /// <summary>Whether an answer may become one.</summary>
    /// <param name="answer">Its beginning, as much as came.</param>
    public static bool Begins(ReadOnlySpan<byte> answer)
    {
        int length = Math.Min(answer.Length, Beginning.Length);
        return answer[..length].SequenceEqual(Beginning[..length]);
    }

    /// <summary>Writes one.</summary>
    /// <param name="reason">Why, from <c>a token is required</c> on.</param>
    public static byte[] Of(string reason) => Encoding.UTF8.GetBytes("Refused: " + reason);
}
