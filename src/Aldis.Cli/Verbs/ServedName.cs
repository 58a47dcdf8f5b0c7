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
    /// <returns>What to serve; by its name alone a conversation is served at its <see cref="Conversation.DefaultAddresses"/>.</returns>
    /// <exception cref="UsageException">A word names no conversation or no address.</exception>
    public static List<ServedName> Parse(IReadOnlyCollection<string> words, string listen, IReadOnlyList<Conversation> known)
    {
        var served = new List<ServedName>();
        foreach (string word in words.Count == 0 ? known.Select(static conversation => conversation.Name) : words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? word : word[..equals];
            Conversation conversation = known.FirstOrDefault(conversation => conversation.Name == name) ?? throw new UsageException(
                $"'{name}' is no conversation: there are {string.Join(", ", known.Select(static conversation => conversation.Name))}.");
            if (equals < 0)
            {
                served.AddRange(conversation.DefaultAddresses(listen).Select(address => new ServedName(conversation, address)));
                continue;
            }

            if (!EndpointAddress.TryParse(word[(equals + 1)..], out EndpointAddress? address, out string? error))
            {
                throw new UsageException(error);
            }

            served.Add(new ServedName(conversation, address.WithDefaults(listen, conversation.DefaultPort)));
        }

        return served;
    }
}
