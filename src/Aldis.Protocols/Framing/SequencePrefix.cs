using System.Buffers;

namespace Aldis.Protocols.Framing;

/// <summary>Compares the beginning of a stream, split anywhere, with an expected text.</summary>
internal static class SequencePrefix
{
    public static PrefixMatch Match(in ReadOnlySequence<byte> received, ReadOnlySpan<byte> expected)
    {
        foreach (ReadOnlyMemory<byte> segment in received)
        {
            int common = segment.Span.CommonPrefixLength(expected);
            if (common == expected.Length)
            {
                return PrefixMatch.Whole;
            }

            if (common < segment.Length)
            {
                return PrefixMatch.Different;
            }

            expected = expected[common..];
        }

        return PrefixMatch.Partial;
    }
}
