using System.Buffers;
using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Files;

/// <summary>
/// Finds where the greeting of a plain <c>files</c> stream ends and the file begins. The lab clients send the greeting and the first
/// bytes of the file in separate writes that may arrive as one read, so the known greeting is cut at its 22 bytes; of an unknown one
/// only the first read tells the end.
/// </summary>
internal static class GreetingParser
{
    /// <summary>Most bytes of a greeting that is not <see cref="Known"/>.</summary>
    public const int MaxLength = 1024;

    /// <summary>The greeting whose length is known beforehand.</summary>
    public static ReadOnlySpan<byte> Known => "Hello from the client!"u8;

    /// <summary>What the server answers, without terminator.</summary>
    public static ReadOnlySpan<byte> Answer => "Hello from the server!"u8;

    /// <summary>Decides from what has arrived. Call it after each read with the whole stream so far, until it answers.</summary>
    /// <param name="received">The stream from its first byte.</param>
    /// <param name="final">True when no more will be waited for: the stream ended, or 10 s passed since its first byte.</param>
    /// <param name="length">Bytes of the greeting, 1 to <see cref="MaxLength"/>; 0 unless the answer is
    /// <see cref="GreetingStatus.Greeting"/>.</param>
    /// <returns><see cref="GreetingStatus.NeedMore"/> while <paramref name="received"/> is a proper prefix of <see cref="Known"/> and
    /// not <paramref name="final"/>.</returns>
    public static GreetingStatus Parse(in ReadOnlySequence<byte> received, bool final, out int length)
    {
        length = 0;
        PrefixMatch match = SequencePrefix.Match(received, Known);
        if (match == PrefixMatch.Partial && !final)
        {
            return GreetingStatus.NeedMore;
        }

        if (received.IsEmpty)
        {
            return GreetingStatus.Nothing;
        }

        length = match == PrefixMatch.Whole ? Known.Length : (int)Math.Min(received.Length, MaxLength);
        return GreetingStatus.Greeting;
    }
}
