using System.Buffers;
using System.IO.Pipelines;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Echo;

/// <summary>
/// The stream echo (RFC 862): every byte comes back in order until the client half-closes; then what is left is sent and the
/// connection is closed.
/// </summary>
internal sealed class EchoHandler : ConnectionHandler
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection) =>
        ReadLoop.RunAsync(connection, ServedConnection.Of(connection), default(Responder));

    private readonly struct Responder : IReadResponder
    {
        public ValueTask<FlushResult> RespondAsync(in ReadOnlySequence<byte> received, PipeWriter output) =>
            ReadLoop.ReturnAsync(received, output);
    }
}
