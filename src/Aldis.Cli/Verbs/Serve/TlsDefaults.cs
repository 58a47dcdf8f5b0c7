using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The TLS of those addresses of a server that do not say it themselves.</summary>
/// <param name="Certificates">The files of the certificates.</param>
/// <param name="Keys">Those of their keys.</param>
/// <param name="KeyPassword">The file with the password of keys that are encrypted; null for none.</param>
/// <param name="ClientAuthority">The file with the certificates that vouch for clients; null where clients need none.</param>
/// <param name="MinVersion">The least version; null for the default.</param>
internal sealed record TlsDefaults(string[] Certificates, string[] Keys, string? KeyPassword, string? ClientAuthority, string? MinVersion)
{
    /// <summary>Whether an address without a certificate of its own has one here.</summary>
    public bool HasCertificate => Certificates.Length > 0;

    /// <summary>Completes the address of a conversation.</summary>
    /// <param name="address">The address.</param>
    public EndpointAddress Complete(EndpointAddress address) =>
        address.UsesTls ? CompleteForBrowsers(address).WithDefaultOption("client-ca", ClientAuthority) : address;

    /// <summary>Completes an address at which browsers ask, who have no certificates.</summary>
    /// <param name="address">The address.</param>
    public EndpointAddress CompleteForBrowsers(EndpointAddress address)
    {
        if (!address.UsesTls)
        {
            return address;
        }

        EndpointAddress completed = address.WithDefaultOption(AddressOptions.MinVersion, MinVersion);
        return !HasCertificate || address.Options.ContainsKey("cert") ? completed : completed
            .WithDefaultOption("cert", string.Join(',', Certificates))
            .WithDefaultOption("key", Keys.Length > 0 ? string.Join(',', Keys) : null)
            .WithDefaultOption("key-password-file", KeyPassword);
    }
}
