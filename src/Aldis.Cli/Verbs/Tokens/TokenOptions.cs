using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Framing;
using Aldis.Services.Clients;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Tokens;

/// <summary>The options of the client verbs that show a token. It is read from a file or from the environment, never from a word.</summary>
internal sealed class TokenOptions
{
    /// <summary>The variable that holds the token where no file is named.</summary>
    public const string Variable = "ALDIS_TOKEN";

    /// <summary>The name of the option.</summary>
    public const string FileOption = "--token-file";

    private readonly Option<string?> _file = new(FileOption)
    {
        HelpName = "FILE",
        Description = $"show the token in FILE, which nobody else may read, to a server that asks for one; {Variable} holds one too. It goes over "
            + "TLS, a Unix socket or to this machine alone",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_file];

    /// <summary>The option of a verb whose conversation names no client of its own.</summary>
    public static Option<string?> Client() => new("--client")
    {
        HelpName = "ID",
        Description = "the client id that goes with a token: 1 to 32 of A-Z a-z 0-9 . _ -; 'client' if left out",
        CustomParser = static result =>
        {
            string id = result.Tokens[0].Value;
            if (!ClientId.IsValid(id))
            {
                result.AddError($"'{id}' is no client id: 1 to 32 of A-Z a-z 0-9 . _ -.");
            }

            return id;
        },
    };

    /// <summary>What a call says.</summary>
    /// <param name="call">The call.</param>
    /// <param name="tls">Has <c>--insecure</c>.</param>
    public TokenSettings Read(ParseResult call, TlsArguments tls) => new(call.GetValue(_file), tls.IsInsecure(call));

    /// <summary>Whether a call names a file.</summary>
    /// <param name="call">The call.</param>
    public bool IsGiven(System.CommandLine.Parsing.CommandResult call) => call.GetResult(_file) is { Implicit: false };
}

/// <summary>Where a client's token is.</summary>
/// <param name="File">Its file; null for the environment.</param>
/// <param name="IsInClear">Whether it may go to another machine without TLS.</param>
internal sealed record TokenSettings(string? File, bool IsInClear)
{
    /// <summary>Reads the token.</summary>
    /// <param name="context">The verb's.</param>
    /// <param name="address">Whom it is shown.</param>
    /// <returns>The token; empty where there is none.</returns>
    /// <exception cref="UsageException">It cannot be read, would go over the network in clear, or cannot be shown there.</exception>
    public async Task<string> ReadAsync(VerbContext context, EndpointAddress address)
    {
        if (address.Scheme is TransportScheme.Udp or TransportScheme.UnixDatagram)
        {
            string scheme = EndpointAddress.SchemeName(address.Scheme);
            return File is null
                ? string.Empty
                : throw new UsageException($"a datagram shows no token: {scheme} goes without {TokenOptions.FileOption}.");
        }

        if (File is null && Environment.GetEnvironmentVariable(TokenOptions.Variable) is not { Length: > 0 })
        {
            return string.Empty;
        }

        string token = await SecretInput.ReadTokenAsync(
            TokenOptions.FileOption, File, TokenOptions.Variable, TokenUnit.MaxLength, context.Interruption);
        if (!TokenSafety.IsHidden(address))
        {
            if (!IsInClear)
            {
                throw new UsageException($"{TokenSafety.WhyNot(address)} --insecure sends it all the same.");
            }

            await context.Console.Error.WriteLineAsync($"aldis: warning: the token goes to {address} in clear: whoever listens learns it.");
        }

        return token;
    }
}
