using Aldis.Cli.Verbs.Serve;
using Aldis.Protocols.Text;
using Aldis.Services.Hosting;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs;

/// <summary>One <c>NAME</c> or <c>NAME=ADDRESS</c> of <c>aldis serve</c>: which conversation, and where.</summary>
/// <param name="Conversation">The conversation.</param>
/// <param name="Address">Where it is served.</param>
internal sealed record ServedName(Conversation Conversation, EndpointAddress Address)
{
    /// <summary>Reads the words of the command line.</summary>
    /// <param name="words">The words; none means all conversations.</param>
    /// <param name="listen">The host for what names none.</param>
    /// <param name="known">The conversations there are.</param>
    /// <param name="tls">The TLS of addresses that do not say it themselves; none if left out.</param>
    /// <returns>What to serve; by its name alone a conversation is served at its <see cref="Conversation.DefaultAddresses"/>.</returns>
    /// <exception cref="UsageException">A word names no conversation or no address.</exception>
    public static List<ServedName> Parse(IReadOnlyCollection<string> words, string listen, IReadOnlyList<Conversation> known, TlsDefaults? tls = null)
    {
        var served = new List<ServedName>();
        foreach (string word in words.Count == 0 ? known.Select(static conversation => conversation.Name) : words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals];
            Conversation conversation = known.FirstOrDefault(conversation => conversation.Name == name) ?? throw new UsageException(
                $"'{name}' is no conversation: there are {string.Join(", ", known.Select(static conversation => conversation.Name))}"
                    + NearestName.End(name, known.Select(static conversation => conversation.Name)));
            if (equals < 0)
            {
                served.AddRange(conversation.DefaultAddresses(listen).Select(address => new ServedName(conversation, address)));
                continue;
            }

            if (!EndpointAddress.TryParse(word[(equals + 1)..], out EndpointAddress? address, out string? error))
            {
                throw new UsageException(error);
            }

            address = tls?.Complete(address) ?? address;
            served.Add(new ServedName(conversation, address.WithDefaults(listen, conversation.DefaultPort)));
        }

        RefuseTwice(served);
        return served;
    }

    /// <summary>Refuses a place that is named twice: the second would find it taken, by nobody else but this server.</summary>
    private static void RefuseTwice(List<ServedName> served)
    {
        for (int later = 1; later < served.Count; later++)
        {
            ServedName name = served[later];
            if (served.Take(later).FirstOrDefault(earlier => AreOnePlace(earlier.Address, name.Address)) is not { } first)
            {
                continue;
            }

            string other = $"name it once, or give each an address of its own: {name.Conversation.Name}=ADDRESS.";
            throw new UsageException(first.Conversation == name.Conversation
                ? $"{name.Conversation.Name} is named twice for {name.Address}: {other}"
                : $"{first.Conversation.Name} and {name.Conversation.Name} cannot both be served at {name.Address}: {other}");
        }
    }

    private static bool AreOnePlace(EndpointAddress one, EndpointAddress other)
    {
        if (one.IsUnix || other.IsUnix)
        {
            return one.IsUnix && other.IsUnix && one.Path == other.Path;
        }

        return one.Port == other.Port && one.Port != 0 && IsDatagram(one) == IsDatagram(other)
            && (one.Host.Equals(other.Host, StringComparison.OrdinalIgnoreCase) || IsAmong(one, other) || IsAmong(other, one));
    }

    private static bool IsDatagram(EndpointAddress address) => address.UsesArq || address.Scheme == TransportScheme.Udp;

    /// <summary><c>localhost</c> is both loopback addresses.</summary>
    private static bool IsAmong(EndpointAddress one, EndpointAddress both) => both.Host == "localhost" && one.Host is ("127.0.0.1" or "::1");
}
