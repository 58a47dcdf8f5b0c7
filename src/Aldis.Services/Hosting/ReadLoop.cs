using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Hosting;

/// <summary>
/// The loop of the conversations without frames: read what has arrived, answer, flush, until the client finished writing. While a
/// client does not read its answers the flush waits and nothing more is read from it.
/// </summary>
internal static class ReadLoop
{
    public static async Task RunAsync<TResponder>(ConnectionContext context, ServedConnection served, TResponder responder)
        where TResponder : IReadResponder
    {
        PipeReader input = context.Transport.Input;
        PipeWriter output = context.Transport.Output;
        while (served.Stop == StopCause.None)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> received = read.Buffer;
            if (!received.IsEmpty)
            {
                served.Progressed();
                FlushResult flush = await responder.RespondAsync(received, output).ConfigureAwait(false);
                input.AdvanceTo(received.End);
                served.Progressed();
                if (flush.IsCompleted)
                {
                    served.EndBecause(AnswerFlush.GoneEarly);
                    return;
                }

                if (flush.IsCanceled)
                {
                    // A part of the answer may be missing, and an end in order would call it whole.
                    context.Abort(new ConnectionAbortedException("The client did not read its answer."));
                    return;
                }
            }
            else
            {
                input.AdvanceTo(received.End);
            }

            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>Sends what has arrived back, without copying it into the output first.</summary>
    public static ValueTask<FlushResult> ReturnAsync(in ReadOnlySequence<byte> received, PipeWriter output) =>
        received.IsSingleSegment ? output.WriteAsync(received.First) : ReturnSegmentsAsync(received, output);

    private static async ValueTask<FlushResult> ReturnSegmentsAsync(ReadOnlySequence<byte> received, PipeWriter output)
    {
        FlushResult flush = default;
        foreach (ReadOnlyMemory<byte> segment in received)
        {
            flush = await output.WriteAsync(segment).ConfigureAwait(false);
            if (flush.IsCompleted || flush.IsCanceled)
            {
                break;
            }
        }

        return flush;
    }
}
