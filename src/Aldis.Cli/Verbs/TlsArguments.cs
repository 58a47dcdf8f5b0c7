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

    private readonly Option<string?> _keyPassword = new("--key-password-file")
    {
        HelpName = "FILE",
        Description = "the file with the password of a private key that is encrypted",
    };

    private readonly Option<bool> _insecure = new("--insecure")
    {
        Description = "verify nothing: whoever answers is taken for the server, and is sent the token. Without TLS: send the token to another "
            + "machine in clear, where whoever listens learns it. Warns each time",
    };

    private readonly Option<string?> _keyLog = KeyLog.NewOption();

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_authority, _pin, _certificate, _key, _keyPassword, _insecure, _keyLog];

    /// <summary>Whether nothing is to be verified, and a token may go to another machine in clear.</summary>
    /// <param name="call">The call.</param>
    public bool IsInsecure(ParseResult call) => call.GetValue(_insecure);

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
            (_keyPassword, call.GetValue(_keyPassword)),
            (_insecure, HasTls(address) && IsInsecure(call) ? "1" : null),
            (_keyLog, call.GetValue(_keyLog)),
        ];
        foreach ((Option option, string? value) in given)
        {
            if (value is null)
            {
                continue;
            }

            if (!HasTls(address))
            {
                throw new UsageException($"{option.Name} is for TLS, and '{address}' has none: write tls://host:port or arq+tls://host:port.");
            }

            if (option == _keyLog)
            {
                KeyLog.Begin(value);
                continue;
            }

            address += (address.Contains('?', StringComparison.Ordinal) ? "&" : "?") + option.Name[2..] + "=" + Uri.EscapeDataString(value);
        }

        return address;
    }

    private static bool HasTls(string address) => address.StartsWith("tls://", StringComparison.OrdinalIgnoreCase)
        || address.StartsWith("arq+tls://", StringComparison.OrdinalIgnoreCase);
}
