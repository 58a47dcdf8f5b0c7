namespace Aldis.Protocols.Load;

/// <summary>What a reader made of bytes that came.</summary>
/// <param name="Answers">Requests that they answer; 0 or more.</param>
/// <param name="Failure">What is wrong with them; null where nothing is.</param>
/// <param name="Text">What was said in place of an answer, printable; empty where nothing is wrong.</param>
/// <param name="Next">What is to be said before the first request, because the peer asks for it; mostly nothing.</param>
internal readonly record struct LoadReply(
    long Answers, LoadFailure? Failure = null, string Text = "", ReadOnlyMemory<byte> Next = default)
{
    private const int ShownBytes = 60;

    /// <summary>Bytes that answer nothing.</summary>
    /// <param name="failure">What that means.</param>
    /// <param name="bytes">The bytes, from the first that is wrong.</param>
    public static LoadReply Wrong(LoadFailure failure, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> shown = bytes[..Math.Min(bytes.Length, ShownBytes)];
        return new LoadReply(0, failure, string.Create(shown.Length, shown, static (text, shown) =>
        {
            for (int i = 0; i < shown.Length; i++)
            {
                text[i] = shown[i] is >= (byte)' ' and <= (byte)'~' ? (char)shown[i] : '.';
            }
        }).Trim());
    }
}
