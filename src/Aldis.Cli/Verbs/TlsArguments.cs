using System.CommandLine;

namespace Aldis.Cli.Verbs;

/// <summary>The options of the client verbs that say whom TLS trusts and what it shows; each is an option of the address too.</summary>
internal sealed class TlsArguments
{
    private readonly Option<string?> _authority = new("--cafile")
    {
        HelpName = "FILE",
        Description = "trust the certificates in a PEM file, and no others",
    };

    private readonly Option<string[]> _pin = new("--pin")
    {
        HelpName = "sha256:HASH",
        Description = "trust the server that has this public key, whoever vouches for it; with --cafile both must be right. May be repeated",
    };

    private readonly Option<string?> _certificate = new("--cert")
    {
        HelpName = "FILE",
        Description = "show this certificate (PEM) to a server that asks for one",
    };

    private readonly Option<string?> _key = new("--key")
    {
        HelpName = "FILE",
        Description = "its private key (PEM); in the file of the certificate if left out",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_authority, _pin, _certificate, _key];

    /// <summary>Adds what a call says to the address it names.</summary>
    /// <param name="call">The call.</param>
    /// <param name="address">The address as it was given.</param>
    /// <returns>An address that says it itself.</returns>
    /// <exception cref="UsageException">The address has no TLS, or says the same.</exception>
    public string Complete(ParseResult call, string address)
    {
        (Option Option, string? Value)[] given =
        [
            (_authority, call.GetValue(_authority)),
            (_pin, call.GetValue(_pin) is { Length: > 0 } pins ? string.Join(',', pins) : null),
            (_certificate, call.GetValue(_certificate)),
            (_key, call.GetValue(_key)),
        ];
        foreach ((Option option, string? value) in given)
        {
            if (value is null)
            {
                continue;
            }

            if (!address.StartsWith("tls://", StringComparison.OrdinalIgnoreCase)
                && !address.StartsWith("arq+tls://", StringComparison.OrdinalIgnoreCase))
            {
                throw new UsageException($"{option.Name} is for TLS, and '{address}' has none: write tls://host:port or arq+tls://host:port.");
            }

            address += (address.Contains('?', StringComparison.Ordinal) ? "&" : "?") + option.Name[2..] + "=" + Uri.EscapeDataString(value);
        }

        return address;
    }
}
