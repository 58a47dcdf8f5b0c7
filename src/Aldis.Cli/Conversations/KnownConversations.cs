using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Messages;

namespace Aldis.Cli.Conversations;

/// <summary>The conversations that the command serves and shows: the one place that lists them.</summary>
internal static class KnownConversations
{
    /// <summary>All of them, in the order in which they are served and listed.</summary>
    public static IReadOnlyList<Conversation> All { get; } =
    [
        AckConversation.Descriptor,
        EchoConversation.Descriptor,
        ExchangeConversation.Descriptor,
        FilesConversation.Descriptor,
        MessagesConversation.Descriptor,
    ];

    private static readonly DisplayWords Otherwise = new();

    /// <summary>What a person is shown of a conversation's events.</summary>
    /// <param name="service">Its name, as events have it.</param>
    /// <returns>Its words, or what suits most where it is not known.</returns>
    public static DisplayWords WordsOf(string service) => Find(service)?.Words ?? Otherwise;

    /// <summary>The conversation of a name.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null where there is none.</returns>
    public static Conversation? Find(string name) => All.FirstOrDefault(conversation => conversation.Name == name);
}
