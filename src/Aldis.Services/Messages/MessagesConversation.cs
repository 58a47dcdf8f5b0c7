using Aldis.Services.Hosting;

namespace Aldis.Services.Messages;

/// <summary>The conversation <c>messages</c> (docs/protocols/messages.md).</summary>
public static class MessagesConversation
{
    /// <summary>Its name.</summary>
    public const string Name = "messages";

    /// <summary>The port where an address names none.</summary>
    public const int DefaultPort = 9999;

    /// <summary>How it is served; messages go to the <see cref="MessageStore"/> among the services.</summary>
    public static Conversation Descriptor { get; } = new()
    {
        Name = Name,
        DefaultPort = DefaultPort,
        Stream = static place => new MessagesHandler(place.Need<MessageStore>()),
        Words = new DisplayWords { Opened = ["[NEW CONNECTION] {peer} connected.", "[ACTIVE CONNECTION] {active}"] },
    };
}
