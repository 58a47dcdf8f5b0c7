using Aldis.Protocols.Framing;

namespace Aldis.Services.Native;

/// <summary>
/// Decides which peer may be which client of a native conversation. It is asked when the preface has come; where it answers
/// <see cref="ClientVerdict.TokenRequired"/>, once more when the token has. Only a client that is allowed may take over what is kept
/// under its id. Asked by many connections at once; not about a peer whose certificate names other clients, which is refused before.
/// </summary>
public interface IClientPolicy
{
    /// <summary>Decides about a claim.</summary>
    /// <param name="claim">Who says to be whom.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends first: 10 s after the preface's first byte at the latest
    /// (<see cref="Hosting.ConnectionLimits.UnitTimeout"/>).</param>
    /// <returns>The verdict. To require a token again, or to refuse, once one was shown means that it was a wrong one.</returns>
    ValueTask<ClientVerdict> DecideAsync(ClientClaim claim, CancellationToken cancellationToken);

    /// <summary>Decides about a peer that speaks a plain form, which has no id and shows no token.</summary>
    /// <param name="claim">Who it is, without <see cref="ClientClaim.Client"/> and <see cref="ClientClaim.Token"/>.</param>
    /// <param name="cancellationToken">Cancelled when the connection ends first.</param>
    /// <returns>Only <see cref="ClientVerdict.Allowed"/>, which it is if left out, lets it in.</returns>
    ValueTask<ClientVerdict> DecidePlainAsync(ClientClaim claim, CancellationToken cancellationToken) => new(ClientVerdict.Allowed);
}
