using System.Buffers;
using System.Text;

namespace Aldis.Services.Clients;

/// <summary>Cuts a message that is longer than a server reads at once into pieces, at character borders.</summary>
internal static class MessagePieces
{
    /// <summary>Most bytes of a message in the lab form of <c>exchange</c>: what its server reads at once.</summary>
    public const int LabLimit = 1024;

    /// <summary>How long the next piece is.</summary>
    /// <param name="message">What is left of the message; not empty.</param>
    /// <param name="limit">Most bytes of a piece, 1 or more.</param>
    /// <returns>
    /// Bytes of the next piece, at least 1. It ends before a UTF-8 character that would not fit, except where the limit is smaller than
    /// the character itself or the bytes there are not UTF-8: then it has exactly <paramref name="limit"/> bytes.
    /// </returns>
    public static int NextLength(ReadOnlySpan<byte> message, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(message.Length, 1, nameof(message));
        if (message.Length <= limit)
        {
            return message.Length;
        }

        // A character has at most four bytes: look for one that begins in the last three of the piece and does not end there.
        for (int start = limit - 1; start >= Math.Max(1, limit - 3); start--)
        {
            if ((message[start] & 0xC0) == 0x80)
            {
                continue;
            }

            OperationStatus status = Rune.DecodeFromUtf8(message[start..], out _, out int length);
            return status == OperationStatus.Done && start + length > limit ? start : limit;
        }

        return limit;
    }
}
