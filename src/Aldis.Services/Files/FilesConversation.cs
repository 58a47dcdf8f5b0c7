using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Native;
using Microsoft.Extensions.DependencyInjection;

namespace Aldis.Services.Files;

/// <summary>The conversation <c>files</c> (docs/protocols/files.md).</summary>
public static class FilesConversation
{
    /// <summary>Its name.</summary>
    public const string Name = "files";

    /// <summary>The port where an address names none.</summary>
    public const int DefaultPort = 65432;

    /// <summary>How it is served; files go to the <see cref="FileInbox"/> among the services, and an <see cref="IClientPolicy"/> there says who
    /// may be whom.</summary>
    public static Conversation Descriptor { get; } = new()
    {
        Name = Name,
        DefaultPort = DefaultPort,
        Stream = static place => Handle(
            place.Need<FileInbox>(),
            place.Services.GetService<ITransferShare>(),
            place.Services.GetService<IFileReceived>(),
            place.Services.GetService<IClientPolicy>()),
    };

    /// <summary>How it is served where there are no services to ask, or not everyone may be everyone.</summary>
    /// <param name="inbox">Where files go.</param>
    /// <param name="policy">Says which peer may be which native client; everyone may be everyone if left out.</param>
    /// <param name="received">Told of each file that is stored; nobody if left out.</param>
    /// <returns>The conversation.</returns>
    /// <exception cref="ArgumentNullException">There is no inbox.</exception>
    public static Conversation Into(FileInbox inbox, IClientPolicy? policy = null, IFileReceived? received = null)
    {
        ArgumentNullException.ThrowIfNull(inbox);
        return Descriptor with { Stream = _ => Handle(inbox, share: null, received, policy) };
    }

    private static FilesHandler Handle(FileInbox inbox, ITransferShare? share, IFileReceived? received, IClientPolicy? policy) =>
        new(inbox, FilesService.Of(inbox, share), policy, received);
}
