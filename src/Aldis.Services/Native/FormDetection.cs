using System.IO.Pipelines;
using Aldis.Protocols.Framing;
using Aldis.Services.Hosting;

namespace Aldis.Services.Native;

/// <summary>Tells which form of a conversation a connection speaks, where a native and a plain one share an address.</summary>
internal static class FormDetection
{
    /// <summary>Tells the form from the first bytes, and leaves them in the pipe.</summary>
    /// <param name="input">The connection's input; nothing was read from it yet.</param>
    /// <param name="served">The connection.</param>
    /// <returns><see cref="StreamForm.NeedMore"/> where the connection ended before it said anything.</returns>
    public static async Task<StreamForm> DetectAsync(PipeReader input, ServedConnection served)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync().ConfigureAwait(false);
            if (served.Stop.IsGentle() || served.Stop == StopCause.Idle || (read.IsCompleted && read.Buffer.IsEmpty))
            {
                input.AdvanceTo(read.Buffer.End);
                return StreamForm.NeedMore;
            }

            StreamForm form = PrefaceDetector.Detect(read.Buffer, read.IsCompleted || served.Stop == StopCause.UnitIncomplete);
            if (form != StreamForm.NeedMore)
            {
                // Whoever reads on sees the stream from its first byte; a header's time goes on running.
                input.AdvanceTo(read.Buffer.Start);
                served.Resume();
                return form;
            }

            if (!read.Buffer.IsEmpty)
            {
                served.UnitBegan();
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
