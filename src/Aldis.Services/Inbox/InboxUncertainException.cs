namespace Aldis.Services.Inbox;

/// <summary>A file is there under its final name and whole, but whether it is after a power cut is not known.</summary>
/// <param name="name">The name it got.</param>
/// <param name="cause">Why the directory was not synced.</param>
internal sealed class InboxUncertainException(string name, Exception cause)
    : IOException($"stored as '{name}', but a power cut may take it away again: {cause.Message}", cause)
{
    /// <summary>The name the file got.</summary>
    public string Name { get; } = name;
}
