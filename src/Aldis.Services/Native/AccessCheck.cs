using Aldis.Protocols.Access;
using Aldis.Protocols.Framing;
using Aldis.Services.Events;
using Aldis.Services.Hosting;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Native;

/// <summary>Asks a policy about what comes after, or without, a preface: the plain forms, and what a known client wants to do.</summary>
internal static class AccessCheck
{
    /// <summary>What is told where a policy does not say why.</summary>
    private static readonly ConnectionEnd NotAllowed = new(ServiceEventCause.PrefaceToken, "a token is required, and this form shows none");

    /// <summary>Decides about a peer that speaks a plain form.</summary>
    /// <param name="policy">The policy; everybody may if null.</param>
    /// <param name="context">The connection.</param>
    /// <param name="served">Its companion.</param>
    /// <param name="service">The conversation.</param>
    /// <returns>Null where it may speak; otherwise why not.</returns>
    public static async ValueTask<ConnectionEnd?> RefusePlainAsync(
        IClientPolicy? policy, ConnectionContext context, ServedConnection served, string service)
    {
        if (policy is null)
        {
            return null;
        }

        var claim = ClientClaim.Of(context, served, service, string.Empty, token: default, ClientRights.Send);
        try
        {
            ClientVerdict verdict = await policy.DecidePlainAsync(claim, served.Stopping).ConfigureAwait(false);
            return verdict == ClientVerdict.Allowed ? null : served.Denial ?? NotAllowed;
        }
        catch (OperationCanceledException) when (served.Stop != StopCause.None)
        {
            return ConnectionEnd.Of(served.Stop);
        }
    }
}
