using System.Buffers;
using System.IO.Pipelines;
using Aldis.Protocols.Text;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Exchange;

/// <summary>
/// The interactive exchange: what the client says is shown and sent back, until the client closes. Messages have no terminator and
/// are at most 1,024 bytes in the lab form; longer ones are sent back too.
/// </summary>
public sealed class ExchangeHandler : ConnectionHandler
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = ServedConnection.Of(connection);
        return ReadLoop.RunAsync(connection, served, new Responder(served));
    }

    private sealed class Responder(ServedConnection served) : IReadResponder
    {
        private readonly WholeCharacters? _shown = served.Events.ShowsPayload ? new WholeCharacters() : null;

        public ValueTask<FlushResult> RespondAsync(in ReadOnlySequence<byte> received, PipeWriter output)
        {
            if (served.Events.IsObserved)
            {
                byte[] payload = _shown?.Take(received, PrintableText.DisplayLimitBytes) ?? [];
                served.Publish(ServiceEventKind.TextReceived, received.Length, payload);
            }

            return ReadLoop.ReturnAsync(received, output);
        }
    }
}
