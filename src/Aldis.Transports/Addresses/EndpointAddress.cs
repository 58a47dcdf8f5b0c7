using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Protocols.Text;
using Aldis.Transports.Packets;

namespace Aldis.Transports.Addresses;

/// <summary>
/// Where a conversation is held: scheme, host and port (or path), and options as a query.
/// Accepted forms: <c>host:port</c>, <c>[::1]:9000</c>, <c>:9000</c>, <c>9000</c>, <c>host</c>, <c>tcp://…</c>, <c>tls://…</c>,
/// <c>udp://…</c>, <c>arq://…</c>, <c>arq+tls://…</c>, <c>unix:/path</c>, <c>unix:@name</c>, <c>unix+seqpacket:…</c>,
/// <c>unix+dgram:…</c>, each with an optional <c>?name=value&amp;name=value</c>.
/// An IPv6 address may have a zone, <c>[fe80::1%eth0]:9000</c> or <c>[fe80::1%2]:9000</c> (RFC 4007), with the percent sign escaped or not
/// (<c>%25</c>, RFC 6874).
/// Parsing looks at text only: no name is resolved and nothing is opened.
/// </summary>
public sealed class EndpointAddress
{
    // sun_path of unix(7) has 108 bytes, the last of them NUL.
    private const int MaxPathBytes = 107;

    private static readonly FrozenDictionary<string, string> NoOptions = FrozenDictionary<string, string>.Empty;

    private EndpointAddress(
        TransportScheme scheme, bool hasScheme, string host, int? port, string path, IReadOnlyDictionary<string, string> options)
    {
        Scheme = scheme;
        HasScheme = hasScheme;
        Host = host;
        Port = port;
        Path = path;
        Options = options;
    }

    /// <summary>The transport; <see cref="TransportScheme.Tcp"/> where the text named none.</summary>
    public TransportScheme Scheme { get; }

    /// <summary>Whether the text named a scheme.</summary>
    public bool HasScheme { get; }

    /// <summary>Whether TLS runs on top of what carries the bytes.</summary>
    public bool UsesTls => Scheme is TransportScheme.Tls or TransportScheme.ArqTls;

    /// <summary>Whether the bytes travel in the frames of the reliable-datagram protocol (docs/arq.md).</summary>
    public bool UsesArq => Scheme is TransportScheme.Arq or TransportScheme.ArqTls;

    /// <summary>Whether it is a Unix domain socket, of whatever type: it has a path in place of host and port.</summary>
    internal bool IsUnix => Scheme is TransportScheme.Unix or TransportScheme.UnixSeqpacket or TransportScheme.UnixDatagram;

    /// <summary>The host name or IP address without brackets, with a zone as RFC 4007 writes it; empty where the text left it out and for
    /// Unix sockets.</summary>
    public string Host { get; }

    /// <summary>The port, 0 to 65535 (0 lets a listener pick one); null where the text left it out and for Unix sockets.</summary>
    public int? Port { get; }

    /// <summary>The path of a Unix socket, with a leading <c>@</c> for a name in the abstract namespace; empty otherwise.</summary>
    public string Path { get; }

    /// <summary>The options of the query, by name; an option without <c>=</c> has the value <c>"1"</c>.</summary>
    public IReadOnlyDictionary<string, string> Options { get; }

    /// <summary>Reads an address from text.</summary>
    /// <param name="text">The address as a person writes it.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">The text is no address; the message says what is wrong with which part.</exception>
    public static EndpointAddress Parse(string text) =>
        TryParse(text, out EndpointAddress? address, out string? error) ? address : throw new FormatException(error);

    /// <summary>Reads an address from text.</summary>
    /// <param name="text">The address as a person writes it.</param>
    /// <param name="address">The address, where the answer is true.</param>
    /// <param name="error">One sentence that says what is wrong with which part, where the answer is false.</param>
    /// <returns>Whether the text is an address.</returns>
    public static bool TryParse(
        string text, [NotNullWhen(true)] out EndpointAddress? address, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        address = null;
        int question = text.IndexOf('?', StringComparison.Ordinal);
        string location = question < 0 ? text : text[..question];
        if (!TryParseOptions(question < 0 ? string.Empty : text[(question + 1)..], text, out var options, out error)
            || !TryParseScheme(location, text, out TransportScheme scheme, out bool hasScheme, out string rest, out error))
        {
            return false;
        }

        if (scheme is TransportScheme.Unix or TransportScheme.UnixSeqpacket or TransportScheme.UnixDatagram)
        {
            if (rest.Length == 0 || rest == "@")
            {
                error = $"'{text}' names no path: write {SchemeName(scheme)}:/path/to/socket.";
                return false;
            }

            if (Encoding.UTF8.GetByteCount(rest) > MaxPathBytes)
            {
                error = $"'{text}' has a path of more than {MaxPathBytes} bytes, the most a Unix socket can have.";
                return false;
            }

            address = new EndpointAddress(scheme, hasScheme, string.Empty, null, rest, options);
            return true;
        }

        if (!TryParseHostAndPort(rest, text, hasScheme, out string host, out int? port, out error))
        {
            return false;
        }

        address = new EndpointAddress(scheme, hasScheme, host, port, string.Empty, options);
        return true;
    }

