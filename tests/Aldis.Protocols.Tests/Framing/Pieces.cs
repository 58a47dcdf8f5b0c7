using System.Buffers;
using System.Text;

namespace Aldis.Protocols.Tests.Framing;

/// <summary>Makes sequences of several segments, as a pipe hands them over.</summary>
internal static class Pieces
{
    public static ReadOnlySequence<byte> Of(params string[] pieces) =>
        Of(pieces.Select(Encoding.Latin1.GetBytes).ToArray());

    public static ReadOnlySequence<byte> Of(params byte[][] pieces)
    {
        if (pieces.Length == 0)
        {
            return ReadOnlySequence<byte>.Empty;
        }

        Segment first = new(pieces[0], 0);
        Segment last = first;
        foreach (byte[] piece in pieces.AsSpan(1))
        {
            last = last.Append(piece);
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long runningIndex)
        {
            Memory = bytes;
            RunningIndex = runningIndex;
        }

        public Segment Append(byte[] bytes)
        {
            Segment next = new(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
