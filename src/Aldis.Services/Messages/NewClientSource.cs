using System.Text;
using Aldis.Protocols.Fairness;

namespace Aldis.Services.Messages;

/// <summary>Who brings a client id: what new ids are counted by (<see cref="NewClientQuota"/>).</summary>
/// <param name="Network">The client's address, or whom it counts as one with.</param>
/// <param name="Token">The token that was required and is right; null where none was.</param>
internal readonly record struct NewClientSource(NetworkKey Network, string? Token)
{
    /// <summary>The source of a connection.</summary>
    /// <param name="network">Its peer's network.</param>
    /// <param name="token">The token that was required; empty where none was.</param>
    public static NewClientSource Of(NetworkKey network, ReadOnlyMemory<byte> token) =>
        new(network, token.IsEmpty ? null : Encoding.ASCII.GetString(token.Span));
}
