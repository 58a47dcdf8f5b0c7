namespace Aldis.Dashboard.Api;

/// <summary>A page of messages.</summary>
/// <param name="Messages">The messages, oldest first.</param>
/// <param name="Before">What asks for the page before; null where this one has the beginning.</param>
/// <param name="After">What a stream follows this page from, each message once.</param>
internal sealed record MessagesView(IReadOnlyList<MessageView> Messages, string? Before, string After);
