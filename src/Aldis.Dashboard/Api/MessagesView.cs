namespace Aldis.Dashboard.Api;

/// <summary>A page of messages.</summary>
/// <param name="Messages">The messages, oldest first.</param>
/// <param name="Before">What asks for the page before; null where this one has the beginning.</param>
/// <param name="After">What a stream follows this page from, each message once.</param>
/// <param name="Repeats">Where the messages of one client are asked for: those that it sent again since the server started, which were
/// acknowledged again and are not stored; otherwise null.</param>
internal sealed record MessagesView(IReadOnlyList<MessageView> Messages, string? Before, string After, long? Repeats);
