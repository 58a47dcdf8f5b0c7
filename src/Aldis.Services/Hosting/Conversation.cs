using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Hosting;

/// <summary>
/// A conversation, described once: whoever serves, lists, explains or shows it reads this and knows no conversation by name. With
/// <see cref="Stream"/> it is held over every transport of streams, with <see cref="Datagrams"/> over those of single datagrams.
/// </summary>
public sealed record Conversation
{
    /// <summary>Its name in events, readiness lines and on the command line: without white space and control characters.</summary>
    public required string Name { get; init; }

    /// <summary>The port where an address names none, 1 to 65535; the same number for TCP and UDP.</summary>
    public required int DefaultPort { get; init; }

    /// <summary>Makes what serves the connections of one address, one instance for all of them; null if it is held over no stream.
    /// Called once for each address, before it is bound.</summary>
    public Func<ConversationPlace, ConnectionHandler>? Stream { get; init; }

    /// <summary>Binds what serves the datagrams of one address, not yet started; null if it is held over no datagrams. Called again where a
    /// listener died.</summary>
    internal Func<DatagramPlace, IDatagramListener>? Datagrams { get; init; }

    /// <summary>The options that its listening addresses may have, beside those of the transport. None by default.</summary>
    public IReadOnlyList<AddressOption> AddressOptions { get; init; } = [];

    /// <summary>What a person is shown of its events.</summary>
    internal DisplayWords Words { get; init; } = new();

    /// <summary>The transports it can be held over.</summary>
    public IEnumerable<TransportScheme> Transports =>
        Enum.GetValues<TransportScheme>().Where(scheme => IsOfDatagrams(scheme) ? Datagrams is not null : Stream is not null);

    /// <summary>Where it is held if nothing but its name is given: at <see cref="DefaultPort"/> over TCP, and over UDP in single datagrams
    /// or, where it has none, by <c>arq</c>.</summary>
    /// <param name="host">The host.</param>
    /// <returns>One address or two.</returns>
    public IReadOnlyList<EndpointAddress> DefaultAddresses(string host = "localhost")
    {
        EndpointAddress address = EndpointAddress.Parse($":{DefaultPort}").WithDefaults(host, DefaultPort);
        EndpointAddress udp = address.WithScheme(Datagrams is null ? TransportScheme.Arq : TransportScheme.Udp);
        return Stream is null ? [udp] : [address, udp];
    }

    /// <summary>Whether a transport carries single datagrams.</summary>
    /// <param name="scheme">The transport.</param>
    internal static bool IsOfDatagrams(TransportScheme scheme) => scheme is TransportScheme.Udp or TransportScheme.UnixDatagram;
}
