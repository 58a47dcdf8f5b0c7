using System.Text;
using Aldis.Journal.Stores;
using Aldis.Protocols.Access;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Aldis.Services.Native;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Messages;

/// <summary>
/// Takes length-framed messages from many clients and acknowledges each when it has reached the store's level, in the form that the
/// client's first bytes choose: native with a preface, plain otherwise (docs/protocols/messages.md).
/// </summary>
/// <param name="store">Where messages are kept.</param>
/// <param name="policy">Says which peer may be which native client; everyone may be everyone if left out.</param>
internal sealed class MessagesHandler(MessageStore store, IClientPolicy? policy = null) : ConnectionHandler, IStoreOwner
{
    private static readonly string Service = Encoding.ASCII.GetString(MessageSession.Service);

    private readonly IClientPolicy _policy = policy ?? EveryClient.Instance;

    /// <inheritdoc/>
    Task<string> IStoreOwner.StoreFailed => store.Failed;

    /// <inheritdoc/>
    string? IStoreOwner.StoreProblem => store.Store.Problem;

    /// <inheritdoc/>
    IAcknowledgementTimes? IStoreOwner.AcknowledgementTimes => store.Store as IAcknowledgementTimes;

    /// <inheritdoc/>
    IStoreFigures? IStoreOwner.Figures => store.Store as IStoreFigures;

    /// <inheritdoc/>
    IDatabaseStore? IStoreOwner.Database => store.Store as IDatabaseStore;

    /// <inheritdoc/>
    AcknowledgementLevel? IStoreOwner.Level => store.Level;

    /// <inheritdoc/>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var served = ServedConnection.Of(connection);
        switch (await FormDetection.DetectAsync(connection.Transport.Input, served).ConfigureAwait(false))
        {
            case StreamForm.Native:
                await ServeNativeAsync(connection, served).ConfigureAwait(false);
                break;
            case StreamForm.Plain when await AccessCheck.RefusePlainAsync(policy, connection, served, Service).ConfigureAwait(false) is { } why:
                await PlainConnection.RefuseAsync(connection, served, why).ConfigureAwait(false);
                break;
            case StreamForm.Plain:
                await ServePlainAsync(connection, served).ConfigureAwait(false);
                break;
            default:
                break;
        }
    }

    private async Task ServePlainAsync(ConnectionContext connection, ServedConnection served)
    {
        MessageQuota quota = store.Quotas.Enter(served.Network, null, served.Limits);
        try
        {
            await PlainConnection.RunAsync(connection, served, store.Store, quota).ConfigureAwait(false);
        }
        finally
        {
            store.Quotas.Leave(quota, served.Now);
        }
    }

    private async Task ServeNativeAsync(ConnectionContext connection, ServedConnection served)
    {
        var handshake = new NativeHandshake(connection, served, Service, _policy, ServiceEventKind.MessageRefused, ClientRights.Send);
        HandshakeEnd end = await handshake.RunAsync().ConfigureAwait(false);
        if (end == HandshakeEnd.Undecided)
        {
            ServerUnit.Refuse(0, NakCode.ShuttingDown).Write(connection.Transport.Output.GetSpan(ControlUnit.Size));
            connection.Transport.Output.Advance(ControlUnit.Size);
            await AnswerFlush.TryFlushAsync(connection.Transport.Output, served).ConfigureAwait(false);
        }

        if (end != HandshakeEnd.Accepted)
        {
            return;
        }

        bool isHeard;
        ClientSeat seat = store.Enter(handshake.Client);
        MessageQuota quota = store.Quotas.Enter(served.Network, handshake.Client, served.Limits);
        try
        {
            var source = NewClientSource.Of(served.Network, handshake.Token);
            isHeard = await new NativeConnection(connection, served, store, seat, source, quota).RunAsync().ConfigureAwait(false);
        }
        finally
        {
            store.Quotas.Leave(quota, served.Now);
            store.Leave(seat);
        }

        if (isHeard)
        {
            await LingeringClose.DrainAsync(connection.Transport.Input, TimeProvider.System).ConfigureAwait(false);
        }
    }
}
