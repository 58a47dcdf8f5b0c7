using System.IO.Pipelines;
using Aldis.Protocols.Framing;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Messages;

/// <summary>
/// Takes length-framed messages from many clients and acknowledges each when it has reached the store's level, in the form that the
/// client's first bytes choose: native with a preface, plain otherwise (docs/protocols/messages.md).
/// </summary>
/// <param name="store">Where messages are kept.</param>
public sealed class MessagesHandler(MessageStore store) : ConnectionHandler
{
    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = ServedConnection.Of(connection);
        switch (await DetectAsync(connection.Transport.Input, served))
        {
            case StreamForm.Native:
                await new NativeConnection(connection, served, store).RunAsync();
                break;
            case StreamForm.Plain:
                await new PlainConnection(connection, served, store).RunAsync();
                break;
            default:
                break;
        }
    }

    /// <summary>Tells the form from the first bytes, and leaves them in the pipe.</summary>
    /// <returns><see cref="StreamForm.NeedMore"/> where the connection ended before it said anything.</returns>
    private static async Task<StreamForm> DetectAsync(PipeReader input, ServedConnection served)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            if (served.Stop is StopCause.Draining or StopCause.Idle || (read.IsCompleted && read.Buffer.IsEmpty))
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
