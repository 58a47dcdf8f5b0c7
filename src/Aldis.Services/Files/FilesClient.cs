using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Files.Sources;
using Aldis.Services.Inbox;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Services.Files;

/// <summary>
/// The client of the native form of <c>files</c> (docs/protocols/files.md): files and trees over one connection, each confirmed when it is durable
/// under its name over there, with the digest that was computed here. It connects when it is used, reconnects by itself, and the same call made
/// again, by another process too, goes on behind what was verified. One call at a time.
/// </summary>
public sealed class FilesClient
{
    /// <summary>Entries of one transfer; what is more goes in several.</summary>
    private const int EntriesAtOnce = 10_000;

    private readonly EndpointAddress _address;
    private readonly TransferClient _client;
    private readonly FilesClientOptions _options;

    /// <summary>Prepares a client; it does not connect.</summary>
    /// <param name="address">Where to, for example <c>127.0.0.1:65432</c>; the port is 65432 where it names none.</param>
    /// <param name="options">Who it is, and its limits.</param>
    /// <exception cref="FormatException">The text is no address.</exception>
    public FilesClient(string address, FilesClientOptions options)
        : this(EndpointAddress.Parse(address), options)
    {
    }

    /// <inheritdoc cref="FilesClient(string, FilesClientOptions)"/>
    public FilesClient(EndpointAddress address, FilesClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        _address = address;
        _options = options;
        _client = new TransferClient(address, options);
    }

    /// <summary>
    /// Sends files and directory trees. A file lands under its name, a directory under its name with what is in it. Nothing is replaced or
    /// deleted: what is there with the same content is confirmed, what is there with another is refused as <c>exists</c>.
    /// </summary>
    /// <param name="paths">Files and directories of this machine. Symbolic links below a directory are left out.</param>
    /// <param name="progress">Told how far it is, from whatever thread that happens on.</param>
    /// <param name="cancellationToken">Stops; the same call goes on later.</param>
    /// <returns>What became of each entry that was found.</returns>
    /// <exception cref="CommunicationException">The server was not reached, turned the client away, or was lost for too long.</exception>
    /// <exception cref="IOException">A path names nothing that can be sent.</exception>
    public async Task<IReadOnlyList<FileOutcome>> SendAsync(
        IReadOnlyList<string> paths, IProgress<FilesProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var outcomes = new List<FileOutcome>();
        IReadOnlyList<SourceEntry> named = SourceTree.Look(paths);
        IEnumerable<SourceEntry> found = new SourceTree(new PathFilter(), LinkPolicy.Skip).Walk(named)
            .Where(static entry => entry.Kind != SourceKind.Skipped);
        int number = 0;
        foreach (SourceEntry[] batch in found.Chunk(EntriesAtOnce))
        {
            var source = new TreeSource(batch);
            var recorder = new OutcomeRecorder(source.Entries, progress);
            string key = TransferKey.Of([_address.ToString(), .. paths.Select(Path.GetFullPath), $"{number++}"]);
            await _client.SendAsync(source, new TransferRequest { Key = key }, recorder, cancellationToken).ConfigureAwait(false);
            outcomes.AddRange(recorder.Outcomes);
        }

        return outcomes;
    }

    /// <summary>Fetches files and directory trees that the server shares, each under the last name of its path.</summary>
    /// <param name="paths">Paths below what is shared, components parted by <c>/</c>; an empty one is everything.</param>
    /// <param name="directory">Where they go on this machine; created where it does not exist. Nothing in it is replaced.</param>
    /// <param name="progress">Told how far it is, from whatever thread that happens on.</param>
    /// <param name="cancellationToken">Stops; the same call goes on later.</param>
    /// <returns>What became of each entry.</returns>
    /// <exception cref="CommunicationException">The server was not reached, shares nothing of this name, or was lost for too long.</exception>
    public async Task<IReadOnlyList<FileOutcome>> FetchAsync(
        IReadOnlyList<string> paths,
        string directory,
        IProgress<FilesProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentException.ThrowIfNullOrEmpty(directory);
        var inbox = new FileInbox(new InboxOptions { Directory = Path.GetFullPath(directory) });
        var request = new TransferRequest { Key = TransferKey.Of([_address.ToString(), _options.Client, .. paths]) };
        OutcomeRecorder? recorder = null;
        await _client.FetchAsync(
            paths,
            inbox.Transfers,
            request,
            entries => recorder = recorder?.Outcomes.Count == entries.Count ? recorder : new OutcomeRecorder(entries, progress),
            (cause, pause) => OutcomeRecorder.Interrupt(progress, cause, pause),
            cancellationToken).ConfigureAwait(false);
        return recorder!.Outcomes;
    }

    /// <summary>Lists what is directly in a directory that the server shares.</summary>
    /// <param name="path">The directory, from the root of what is shared; empty for the root.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What is there.</returns>
    /// <exception cref="CommunicationException">The server was not reached, or shares nothing of this name.</exception>
    public async Task<IReadOnlyList<SharedFile>> ListAsync(string path = "", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        IReadOnlyList<ManifestEntry> entries = await _client.ListAsync([path], cancellationToken).ConfigureAwait(false);
        return
        [
            .. entries.Select(static entry => new SharedFile
            {
                Name = Encoding.UTF8.GetString(entry.Path.Span),
                IsDirectory = entry.Kind == FileEntryKind.Directory,
                Length = Math.Max(0, entry.Size),
                Modified = DateTimeOffset.UnixEpoch.AddTicks(entry.ModifiedNs / TimeSpan.NanosecondsPerTick),
            }),
        ];
    }
}