    /// <summary>The same address with the host and port filled in where the text left them out.</summary>
    /// <param name="host">The host to use where none was given.</param>
    /// <param name="port">The port to use where none was given, 0 to 65535.</param>
    /// <returns>An address that names a host and a port (or a path).</returns>
    public EndpointAddress WithDefaults(string host, int port) => IsUnix
        ? this
        : new EndpointAddress(Scheme, HasScheme, Host.Length == 0 ? host : Host, Port ?? port, Path, Options);

    /// <summary>The same place over another transport.</summary>
    /// <param name="scheme">The transport.</param>
    /// <returns>An address with that scheme.</returns>
    public EndpointAddress WithScheme(TransportScheme scheme) => new(scheme, true, Host, Port, Path, Options);

    /// <summary>The same address with an option, where it does not name that one itself.</summary>
    /// <param name="name">The option's name.</param>
    /// <param name="value">Its value; null adds none.</param>
    internal EndpointAddress WithDefaultOption(string name, string? value) => value is null || Options.ContainsKey(name)
        ? this
        : new EndpointAddress(
            Scheme, HasScheme, Host, Port, Path, new Dictionary<string, string>(Options, StringComparer.Ordinal) { [name] = value });

    /// <summary>Whether an option is set to something else than <c>0</c>, <c>off</c>, <c>no</c> or <c>false</c>.</summary>
    /// <param name="name">The option's name.</param>
    /// <returns>True where the option is on.</returns>
    public bool HasOption(string name) =>
        Options.TryGetValue(name, out string? value) && value is not ("0" or "off" or "no" or "false");

    /// <summary>The address in its full form, which parses to an equal address.</summary>
    /// <returns>Scheme, place and options.</returns>
    public override string ToString()
    {
        string query = Options.Count == 0 ? string.Empty : "?" + string.Join('&', Options.Select(option => $"{option.Key}={option.Value}"));
        if (IsUnix)
        {
            return $"{SchemeName(Scheme)}:{Path}{query}";
        }

        string host = Host.Contains(':', StringComparison.Ordinal) ? $"[{ScopedAddress.Escape(Host)}]" : Host;
        string port = Port is int number ? ":" + number.ToString(CultureInfo.InvariantCulture) : string.Empty;
        return $"{SchemeName(Scheme)}://{host}{port}{query}";
    }

    /// <summary>The system's form of the path of a Unix domain socket; a leading <c>@</c> names the abstract namespace.</summary>
    /// <returns>The end point.</returns>
    internal UnixDomainSocketEndPoint ToUnixEndPoint() => new(Path[0] == '@' ? "\0" + Path[1..] : Path);

    /// <summary>The same with its type.</summary>
    /// <param name="mode">The permissions of its file, where it is to be bound; null for those that the umask leaves.</param>
    /// <returns>The end point.</returns>
    internal UnixSocketEndPoint ToTypedEndPoint(UnixFileMode? mode = null) => new(
        ToUnixEndPoint(),
        Scheme switch
        {
            TransportScheme.UnixDatagram => SocketType.Dgram,
            TransportScheme.UnixSeqpacket => SocketType.Seqpacket,
            _ => SocketType.Stream,
        },
        mode);

    /// <summary>The name of a transport as addresses and readiness lines write it.</summary>
    /// <param name="scheme">The transport.</param>
    /// <returns>Lower-case name, for example <c>tcp</c>.</returns>
    public static string SchemeName(TransportScheme scheme) => scheme switch
    {
        TransportScheme.Tcp => "tcp",
        TransportScheme.Tls => "tls",
        TransportScheme.Udp => "udp",
        TransportScheme.Unix => "unix",
        TransportScheme.Arq => "arq",
        TransportScheme.ArqTls => "arq+tls",
        TransportScheme.UnixSeqpacket => "unix+seqpacket",
        TransportScheme.UnixDatagram => "unix+dgram",
        _ => throw new ArgumentOutOfRangeException(nameof(scheme)),
    };

    /// <summary>An address for a place that was bound.</summary>
    /// <param name="scheme">The name of its transport.</param>
    /// <param name="endPoint">The place.</param>
    /// <returns>Text that parses.</returns>
    public static string Format(string scheme, IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        string place = endPoint.ToString();
        return scheme + "://" + (place.StartsWith('[') && place.IndexOf(']', StringComparison.Ordinal) is int close
            ? $"[{ScopedAddress.Escape(place[1..close])}{place[close..]}"
            : place);
    }

