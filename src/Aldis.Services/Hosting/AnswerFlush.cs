using System.IO.Pipelines;
using Aldis.Services.Events;

namespace Aldis.Services.Hosting;

/// <summary>Sends the answers of a connection whose work goes on when the client is gone: a failure is an answer, not an exception.</summary>
internal static class AnswerFlush
{
    /// <summary>Why a connection ended whose client did not wait.</summary>
    public static readonly ConnectionEnd GoneEarly = new(ServiceEventCause.ClientGone, "it was gone before it had its answer");

    /// <summary>Flushes.</summary>
    /// <param name="output">The connection's output.</param>
    /// <param name="served">The connection.</param>
    /// <returns>False where nothing more reaches the client: it is gone, or a deadline cancelled this flush.</returns>
    public static async ValueTask<bool> TryFlushAsync(PipeWriter output, ServedConnection served)
    {
        try
        {
            FlushResult flush = await output.FlushAsync().ConfigureAwait(false);
            if (flush.IsCompleted)
            {
                served.EndBecause(served.End ?? GoneEarly);
            }

            if (flush.IsCompleted || (flush.IsCanceled && served.Stop is StopCause.Idle or StopCause.UnitIncomplete))
            {
                return false;
            }

            served.Progressed();
            return true;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            served.EndBecause(served.End ?? served.EndOf(exception));
            return false;
        }
    }
}
