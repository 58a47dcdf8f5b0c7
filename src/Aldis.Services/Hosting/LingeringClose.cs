using System.IO.Pipelines;

namespace Aldis.Services.Hosting;

/// <summary>
/// Closing a TCP socket while unread bytes lie in its receive queue makes the system send a reset, and a reset can destroy the answer
/// that is still on its way. A server that refuses and closes therefore takes in, for a moment, what the client had under way.
/// </summary>
internal static class LingeringClose
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(2);

    /// <summary>Reads and discards until the client closes, is quiet for 100 ms, or 2 s have passed.</summary>
    /// <param name="input">The connection's input; nothing else reads it any more.</param>
    /// <param name="time">The clock.</param>
    /// <returns>A task that ends when the connection may be closed.</returns>
    public static async Task DrainAsync(PipeReader input, TimeProvider time)
    {
        using ITimer wake = time.CreateTimer(static state => ((PipeReader)state!).CancelPendingRead(), input, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        long began = time.GetTimestamp();
        while (time.GetElapsedTime(began) < AtMost)
        {
            wake.Change(Quiet, Timeout.InfiniteTimeSpan);
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || (read.IsCanceled && read.Buffer.IsEmpty))
            {
                return;
            }
        }
    }
}
