using Aldis.Cli.Terminal;
using Aldis.Protocols.Files;
using Aldis.Protocols.Text;
using Aldis.Services.Files;
using Aldis.Services.Files.Sources;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Copy;

/// <summary><c>aldis copy</c> to a server: files and trees in the native form, each entry confirmed.</summary>
internal sealed class NativeCopy
{
    /// <summary>Entries of one transfer. A tree with more goes in several, so that memory does not grow with it.</summary>
    private const int EntriesAtOnce = 50_000;

    /// <summary>Bytes of the names in one transfer.</summary>
    private const int NameBytesAtOnce = 8 * 1024 * 1024;

    private readonly VerbContext _context;
    private readonly CopySettings _settings;
    private readonly CopyLink _link;
    private readonly CopyBoard _board;
    private readonly EndpointAddress _address;

    private NativeCopy(VerbContext context, CopySettings settings, EndpointAddress address, CopyLink link, CopyBoard board)
    {
        _context = context;
        _settings = settings;
        _address = address;
        _link = link;
        _board = board;
    }

    public static async Task<int> RunAsync(VerbContext context, CopySettings settings, JsonEvents? events)
    {
        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Places.Address, FilesConversation.DefaultPort);
        IReadOnlyList<SourceEntry> named = Look(context, settings);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        var link = new CopyLink(address, settings, await settings.Token.ReadAsync(context, address), trace);
        using var board = new CopyBoard(context.Console, settings, events, TimeProvider.System, () => link.State);
        var copy = new NativeCopy(context, settings, address, link, board);
        return await board.RunAsync(context, () => copy.SendAllAsync(named));
    }

    /// <summary>Looks at what was named, before anything is sent.</summary>
    private static IReadOnlyList<SourceEntry> Look(VerbContext context, CopySettings settings)
    {
        IReadOnlyList<string> paths = settings.Places.Locals;
        bool readsInput = paths.Contains(CopyPlaces.StandardInput, StringComparer.Ordinal);
        if (readsInput != settings.Name is not null)
        {
            throw new UsageException(readsInput
                ? "what comes from standard input has no name: give it one with --name NAME."
                : "--name is for what comes from standard input: write '-' for it, or rename the file.");
        }

        if (readsInput && paths.Count > 1)
        {
            throw new UsageException("'-' is standard input, and is copied alone.");
        }

        try
        {
            foreach (string path in paths)
            {
                FileInput.EnsureGiven(path == CopyPlaces.StandardInput ? FileInput.StandardInput : path);
            }

            IReadOnlyList<SourceEntry> named = readsInput
                ? [new SourceEntry(SourceKind.Stream, settings.Name!, "-", default) { Content = context.Console.Input }]
                : SourceTree.Look(paths);
            SourceEntry? once = named.FirstOrDefault(static entry => entry.Kind == SourceKind.Stream);
            return once is not null && (settings.IsDryRun || settings.IsVerified)
                ? throw new UsageException($"'{once.Path}' can be read only once, and to compare is to read.")
                : named;
        }
        catch (SourceException exception)
        {
            throw new UsageException(exception.Message + " Nothing was sent.");
        }
        catch (IOException exception)
        {
            throw new UsageException($"'{paths[0]}' cannot be read: {exception.Message} Nothing was sent.");
        }
    }

    private async Task SendAllAsync(IReadOnlyList<SourceEntry> named)
    {
        var changed = new List<SourceEntry>();
        int number = 0;
        using IEnumerator<SourceEntry> found = new SourceTree(_settings.Filter, _settings.Links).Walk(named).GetEnumerator();
        while (await Task.Run(() => Gather(found), _context.Interruption) is { Count: > 0 } batch)
        {
            changed.AddRange(await SendAsync(batch, Key(number++), retriesChanged: true));
        }

        if (changed.Count > 0)
        {
            // Their state is another now; what is written to all the time is told after this.
            _board.Say(changed.Count == 1
                ? $"{changed[0].Name} changed while it was copied, and is tried once more"
                : $"{Quantity.Count(changed.Count)} files changed while they were copied, and are tried once more");
            await SendAsync([.. changed.Select(Refresh)], Key(number), retriesChanged: false);
        }
    }

    /// <summary>Takes as much as goes into one transfer, and tells of what cannot be copied.</summary>
    private List<SourceEntry> Gather(IEnumerator<SourceEntry> found)
    {
        var batch = new List<SourceEntry>();
        int nameBytes = 0;
        while (batch.Count < EntriesAtOnce && nameBytes < NameBytesAtOnce)
        {
            _context.Interruption.ThrowIfCancellationRequested();
            if (!found.MoveNext())
            {
                _board.IsTotalKnown = true;
                break;
            }

            SourceEntry entry = found.Current;
            if (entry.Kind == SourceKind.Skipped)
            {
                _board.Skip(new CopiedFile(entry.Path, entry.Name), entry.Note!, entry.IsFailure);
                continue;
            }

            batch.Add(entry);
            nameBytes += entry.Name.Length * 3;
            _board.Add(entry.Kind == SourceKind.Directory, entry.Kind == SourceKind.Stream ? null : entry.Length);
        }

        return batch;
    }

    private async Task<IEnumerable<SourceEntry>> SendAsync(List<SourceEntry> batch, string key, bool retriesChanged)
    {
        CopiedFile[] files =
        [
            .. batch.Select(static entry => new CopiedFile(entry.Path, entry.Name)
            {
                IsDirectory = entry.Kind == SourceKind.Directory,
                Length = entry.Kind == SourceKind.Stream ? null : entry.Length,
            }),
        ];
        var source = new TreeSource(batch) { Unreadable = (entry, reason) => files[entry].Reason = reason };
        var watcher = new CopyWatcher(_board, files) { RetriesChanged = retriesChanged };
        await _link.SendAsync(source, key, watcher, _context.Interruption);
        return watcher.Changed.Select(entry => batch[entry]);
    }

    private static SourceEntry Refresh(SourceEntry entry) =>
        SourceStatus.Of(entry.Path) is { } status ? entry with { Status = status } : entry;

    /// <summary>The same for the same copy, so that it goes on where it was.</summary>
    private string Key(int number) => TransferKey.Of(
    [
        _address.ToString(),
        .. _settings.Places.Locals.Select(Path.GetFullPath),
        _settings.Name ?? string.Empty,
        number.ToString(System.Globalization.CultureInfo.InvariantCulture),
    ]);
}
