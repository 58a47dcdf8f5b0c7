using Aldis.Services.Hosting;
using Aldis.Services.Native;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Services.Messages;

/// <summary>The conversation <c>messages</c> (docs/protocols/messages.md).</summary>
public static class MessagesConversation
{
    /// <summary>Its name.</summary>
    public const string Name = "messages";

    /// <summary>The port where an address names none.</summary>
    public const int DefaultPort = 9999;

    /// <summary>How it is served; messages go to the <see cref="MessageStore"/> among the services, and an <see cref="IClientPolicy"/> there
    /// says who may be whom.</summary>
    public static Conversation Descriptor { get; } = new()
    {
        Name = Name,
        DefaultPort = DefaultPort,
        Stream = static place => new MessagesHandler(place.Need<MessageStore>(), place.Services.GetService<IClientPolicy>()),
        Words = new DisplayWords { Opened = ["[NEW CONNECTION] {peer} connected.", "[ACTIVE CONNECTION] {active}"] },
    };

    /// <summary>How it is served where there are no services to ask, or not everyone may be everyone.</summary>
    /// <param name="store">Where messages are kept.</param>
    /// <param name="policy">Says which peer may be which native client; everyone may be everyone if left out.</param>
    /// <returns>The conversation.</returns>
    /// <exception cref="ArgumentNullException">There is no store.</exception>
    public static Conversation Into(MessageStore store, IClientPolicy? policy = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        return Descriptor with { Stream = _ => new MessagesHandler(store, policy) };
    }
}
