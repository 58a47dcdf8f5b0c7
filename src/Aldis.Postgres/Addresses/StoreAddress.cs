using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Aldis.Postgres.Addresses;

/// <summary>
/// The address of a store: <c>postgres[ql]://[user@]host[:port][,host[:port]…]/database[?sslmode=…&amp;sslrootcert=…]</c>. Every host is a
/// node of the same database. A password has no place in it: an address is seen in lists of processes, logs and histories of shells.
/// </summary>
internal sealed record StoreAddress
{
    /// <summary>Most hosts of an address.</summary>
    public const int MaxHosts = 16;

    // They would be keywords of the driver's own form of an address.
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(";='\", \0");

    private const int DefaultPort = 5432;

    private const string NoPassword =
        "The address of a store has no password: put it into the file that PGPASSFILE names, into ~/.pgpass, or into PGPASSWORD.";

    /// <summary>Who connects; null for the driver's default, which is <c>PGUSER</c> or the name of the system's user.</summary>
    public string? User { get; private init; }

    /// <summary>The nodes, in the order given.</summary>
    public required IReadOnlyList<StoreHost> Hosts { get; init; }

    /// <summary>The database's name.</summary>
    public required string Database { get; init; }

    /// <summary>A file of certificates that are trusted, in PEM; null for the system's.</summary>
    public string? RootCertificate { get; private init; }

    /// <summary>Whether connections are encrypted, and certificate and host name verified. Off only by <c>sslmode=disable</c>, or where
    /// every host is on this machine and nothing else was said.</summary>
    public bool UsesTls { get; private init; }

    /// <summary>Whether a text means a store: anything with such a scheme, right or wrong.</summary>
    public static bool HasScheme(string text) => SchemeLength(text) > 0;

    /// <summary>Reads an address.</summary>
    /// <param name="text">What somebody wrote.</param>
    /// <param name="address">The address; null on failure.</param>
    /// <param name="problem">A sentence that says what is wrong, and never repeats a password; null on success.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryParse(string text, [NotNullWhen(true)] out StoreAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        problem = null;
        int scheme = SchemeLength(text);
        if (scheme == 0)
        {
            problem = "A store is postgres://[user@]host[:port][,host[:port]...]/database.";
            return false;
        }

        string rest = text[scheme..];
        int queryAt = rest.IndexOf('?', StringComparison.Ordinal);
        string query = queryAt < 0 ? "" : rest[(queryAt + 1)..];
        rest = queryAt < 0 ? rest : rest[..queryAt];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        string authority = slash < 0 ? rest : rest[..slash];
        string database = slash < 0 ? "" : rest[(slash + 1)..];
        int at = authority.LastIndexOf('@');
        string? user = at < 0 ? null : authority[..at];
        if (user is not null && user.Contains(':', StringComparison.Ordinal))
        {
            problem = NoPassword;
            return false;
        }

        if (!TryUnescape(database, out database!) || database.Length == 0 || database.Contains('/', StringComparison.Ordinal))
        {
            problem = "The address of a store ends with the name of a database: postgres://host/database.";
            return false;
        }

        if (user is not null && (!TryUnescape(user, out user) || user.Length == 0))
        {
            problem = "The user before '@' is no name.";
            return false;
        }

        if (!TryReadHosts(authority[(at + 1)..], out List<StoreHost> hosts, out problem)
            || !TryReadOptions(query, out bool? tls, out string? root, out problem))
        {
            return false;
        }

        address = new StoreAddress
        {
            User = user,
            Hosts = hosts,
            Database = database,
            RootCertificate = root,
            UsesTls = tls ?? !hosts.TrueForAll(static host => host.IsLocal),
        };
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"postgres://{(User is null ? "" : Uri.EscapeDataString(User) + "@")}{string.Join(',', Hosts)}/{Uri.EscapeDataString(Database)}";

    private static int SchemeLength(string text)
    {
        foreach (string scheme in (ReadOnlySpan<string>)["postgres://", "postgresql://"])
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return scheme.Length;
            }
        }

        return 0;
    }

    private static bool TryReadHosts(string text, out List<StoreHost> hosts, [NotNullWhen(false)] out string? problem)
    {
        hosts = [];
        foreach (string part in text.Split(','))
        {
            if (!TryReadHost(part, out StoreHost host))
            {
                problem = $"'{part}' is no host of a store: a name, an address ([::1]:5432 for IPv6) or %2Fpath%2Fof%2Fa%2Fsocket, "
                    + "with :port or without.";
                return false;
            }

            hosts.Add(host);
        }

        problem = hosts.Count > MaxHosts ? $"A store has {MaxHosts} hosts at most, not {hosts.Count}." : null;
        return problem is null;
    }

    private static bool TryReadHost(string text, out StoreHost host)
    {
        host = default;
        int bracket = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        int colon = text.IndexOf(':', bracket + 1);
        string name = colon < 0 ? text : text[..colon];
        int port = DefaultPort;
        if (colon >= 0
            && (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
        {
            return false;
        }

        if (bracket > 0)
        {
            name = name.Length == bracket + 1 ? name[1..bracket] : "";
            host = new StoreHost(name, port);
            return IPAddress.TryParse(name, out _);
        }

        bool isName = TryUnescape(name, out string? plain) && plain.Length > 0 && !plain.AsSpan().ContainsAny(NotInNames)
            && (plain.StartsWith('/') || !plain.Contains('/', StringComparison.Ordinal));
        host = new StoreHost(plain ?? "", port);
        return isName;
    }

    private static bool TryReadOptions(string query, out bool? tls, out string? root, [NotNullWhen(false)] out string? problem)
    {
        tls = null;
        root = null;
        problem = null;
        foreach (string option in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? option : option[..equals];
            if (equals < 0 || !TryUnescape(option[(equals + 1)..], out string? value) || value.Length == 0)
            {
                problem = $"The option '{name}' of a store has no value.";
            }
            else if (name == "sslmode" && value is "disable" or "verify-full")
            {
                tls = value != "disable";
            }
            else if (name == "sslmode")
            {
                problem = $"sslmode is verify-full or disable, not '{value}': a connection that verifies nothing can be anybody's.";
            }
            else if (name == "sslrootcert")
            {
                root = value;
            }
            else
            {
                problem = name == "password"
                    ? NoPassword
                    : $"'{name}' is no option of a store: sslmode and sslrootcert are.";
            }

            if (problem is not null)
            {
                return false;
            }
        }

        problem = root is not null && tls == false ? "sslrootcert has no use with sslmode=disable." : null;
        tls = root is not null ? true : tls;
        return problem is null;
    }

    private static bool TryUnescape(string text, [NotNullWhen(true)] out string? plain)
    {
        plain = Uri.UnescapeDataString(text);
        return !plain.Contains('\0', StringComparison.Ordinal);
    }
}
