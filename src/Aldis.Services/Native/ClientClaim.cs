using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Aldis.Protocols.Access;
using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Aldis.Services.Native;

/// <summary>A peer that says to be a client, and what it has to show for it.</summary>
public sealed record ClientClaim
{
    /// <summary>The conversation, for example <c>messages</c>.</summary>
    public required string Service { get; init; }

    /// <summary>The id it claims: 1 to 32 characters of A–Z a–z 0–9 . _ -; empty in a plain form, which has none.</summary>
    public required string Client { get; init; }

    /// <summary>The peer's address as text, as events name it.</summary>
    public required string Peer { get; init; }

    /// <summary>What carries the connection.</summary>
    public required TransportScheme Transport { get; init; }

    /// <summary>The certificate the peer showed in the TLS handshake; null where it showed none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The token it showed, 1 to 58 printable ASCII bytes; empty as long as it showed none.</summary>
    public ReadOnlyMemory<byte> Token { get; init; }

    /// <summary>What it wants to do; none where it has not said yet, as with the preface of <c>files</c>: the policy is asked again then.</summary>
    public ClientRights Rights { get; init; }

    /// <summary>Whether it comes from this machine's own addresses.</summary>
    internal bool IsLoopback { get; init; }

    /// <summary>The connection, for what a policy says beside its verdict; null where there is none.</summary>
    internal ServedConnection? Connection { get; init; }

    /// <summary>Compares the token, in a time that says nothing about how much of it is right.</summary>
    /// <param name="expected">The right one.</param>
    /// <returns>False where it is another, or was not shown.</returns>
    public bool HasToken(string expected) => CryptographicOperations.FixedTimeEquals(Token.Span, Encoding.UTF8.GetBytes(expected));

    internal static ClientClaim Of(
        ConnectionContext context,
        ServedConnection served,
        string service,
        string client,
        ReadOnlyMemory<byte> token,
        ClientRights rights)
    {
        ITlsConnectionFeature? tls = context.Features.Get<ITlsConnectionFeature>();
        return new ClientClaim
        {
            Service = service,
            Client = client,
            Peer = served.Peer,
            Transport = TransportOf(context, tls is not null),
            Certificate = tls?.ClientCertificate,
            Token = token,
            Rights = rights,
            IsLoopback = context.RemoteEndPoint is IPEndPoint remote && IPAddress.IsLoopback(remote.Address),
            Connection = served,
        };
    }

    private static TransportScheme TransportOf(ConnectionContext context, bool isTls) =>
        context.Features.Get<IArqStatisticsFeature>() is not null ? (isTls ? TransportScheme.ArqTls : TransportScheme.Arq)
        : UnixTransport.Of(context) ?? (isTls ? TransportScheme.Tls : TransportScheme.Tcp);
}
