using System.Buffers;

namespace Aldis.Journal.Stores;

/// <summary>Appends a payload that lies in several pieces, for appenders that take it in one.</summary>
internal static class WholePayload
{
    /// <summary>Appends it.</summary>
    /// <param name="appender">Takes it in one piece.</param>
    /// <param name="sequence">The client's number for it.</param>
    /// <param name="payload">The payload.</param>
    /// <param name="maxMessageBytes">Longest payload the appender takes: a longer one is not put together.</param>
    /// <returns>What the appender says.</returns>
    public static AppendStatus TryAppend(IMessageAppender appender, long sequence, in ReadOnlySequence<byte> payload, int maxMessageBytes)
    {
        if (payload.IsSingleSegment || payload.Length > maxMessageBytes)
        {
            return payload.IsSingleSegment ? appender.TryAppend(sequence, payload.FirstSpan) : AppendStatus.TooLarge;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent((int)payload.Length);
        try
        {
            payload.CopyTo(rented);
            return appender.TryAppend(sequence, rented.AsSpan(0, (int)payload.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
