using System.Buffers;
using System.IO.Pipelines;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Exchange;

/// <summary>
/// The interactive exchange: what the client says is shown and sent back, until the client closes. Messages have no terminator and
/// are at most 1,024 bytes in the lab form; longer ones are sent back too.
/// </summary>
internal sealed class ExchangeHandler : ConnectionHandler
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = ServedConnection.Of(connection);
        return ReadLoop.RunAsync(connection, served, new Responder(served));
    }

    private sealed class Responder(ServedConnection served) : IReadResponder
    {
        private readonly TextFeed _feed = new(served);

        public ValueTask<FlushResult> RespondAsync(in ReadOnlySequence<byte> received, PipeWriter output)
        {
            _feed.Publish(received);
            return ReadLoop.ReturnAsync(received, output);
        }
    }
}
