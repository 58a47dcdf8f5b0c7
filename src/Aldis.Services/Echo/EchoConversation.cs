using Aldis.Services.Hosting;
using Aldis.Services.Native;

namespace Aldis.Services.Echo;

/// <summary>The conversation <c>echo</c> (RFC 862, docs/protocols/echo.md), on streams and on datagrams.</summary>
public static class EchoConversation
{
    /// <summary>Its name.</summary>
    public const string Name = "echo";

    /// <summary>The port where an address names none, TCP and UDP.</summary>
    public const int DefaultPort = 12345;

    /// <summary>How it is served.</summary>
    public static Conversation Descriptor { get; } = new()
    {
        Name = Name,
        DefaultPort = DefaultPort,
        Stream = static place => GuardedHandler.Before(new EchoHandler(), Name, place),
        Datagrams = DatagramEcho.Bind,
        AddressOptions = [DatagramEcho.RateOption],
        Words = new DisplayWords { Opened = [] },
    };
}
