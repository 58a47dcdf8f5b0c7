using System.Net;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Messages;

/// <summary>Who brings a client id: what new ids are counted by (<see cref="NewClientQuota"/>).</summary>
/// <param name="Address">The client's IPv4 address, its IPv6 network of 64 bits (a host has all of it), or <c>unix</c> for a Unix
/// socket.</param>
/// <param name="Token">The token that was required and is right; null where none was.</param>
internal readonly record struct NewClientSource(string Address, string? Token)
{
    private const int NetworkBytes = 8;

    /// <summary>The source of a connection.</summary>
    /// <param name="context">The connection.</param>
    /// <param name="token">The token that was required; empty where none was.</param>
    public static NewClientSource Of(ConnectionContext context, ReadOnlyMemory<byte> token) =>
        new(AddressOf(context.RemoteEndPoint), token.IsEmpty ? null : Encoding.ASCII.GetString(token.Span));

    /// <summary>What an address counts as.</summary>
    /// <param name="client">The client's end; null where it has none.</param>
    public static string AddressOf(EndPoint? client)
    {
        if (client is not IPEndPoint { Address: { } address })
        {
            return "unix";
        }

        if (address.IsIPv4MappedToIPv6 || address.GetAddressBytes() is not { Length: > NetworkBytes } bytes)
        {
            return address.MapToIPv4().ToString();
        }

        bytes.AsSpan(NetworkBytes).Clear();
        return new IPAddress(bytes) + "/64";
    }
}
