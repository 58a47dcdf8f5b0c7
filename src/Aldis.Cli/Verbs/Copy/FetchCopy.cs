using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Files;
using Aldis.Services.Files;
using Aldis.Services.Inbox;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Copy;

/// <summary><c>aldis copy ADDRESS/PATH... DIR</c>: what a server shares, received here as a server receives it.</summary>
internal sealed class FetchCopy
{
    // What the user's umask leaves of it, as of every file that he makes.
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead
        | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly CopyBoard _board;
    private CopiedFile[]? _files;

    private FetchCopy(CopyBoard board) => _board = board;

    public static async Task<int> RunAsync(VerbContext context, CopySettings settings, JsonEvents? events)
    {
        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Places.Address, FilesConversation.DefaultPort);
        string directory = Path.GetFullPath(settings.Places.Locals[0]);
        if (File.Exists(directory))
        {
            throw new UsageException($"'{settings.Places.Locals[0]}' is a file, and what is fetched goes into a directory.");
        }

        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        var link = new CopyLink(address, settings, await settings.Token.ReadAsync(context, address), trace);
        var inbox = new FileInbox(new InboxOptions
        {
            Directory = directory,
            FileMode = FileMode,
            AllowOverwrite = settings.Policy == ConflictPolicy.Overwrite,
        });
        using var board = new CopyBoard(context.Console, settings, events, TimeProvider.System, () => link.State);
        string key = TransferKey.Of([address.ToString(), directory, .. settings.Places.Paths]);
        return await board.RunAsync(context, () => ReceiveAsync(link.FetchAsync(
            settings.Places.Paths, inbox.Transfers, key, new FetchCopy(board).Offer, board.Interrupt, context.Interruption)));
    }

    private static async Task ReceiveAsync(Task fetching)
    {
        try
        {
            await fetching;
        }
        catch (IOException exception) when (exception is not CommunicationException)
        {
            throw new UsageException(exception.Message);
        }
    }

    /// <summary>Takes what the server offers, which is the same on every connection unless somebody changed it.</summary>
    private CopyWatcher Offer(IReadOnlyList<ManifestEntry> entries)
    {
        if (_files?.Length != entries.Count)
        {
            _files = [.. entries.Select(Describe)];
            foreach (CopiedFile file in _files)
            {
                _board.Add(file.IsDirectory, file.Length);
            }

            _board.IsTotalKnown = true;
        }

        return new CopyWatcher(_board, _files);
    }

    private static CopiedFile Describe(ManifestEntry entry)
    {
        string name = Encoding.UTF8.GetString(entry.Path.Span);
        return new CopiedFile(name, name)
        {
            IsDirectory = entry.Kind == FileEntryKind.Directory,
            Length = entry.Size == ManifestEntry.UnknownSize ? null : entry.Size,
        };
    }
}
