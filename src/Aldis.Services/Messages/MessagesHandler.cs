using System.Buffers;
using System.IO.Pipelines;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Transports.Listening;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Messages;

/// <summary>
/// Takes length-framed messages in the plain form (docs/protocols/messages.md section 2) and answers each when it has reached the
/// server's level. The level is <c>received</c>: parsed, not stored.
/// </summary>
/// <param name="options">Bounds; the defaults if left out.</param>
public sealed class MessagesHandler(MessagesOptions? options = null) : ConnectionHandler
{
    private readonly MessagesOptions _options = options ?? new MessagesOptions();

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = ServedConnection.Of(connection);
        PipeReader input = connection.Transport.Input;
        PipeWriter output = connection.Transport.Output;
        var reader = new PlainMessageReader(_options.MaxMessageBytes);
        while (true)
        {
            ReadResult read = await input.ReadAsync();
            if (MustStop(served, reader))
            {
                return;
            }

            ReadOnlySequence<byte> received = read.Buffer;
            PlainReadStatus status = Answer(reader, ref received, output, served, out bool disconnected);
            input.AdvanceTo(received.Start, received.End);
            if (!read.Buffer.IsEmpty)
            {
                served.Progressed();
            }

            if (output.UnflushedBytes > 0)
            {
                FlushResult flush = await output.FlushAsync();
                served.Progressed();
                if (flush.IsCompleted)
                {
                    return;
                }
            }

            if (status == PlainReadStatus.Refused)
            {
                await LingeringClose.DrainAsync(input, TimeProvider.System);
                return;
            }

            if (disconnected || read.IsCompleted)
            {
                return;
            }

            if (reader.AwaitsPayload)
            {
                QuickAcknowledgement.Request(connection);
            }
        }
    }

    private static bool MustStop(ServedConnection served, PlainMessageReader reader) => served.Stop switch
    {
        StopCause.None => false,
        StopCause.Draining => !reader.IsInsideHeader && !reader.AwaitsPayload,
        _ => true,
    };

    /// <summary>Answers every whole message in what has arrived.</summary>
    private PlainReadStatus Answer(
        PlainMessageReader reader, ref ReadOnlySequence<byte> received, PipeWriter output, ServedConnection served, out bool disconnected)
    {
        disconnected = false;
        while (true)
        {
            PlainReadStatus status = reader.Read(ref received, out ReadOnlySequence<byte> payload);
            switch (status)
            {
                case PlainReadStatus.Message:
                    served.UnitEnded();
                    disconnected = IsDisconnect(payload);
                    output.Write(PlainResponse.Received.Span);
                    if (served.Events.IsObserved)
                    {
                        served.Publish(ServiceEventKind.MessageReceived, payload.Length, Shown(payload, served));
                    }

                    if (disconnected)
                    {
                        return status;
                    }

                    break;
                case PlainReadStatus.Refused:
                    served.UnitEnded();
                    string reason = PlainHeader.Describe(reader.Refusal, _options.MaxMessageBytes);
                    output.Write(PlainResponse.Refused(reason).Span);
                    served.CloseReason = "refused: " + reason;
                    served.Publish(ServiceEventKind.MessageRefused, detail: reason);
                    return status;
                default:
                    if (reader.IsInsideHeader)
                    {
                        served.UnitBegan();
                    }
                    else
                    {
                        served.UnitEnded();
                    }

                    return status;
            }
        }
    }

    private static bool IsDisconnect(in ReadOnlySequence<byte> payload)
    {
        if (payload.Length != PlainResponse.Disconnect.Length)
        {
            return false;
        }

        Span<byte> text = stackalloc byte[PlainResponse.Disconnect.Length];
        payload.CopyTo(text);
        return text.SequenceEqual(PlainResponse.Disconnect);
    }

    private static byte[] Shown(in ReadOnlySequence<byte> payload, ServedConnection served) =>
        served.Events.ShowsPayload ? payload.Slice(0, Math.Min(payload.Length, PrintableText.DisplayLimitBytes)).ToArray() : [];
}
