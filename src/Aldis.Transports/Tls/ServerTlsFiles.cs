using System.Security.Authentication;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Tls;

/// <summary>The files of a listener's TLS, as its address names them, and which versions it speaks.</summary>
/// <param name="Pairs">The certificates and their keys, one at least.</param>
/// <param name="KeyPassword">The file with the password of the keys that are encrypted; null for none.</param>
/// <param name="ClientAuthority">The file with the certificates that vouch for clients; null where clients need none.</param>
/// <param name="Versions">The versions of TLS.</param>
internal sealed record ServerTlsFiles(
    IReadOnlyList<(string Certificate, string Key)> Pairs, string? KeyPassword, string? ClientAuthority, SslProtocols Versions)
{
    /// <summary>What tells these files from others.</summary>
    public string Identity => $"{Versions}\0{string.Join('\0', Named)}";

    /// <summary>All of them, some maybe twice.</summary>
    public IEnumerable<string> All => Named.OfType<string>();

    private IEnumerable<string?> Named => [.. Pairs.SelectMany(static pair => new[] { pair.Certificate, pair.Key }), KeyPassword, ClientAuthority];

    /// <summary>Reads the options of an address.</summary>
    /// <param name="address">A listening address with the options <c>cert=FILE</c> and <c>key=FILE</c>: several files with a comma between
    /// them, as many keys as certificates, or none where the keys are in the files of the certificates.</param>
    /// <returns>The files; nothing is opened.</returns>
    /// <exception cref="FormatException">There is no certificate, or not a key for each; the message says how to write them.</exception>
    public static ServerTlsFiles Of(EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.Options.TryGetValue("cert", out string? certificates))
        {
            throw new FormatException(
                $"{address} needs a certificate: write {address}{(address.Options.Count == 0 ? "?" : "&")}cert=cert.pem&key=key.pem; "
                    + "'aldis cert' makes one.");
        }

        string[] files = certificates.Split(',');
        string[] keys = address.Options.TryGetValue("key", out string? given) ? given.Split(',') : files;
        if (keys.Length != files.Length || files.Concat(keys).Any(string.IsNullOrWhiteSpace))
        {
            throw new FormatException(
                $"'{address}' names {files.Length} certificates and {keys.Length} keys: write a key for each, cert=a.pem,b.pem&key=a.key,b.key.");
        }

        return new ServerTlsFiles(
            [.. files.Zip(keys)],
            address.Options.GetValueOrDefault("key-password-file"),
            address.Options.GetValueOrDefault("client-ca"),
            TlsVersions.Of(address));
    }
}
