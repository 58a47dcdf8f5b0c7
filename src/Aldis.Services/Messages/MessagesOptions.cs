namespace Aldis.Services.Messages;

/// <summary>Bounds of the <c>messages</c> conversation.</summary>
public sealed record MessagesOptions
{
    /// <summary>The most bytes of a message. Default 1 MiB.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;
}