    private static bool TryParseScheme(
        string location, string text, out TransportScheme scheme, out bool hasScheme, out string rest, [NotNullWhen(false)] out string? error)
    {
        error = null;
        scheme = TransportScheme.Tcp;
        rest = location;
        hasScheme = true;
        foreach (TransportScheme unix in new[] { TransportScheme.Unix, TransportScheme.UnixSeqpacket, TransportScheme.UnixDatagram })
        {
            string prefix = SchemeName(unix) + ":";
            if (location.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                scheme = unix;
                rest = location[prefix.Length..];
                return true;
            }
        }

        if (location.StartsWith("vsock:", StringComparison.OrdinalIgnoreCase))
        {
            error = $"'{text}' is a socket between a virtual machine and its host (AF_VSOCK), which aldis does not speak: let socat carry it, "
                + "TCP-LISTEN:9000,fork VSOCK-CONNECT:CID:PORT, and name tcp://127.0.0.1:9000.";
            return false;
        }

        int colon = location.IndexOf("://", StringComparison.Ordinal);
        if (colon < 0)
        {
            hasScheme = false;
            return true;
        }

        string name = location[..colon];
        rest = location[(colon + 3)..].TrimEnd('/');
        foreach (TransportScheme candidate in Enum.GetValues<TransportScheme>())
        {
            if (string.Equals(name, SchemeName(candidate), StringComparison.OrdinalIgnoreCase))
            {
                scheme = candidate;
                return true;
            }
        }

        error = $"'{text}' has the unknown scheme '{name}': known are tcp, tls, udp, arq, arq+tls, unix, unix+seqpacket and unix+dgram"
            + NearestName.End(name, Enum.GetValues<TransportScheme>().Select(SchemeName));
        return false;
    }

    private static bool TryParseHostAndPort(
        string rest, string text, bool hasScheme, out string host, out int? port, [NotNullWhen(false)] out string? error)
    {
        error = null;
        port = null;
        host = rest;
        string portText = string.Empty;
        bool hasPort = false;
        if (rest.StartsWith('['))
        {
            int close = rest.IndexOf(']', StringComparison.Ordinal);
            string after = close < 0 ? string.Empty : rest[(close + 1)..];
            host = close < 0 ? string.Empty : ScopedAddress.Unescape(rest[1..close], hasScheme);
            if (host.EndsWith('%'))
            {
                error = $"'{text}' names no interface behind the '%': write [fe80::1%eth0]:9000.";
                return false;
            }

            if (close < 0 || !IPAddress.TryParse(ScopedAddress.WithoutZone(host), out IPAddress? literal)
                || literal.AddressFamily != AddressFamily.InterNetworkV6 || (after.Length > 0 && after[0] != ':'))
            {
                error = $"'{text}' is no address: an IPv6 address is written [::1]:9000.";
                return false;
            }

            hasPort = after.Length > 0;
            portText = hasPort ? after[1..] : string.Empty;
        }
        else if (rest.Length > 0 && rest.All(char.IsAsciiDigit))
        {
            (host, portText, hasPort) = (string.Empty, rest, true);
        }
        else if (rest.IndexOf(':', StringComparison.Ordinal) is int colon and >= 0)
        {
            if (rest.LastIndexOf(':') != colon)
            {
                error = $"'{text}' has more than one colon: an IPv6 address is written [::1]:9000.";
                return false;
            }

            (host, portText, hasPort) = (rest[..colon], rest[(colon + 1)..], true);
        }

        if (host.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character is '/' or '@'))
        {
            error = $"'{text}' is no address: '{host}' is no host name.";
            return false;
        }

        if (hasPort)
        {
            if (portText.Length == 0 || !portText.All(char.IsAsciiDigit)
                || !int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number > IPEndPoint.MaxPort)
            {
                error = $"'{text}' has the port '{portText}': a port is a number from 0 to 65535.";
                return false;
            }

            port = number;
        }

        if (host.Length == 0 && port is null)
        {
            error = $"'{text}' is no address: write host:port, for example 127.0.0.1:9000.";
            return false;
        }

        return true;
    }

    private static bool TryParseOptions(
        string query, string text, out IReadOnlyDictionary<string, string> options, [NotNullWhen(false)] out string? error)
    {
        error = null;
        options = NoOptions;
        if (query.Length == 0)
        {
            return true;
        }

        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in query.Split('&'))
        {
            int equals = part.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? part : part[..equals];
            if (name.Length == 0 || !found.TryAdd(name, equals < 0 ? "1" : Uri.UnescapeDataString(part[(equals + 1)..])))
            {
                error = name.Length == 0
                    ? $"'{text}' has an option without a name: options are written ?name=value&name=value."
                    : $"'{text}' has the option '{name}' twice.";
                return false;
            }
        }

        options = found;
        return true;
    }
}
