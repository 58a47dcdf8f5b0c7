using Aldis.Services.Events;
using Aldis.Services.Hosting;

namespace Aldis.Services.Files;

/// <summary>Tells whoever wants to know of the files of a connection.</summary>
/// <param name="directory">The directory of received files.</param>
/// <param name="served">The connection.</param>
/// <param name="received">Who is told; nobody if null.</param>
internal sealed class ReceivedNotice(string directory, ServedConnection served, IFileReceived? received)
{
    /// <summary>Tells of a file that is stored.</summary>
    /// <param name="name">Its path below the directory.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="digest">Its digest, where it came with one.</param>
    public void Tell(string name, long length, string? digest)
    {
        try
        {
            received?.HandleReceived(new FileReceipt
            {
                Path = Path.Combine(directory, name),
                Name = name,
                Length = length,
                Peer = served.Peer,
                Client = served.Client,
                Digest = digest,
            });
        }
        catch (Exception exception)
        {
            // The file is stored, whatever becomes of it next.
            served.Publish(ServiceEventKind.Fault, detail: exception.ToString(), cause: ServiceEventCause.HandlerFailed);
        }
    }
}
