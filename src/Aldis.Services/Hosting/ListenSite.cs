using System.Net;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;
using Aldis.Transports.Tls;

namespace Aldis.Services.Hosting;

/// <summary>A conversation at an address, looked at and not yet bound.</summary>
/// <param name="Conversation">What is served.</param>
/// <param name="Address">Where.</param>
/// <param name="EndPoints">What is to be bound.</param>
/// <param name="Tls">How TLS is spoken there; null without it.</param>
internal sealed record ListenSite(
    Conversation Conversation, EndpointAddress Address, IReadOnlyList<EndPoint> EndPoints, ServerTls? Tls)
{
    /// <summary>Whether single datagrams are served there.</summary>
    public bool IsDatagrams => Conversation.IsOfDatagrams(Address.Scheme);

    /// <summary>Looks at what is to be served.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="address">The address; it names a port or a path.</param>
    /// <returns>The site.</returns>
    /// <exception cref="ArgumentException">The conversation has no name that can be shown.</exception>
    /// <exception cref="FormatException">It cannot be held there, an option is not allowed, or there is no certificate.</exception>
    /// <exception cref="CommunicationException">A host name is unknown, or a certificate cannot be read.</exception>
    public static ListenSite Of(Conversation conversation, EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(address);
        string name = conversation.Name;
        if (name.Length == 0 || name.Any(static character => char.IsWhiteSpace(character) || char.IsControl(character)))
        {
            throw new ArgumentException(
                $"'{name}' is no name for a conversation: it is one word, for readiness lines and events.", nameof(conversation));
        }

        if (!conversation.Transports.Contains(address.Scheme))
        {
            string possible = string.Join(", ", conversation.Transports.Select(EndpointAddress.SchemeName));
            throw new FormatException(conversation.Datagrams is null
                ? $"{name} is a stream conversation and cannot be held over {address}: use {possible}."
                : $"{name} cannot be held over {address}: use {possible}.");
        }

        ServerTls? tls = address.UsesTls ? ServerTls.Load(address) : null;
        return new ListenSite(
            conversation,
            address,
            ListenAddresses.Resolve(
                address,
                [.. conversation.AddressOptions.Where(option => (option.Scheme ?? address.Scheme) == address.Scheme).Select(static option => option.Name)]),
            tls);
    }
}
