using Aldis.Services.Hosting;
using Aldis.Services.Native;

namespace Aldis.Services.Exchange;

/// <summary>The conversation <c>exchange</c> (docs/protocols/exchange.md).</summary>
public static class ExchangeConversation
{
    /// <summary>Its name.</summary>
    public const string Name = "exchange";

    /// <summary>The port where an address names none.</summary>
    public const int DefaultPort = 8888;

    /// <summary>How it is served.</summary>
    public static Conversation Descriptor { get; } = new()
    {
        Name = Name,
        DefaultPort = DefaultPort,
        Stream = static place => GuardedHandler.Before(new ExchangeHandler(), Name, place),
        Words = new DisplayWords { Text = "Data received" },
    };
}
