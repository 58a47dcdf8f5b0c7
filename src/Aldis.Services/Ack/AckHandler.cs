using System.Buffers;
using System.IO.Pipelines;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Ack;

/// <summary>
/// The stop-and-wait exchange: text in, <c>ACK received</c> out, once for each read of whatever has arrived, or once for each newline.
/// Text has no terminator; the client waits for each answer.
/// </summary>
/// <param name="options">How often to answer.</param>
internal sealed class AckHandler(AckOptions? options = null) : ConnectionHandler
{
    /// <summary>The answer: 12 bytes, without terminator.</summary>
    public static ReadOnlySpan<byte> Answer => "ACK received"u8;

    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = ServedConnection.Of(connection);
        return ReadLoop.RunAsync(connection, served, new Responder(served, options?.PerLine ?? false));
    }

    private sealed class Responder(ServedConnection served, bool perLine) : IReadResponder
    {
        private readonly TextFeed _feed = new(served);

        public ValueTask<FlushResult> RespondAsync(in ReadOnlySequence<byte> received, PipeWriter output)
        {
            _feed.Publish(received);
            for (long answers = perLine ? CountNewlines(received) : 1; answers > 0; answers--)
            {
                output.Write(Answer);
            }

            return output.FlushAsync();
        }

        private static long CountNewlines(in ReadOnlySequence<byte> received)
        {
            long count = 0;
            foreach (ReadOnlyMemory<byte> segment in received)
            {
                count += segment.Span.Count((byte)'\n');
            }

            return count;
        }
    }
}
