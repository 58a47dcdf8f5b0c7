using System.Net;

namespace Aldis.Postgres.Addresses;

/// <summary>Where one node of a database listens.</summary>
/// <param name="Name">A host name, an IP address, or the directory of a Unix socket, which begins with a slash.</param>
/// <param name="Port">1 to 65,535; part of the name of a Unix socket.</param>
internal readonly record struct StoreHost(string Name, int Port)
{
    /// <summary>Whether it is a Unix socket.</summary>
    public bool IsSocket => Name.StartsWith('/');

    /// <summary>Whether the way there leaves this machine; a name that is not <c>localhost</c> may be anything.</summary>
    public bool IsLocal => IsSocket
        || string.Equals(Name, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Name, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <inheritdoc/>
    public override string ToString() => IsSocket ? $"{Name}/.s.PGSQL.{Port}"
        : Name.Contains(':', StringComparison.Ordinal) ? $"[{Name}]:{Port}" : $"{Name}:{Port}";
}
