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
            ReadResult read = await input.ReadAsync();
            ReadOnlySequence<byte> received = read.Buffer;
            if (!received.IsEmpty)
            {
                served.Progressed();
                responder.Respond(received, output);
                input.AdvanceTo(received.End);
                FlushResult flush = await output.FlushAsync();
                served.Progressed();
                if (flush.IsCompleted)
                {
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
}
