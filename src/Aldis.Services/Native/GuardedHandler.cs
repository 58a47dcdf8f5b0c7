using System.IO.Pipelines;
using System.Text;
using Aldis.Protocols.Access;
using Aldis.Protocols.Framing;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Services.Native;

/// <summary>
/// Stands before a conversation that has no native form, where a policy says who may be which client (docs/tokens.md): a connection then
/// begins with a preface, <c>ALDIS/1 echo client=id</c>, and the token that is asked for; what follows is the conversation as ever. Whoever
/// begins otherwise and must not is told why in plain text.
/// </summary>
internal sealed class GuardedHandler : ConnectionHandler
{
    private readonly ConnectionHandler _handler;
    private readonly string _service;
    private readonly IClientPolicy _policy;

    private GuardedHandler(ConnectionHandler handler, string service, IClientPolicy policy)
    {
        _handler = handler;
        _service = service;
        _policy = policy;
    }

    /// <summary>Guards a conversation.</summary>
    /// <param name="handler">What serves whoever is let in.</param>
    /// <param name="service">The conversation's name.</param>
    /// <param name="place">Where it is served; the policy is among the services there.</param>
    /// <returns>The handler itself where there is no policy.</returns>
    public static ConnectionHandler Before(ConnectionHandler handler, string service, ConversationPlace place) =>
        place.Services.GetService<IClientPolicy>() is { } policy ? new GuardedHandler(handler, service, policy) : handler;

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = ServedConnection.Of(connection);
        bool isLetIn = await FormDetection.DetectAsync(connection.Transport.Input, served).ConfigureAwait(false) switch
        {
            StreamForm.Native => await ShakeHandsAsync(connection, served).ConfigureAwait(false),
            StreamForm.Plain => await AdmitPlainAsync(connection, served).ConfigureAwait(false),
            _ => false,
        };
        if (isLetIn)
        {
            await _handler.OnConnectedAsync(connection).ConfigureAwait(false);
        }
    }

    private async Task<bool> ShakeHandsAsync(ConnectionContext connection, ServedConnection served)
    {
        var handshake = new NativeHandshake(connection, served, _service, _policy, ServiceEventKind.MessageRefused, ClientRights.Send)
        {
            AsksForToken = true,
        };
        if (await handshake.RunAsync().ConfigureAwait(false) != HandshakeEnd.Accepted)
        {
            return false;
        }

        PipeWriter output = connection.Transport.Output;
        Preface.WriteAccepted(Encoding.ASCII.GetBytes(_service), output.GetSpan(ControlUnit.Size));
        output.Advance(ControlUnit.Size);
        return !(await output.FlushAsync().ConfigureAwait(false)).IsCompleted;
    }

    private async Task<bool> AdmitPlainAsync(ConnectionContext connection, ServedConnection served)
    {
        if (await AccessCheck.RefusePlainAsync(_policy, connection, served, _service).ConfigureAwait(false) is not { } why)
        {
            return true;
        }

        served.EndBecause(why with { Reason = "refused: " + why.Reason });
        served.Publish(ServiceEventKind.MessageRefused, detail: why.Reason, cause: why.Cause);
        _ = await connection.Transport.Output.WriteAsync(TokenRefusal.Of(why.Reason)).ConfigureAwait(false);
        await LingeringClose.DrainAsync(connection.Transport.Input, TimeProvider.System).ConfigureAwait(false);
        return false;
    }
}
