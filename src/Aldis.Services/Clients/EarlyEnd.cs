using Aldis.Transports.Addresses;

namespace Aldis.Services.Clients;

/// <summary>What a server may mean that ends a connection before it has said anything.</summary>
internal static class EarlyEnd
{
    /// <summary>What the user may try. A server that speaks TLS ends so what is none; one that asks for a certificate looks at it when the
    /// client is through with the handshake (TLS 1.3), and cannot say what is wrong with it.</summary>
    /// <param name="address">The server.</param>
    /// <returns>A sentence with a space before it; nothing where there is nothing to try.</returns>
    public static string Hint(EndpointAddress address) =>
        address.IsUnix ? string.Empty
        : !address.UsesTls ? $" If it speaks TLS, write {(address.UsesArq ? "arq+tls" : "tls")}:// before the address."
        : address.Options.TryGetValue("cert", out string? file) ? $" It may not take the certificate {file}."
        : $" If it asks for a client's certificate, add {(address.Options.Count == 0 ? "?" : "&")}cert=FILE&key=FILE.";
}
