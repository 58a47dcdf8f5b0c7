using Aldis.Services.Hosting;
using Aldis.Services.Native;

namespace Aldis.Services.Ack;

/// <summary>The conversation <c>ack</c> (docs/protocols/ack.md).</summary>
public static class AckConversation
{
    /// <summary>Its name.</summary>
    public const string Name = "ack";

    /// <summary>The port where an address names none.</summary>
    public const int DefaultPort = 8000;

    /// <summary>How it is served.</summary>
    public static Conversation Descriptor { get; } = new()
    {
        Name = Name,
        DefaultPort = DefaultPort,
        Stream = static place => GuardedHandler.Before(new AckHandler(AckOptions.Of(place.Address)), Name, place),
        AddressOptions = [new(AckOptions.PerLineOption, "one answer for each line instead of one for each read")],
    };
}
