using System.Collections.Concurrent;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Services.Native;

namespace Aldis.Services.Tests.Native;

/// <summary>A policy that answers as it is told and keeps what it was asked.</summary>
internal sealed class RecordingPolicy(Func<ClientClaim, CancellationToken, ValueTask<ClientVerdict>> decide) : IClientPolicy
{
    public ConcurrentQueue<ClientClaim> Claims { get; } = [];

    /// <summary>One that lets in who shows a token.</summary>
    public static RecordingPolicy Requiring(string token, ClientVerdict otherwise = ClientVerdict.TokenRequired) =>
        new((claim, _) => new(claim.HasToken(token) ? ClientVerdict.Allowed
            : claim.Token.IsEmpty ? ClientVerdict.TokenRequired : otherwise));

    /// <summary>What was asked, as text: client and token.</summary>
    public IEnumerable<string> Asked => Claims.Select(claim => $"{claim.Client}:{Encoding.ASCII.GetString(claim.Token.Span)}");

    public ValueTask<ClientVerdict> DecideAsync(ClientClaim claim, CancellationToken cancellationToken)
    {
        Claims.Enqueue(claim);
        return decide(claim, cancellationToken);
    }
}
