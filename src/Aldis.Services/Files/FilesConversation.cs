using Aldis.Services.Hosting;
using Aldis.Services.Inbox;

namespace Aldis.Services.Files;

/// <summary>The conversation <c>files</c> (docs/protocols/files.md).</summary>
public static class FilesConversation
{
    /// <summary>Its name.</summary>
    public const string Name = "files";

    /// <summary>The port where an address names none.</summary>
    public const int DefaultPort = 65432;

    /// <summary>How it is served; files go to the <see cref="FileInbox"/> among the services.</summary>
    public static Conversation Descriptor { get; } = new()
    {
        Name = Name,
        DefaultPort = DefaultPort,
        Stream = static place => new FilesHandler(place.Need<FileInbox>()),
    };

    /// <summary>How it is served where there are no services to ask.</summary>
    /// <param name="inbox">Where files go.</param>
    /// <returns>The conversation.</returns>
    /// <exception cref="ArgumentNullException">There is no inbox.</exception>
    public static Conversation Into(FileInbox inbox)
    {
        ArgumentNullException.ThrowIfNull(inbox);
        return Descriptor with { Stream = _ => new FilesHandler(inbox) };
    }
}
