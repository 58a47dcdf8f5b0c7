using Aldis.Transports.Addresses;

namespace Aldis.Services.Hosting;

/// <summary>What an application serves beside whatever else it does; <see cref="AldisHosting"/> gives one to be filled.</summary>
public sealed class AldisBuilder
{
    private readonly List<(Conversation Conversation, EndpointAddress Address)> _listeners = [];

    internal AldisBuilder()
    {
    }

    /// <summary>Limits and who is told what happens. The configuration's limits come before these; the clock and the events are the
    /// application's where none are named here.</summary>
    public ServerOptions Options { get; set; } = new();

    /// <summary>Serves a conversation on its own port of this machine's loopback addresses
    /// (<see cref="Conversation.DefaultAddresses"/>).</summary>
    /// <param name="conversation">The conversation.</param>
    /// <returns>This builder.</returns>
    public AldisBuilder Listen(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        _listeners.AddRange(conversation.DefaultAddresses().Select(address => (conversation, address)));
        return this;
    }

    /// <summary>Serves a conversation at an address given as text.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="address">For example <c>arq://0.0.0.0:9999</c>.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    public AldisBuilder Listen(Conversation conversation, string address) => Listen(conversation, EndpointAddress.Parse(address));

    /// <summary>Serves a conversation at an address; what is wrong with it shows when the application starts.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="address">Where, as <see cref="ConversationServer.Listen(Conversation, EndpointAddress)"/>.</param>
    /// <returns>This builder.</returns>
    public AldisBuilder Listen(Conversation conversation, EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(address);
        _listeners.Add((conversation, address));
        return this;
    }

    internal ConversationServer Build(IServiceProvider services)
    {
        var server = new ConversationServer(Options, services);
        foreach ((Conversation conversation, EndpointAddress address) in _listeners)
        {
            server.Listen(conversation, address);
        }

        return server;
    }
}
