using Aldis.Protocols.Framing;

namespace Aldis.Protocols.Load;

/// <summary>Reads answers that are always the same bytes.</summary>
/// <param name="answer">The bytes of one, at least one.</param>
/// <param name="refusal">What a refusal begins with, where the conversation has one; empty where it has none.</param>
internal sealed class RepeatedReader(ReadOnlyMemory<byte> answer, ReadOnlyMemory<byte> refusal = default) : ILoadReader
{
    private int _position;

    /// <inheritdoc/>
    public bool IsReady => true;

    /// <inheritdoc/>
    public long FirstNumber => 1;

    /// <inheritdoc/>
    public int Window => int.MaxValue;

    /// <inheritdoc/>
    public LoadReply Read(ReadOnlySpan<byte> bytes, long lastNumber)
    {
        long answers = 0;
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> expected = answer.Span[_position..];
            int length = Math.Min(expected.Length, bytes.Length);
            if (!bytes[..length].SequenceEqual(expected[..length]))
            {
                if (_position == 0 && TokenRefusal.Is(bytes))
                {
                    return LoadReply.Wrong(LoadFailure.Authentication, bytes);
                }

                bool isRefusal = !refusal.IsEmpty && bytes.IndexOf(refusal.Span) >= 0;
                return LoadReply.Wrong(
                    isRefusal ? LoadFailure.Refused : LoadFailure.Garbage, isRefusal ? bytes[bytes.IndexOf(refusal.Span)..] : bytes);
            }

            bytes = bytes[length..];
            _position += length;
            if (_position == answer.Length)
            {
                _position = 0;
                answers++;
            }
        }

        return new LoadReply(answers);
    }
}
