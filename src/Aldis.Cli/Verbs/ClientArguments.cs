using System.CommandLine;
using Aldis.Protocols.Text;
using Aldis.Services.Clients;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Cli.Verbs;

/// <summary>The arguments and options that the client verbs share.</summary>
internal static class ClientArguments
{
    /// <summary>The name of the argument that is payload: any bytes, sent as they were given.</summary>
    public const string PayloadName = "TEXT";

    private const string Forever = "forever";

    /// <summary>Whom a client of TLS trusts, for the help: what people look for when a certificate is their own.</summary>
    public const string Trust =
        "TLS verifies the server as browsers do: ?cafile=FILE trusts the certificates in a PEM file instead, ?servername=NAME is the name to "
        + "verify, ?insecure verifies nothing";

    public static Argument<string> Address(int defaultPort) => new("ADDRESS")
    {
        Description = "host:port, tcp://…, tls://…, arq://…, arq+tls://…, unix:/path or unix+seqpacket:/path; "
            + $"port {defaultPort} if left out. {Trust}",
    };

    public static Option<bool> Trace() => new("--trace")
    {
        Description = "show every frame as it is sent, acknowledged, lost and sent again, on stderr; for arq:// addresses",
    };

    public static Option<TimeSpan?> Duration(string name, string hint, string description, params string[] aliases) => new(name, aliases)
    {
        HelpName = hint,
        Description = description,
        CustomParser = result =>
        {
            if (Quantity.TryParseDuration(result.Tokens[0].Value, out TimeSpan duration))
            {
                return duration;
            }

            result.AddError($"{name} takes a duration such as 500ms or 2s, not '{result.Tokens[0].Value}'"
                + UnitText.EndWithoutUnit(result.Tokens[0].Value));
            return null;
        },
    };

    public static Option<int?> Size(string name, string helpName, string description, params string[] aliases) => new(name, aliases)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = result =>
        {
            if (Quantity.TryParseSize(result.Tokens[0].Value, out int bytes))
            {
                return bytes;
            }

            result.AddError($"{name} takes a size such as 32, 64K or 1M, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

    public static Option<TimeSpan?> Timeout(string description)
    {
        Option<TimeSpan?> timeout = Duration("--timeout", "TIME", description);
        timeout.Validators.Add(result =>
        {
            if (result.Errors.Any() || result.Tokens.Count == 0)
            {
                return;
            }

            if (Quantity.TryParseDuration(result.Tokens[0].Value, out TimeSpan value) && value < TimeSpan.FromMilliseconds(1))
            {
                result.AddError("--timeout is at least 1ms.");
            }
        });
        return timeout;
    }

    /// <summary>How long a client that goes on by itself may be without a server.</summary>
    public static Option<TimeSpan?> Retry(string description) => new("--retry")
    {
        HelpName = "TIME",
        Description = description,
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (text == Forever)
            {
                return System.Threading.Timeout.InfiniteTimeSpan;
            }

            if (Quantity.TryParseDuration(text, out TimeSpan duration))
            {
                return duration;
            }

            result.AddError($"--retry takes a duration such as 500ms or 2s, or 'forever', not '{text}'"
                + (NearestName.Find(text, [Forever]) is string meant ? $"; did you mean '{meant}'?" : UnitText.EndWithoutUnit(text)));
            return null;
        },
    };

    /// <summary>The limit that all connections of a client share.</summary>
    /// <param name="bytesPerSecond">Bytes a second; null for none.</param>
    public static BandwidthLimit? Bandwidth(long? bytesPerSecond) =>
        bytesPerSecond is { } rate ? new BandwidthLimit(rate, TimeProvider.System) : null;

    /// <summary>Reads an address and fills in what it leaves out.</summary>
    /// <exception cref="FormatException">The text is no address, or an option of it is wrong.</exception>
    public static EndpointAddress ParseAddress(VerbContext context, string text, int defaultPort)
    {
        EndpointAddress address = EndpointAddress.Parse(text).WithDefaults("localhost", defaultPort);
        if (address.Port == 0)
        {
            throw new UsageException($"'{text}' names port 0, which no server has; only a listener may ask for it.");
        }

        if (address.UsesTls && address.HasOption("insecure"))
        {
            context.Console.Error.WriteLine($"aldis: warning: the certificate of {address} is not verified ('insecure').");
        }

        if (address.UsesTls && KeyLog.Warning is { } warning)
        {
            context.Console.Error.WriteLine($"aldis: warning: {warning}");
        }

        // A wrong option is a wrong call; a client that tries again and again must not find it out each time.
        Dialer.CheckOptions(address);

        return address;
    }

    /// <summary>As <see cref="ParseAddress"/>, for a conversation that needs a stream.</summary>
    /// <param name="isWithoutEnd">Whether it needs no word of its end, so that it can be held over datagrams that are neither lost nor
    /// reordered.</param>
    public static EndpointAddress ParseStreamAddress(VerbContext context, string text, int defaultPort, bool isWithoutEnd = false)
    {
        EndpointAddress address = ParseAddress(context, text, defaultPort);
        return address.Scheme != TransportScheme.Udp && (isWithoutEnd || address.Scheme != TransportScheme.UnixDatagram)
            ? address
            : throw new UsageException($"{address} is a datagram address; this conversation needs a stream: tcp://, tls://, arq:// or unix:.");
    }
}
