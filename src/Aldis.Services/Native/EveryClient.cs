using Aldis.Protocols.Framing;

namespace Aldis.Services.Native;

/// <summary>The policy where none is given: every peer may be every client, and no token is read.</summary>
internal sealed class EveryClient : IClientPolicy
{
    public static EveryClient Instance { get; } = new();

    public ValueTask<ClientVerdict> DecideAsync(ClientClaim claim, CancellationToken cancellationToken) => new(ClientVerdict.Allowed);
}
