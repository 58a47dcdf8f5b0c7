using System.Globalization;
using Aldis.Journal.Storage;
using Aldis.Protocols.Files;
using Aldis.Protocols.Files.Names;

namespace Aldis.Services.Inbox;

/// <summary>
/// What a store wants of each entry of a transfer, and where it goes: from the manifest, what is on the disk, and what is left of earlier
/// attempts. Made at once, on a thread that may wait for the disk.
/// </summary>
internal sealed class TransferPlan
{
    private const UnixFileMode Permissions = (UnixFileMode)0x1FF;
    private const int MostNumbered = 1000;

    private readonly InboxOptions _options;
    private readonly TransferOffer _offer;
    private readonly string _folder;
    private readonly EntryAnswer[] _answers;
    private readonly string[] _paths;
    private readonly string[] _targets;
    private readonly HashSet<string> _existing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _blocked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UnixFileMode> _directoryModes = new(StringComparer.Ordinal);
    private readonly QuotaLease _quota;
    private readonly bool _hasParts;
    private long _room;

    /// <summary>Makes it.</summary>
    /// <param name="options">The inbox's.</param>
    /// <param name="root">Its directory.</param>
    /// <param name="offer">The transfer.</param>
    /// <param name="folder">The client's folder; empty where it has none.</param>
    /// <param name="quota">What may still be taken.</param>
    /// <param name="room">Bytes that the disk has room for.</param>
    public TransferPlan(InboxOptions options, IStorageRoot root, TransferOffer offer, string folder, QuotaLease quota, long room)
    {
        _options = options;
        _offer = offer;
        _folder = folder;
        _quota = quota;
        _room = room;
        Root = root;
        int count = offer.Entries.Count;
        _answers = new EntryAnswer[count];
        _paths = new string[count];
        _targets = new string[count];
        var names = new ManifestNames(offer.Entries);
        Look(string.Empty, names);
        foreach (string directory in names.Directories())
        {
            Look(directory, names);
        }

        _hasParts = root.GetStatus(PathRule.PartsDirectory) is { IsDirectory: true };
        for (int entry = 0; entry < count; entry++)
        {
            NameVerdict verdict = names.Verdicts[entry];
            _paths[entry] = Below(verdict.Path);
            _targets[entry] = verdict.Target;
            _answers[entry] = verdict.Fault == NameFault.None
                ? Answer(entry)
                : Refuse(RefusalCode.BadName, $"an entry's name {NameFaultText.Describe(verdict.Fault)}");
        }
    }

    /// <summary>The directory of received files.</summary>
    public IStorageRoot Root { get; }

    /// <summary>What is wanted.</summary>
    public IReadOnlyList<EntryAnswer> Answers => _answers;

    /// <summary>
    /// Makes the names durable of what is confirmed because it is there: whoever gave them may have ended before he had synced them.
    /// </summary>
    /// <exception cref="IOException">That failed.</exception>
    public void SyncConfirmed()
    {
        var synced = new HashSet<string>(StringComparer.Ordinal);
        for (int entry = 0; entry < _answers.Length; entry++)
        {
            if (_answers[entry].Kind == TransferUnitKind.Have)
            {
                foreach (string directory in ReceivedDirectories.AllAbove(_paths[entry]).TakeWhile(synced.Add))
                {
                    Root.SyncDirectory(directory);
                }
            }
        }
    }

    /// <summary>Where an entry goes.</summary>
    /// <param name="entry">One that is taken.</param>
    public string PathOf(int entry) => _paths[entry];

    /// <summary>What a link points to.</summary>
    /// <param name="entry">A link that is taken.</param>
    public string TargetOf(int entry) => _targets[entry];

    /// <summary>Where the unfinished file of an entry is, one that can be resumed.</summary>
    /// <param name="entry">A file that is taken.</param>
    public string PartOf(int entry) => Parts.PathOf(TransferIdentity.NameOf(_offer.Client, _offer.Opening.Key, _paths[entry]));

    /// <summary>What a file becomes.</summary>
    /// <param name="entry">A file that is taken.</param>
    /// <param name="length">Its bytes.</param>
    public ReceivedFile Describe(int entry, long length)
    {
        ManifestEntry its = _offer.Entries[entry];
        string path = _paths[entry];
        return new ReceivedFile(
            path,
            length,
            ModeOf(entry),
            its.ModifiedNs,
            its.Size == ManifestEntry.UnknownSize ? default : TransferIdentity.MarkOf(_offer.Client, _offer.Opening.Key, path, its),
            _offer.Opening.Policy == ConflictPolicy.Overwrite && !_options.AllowOverwrite ? ConflictPolicy.Fail : _offer.Opening.Policy);
    }

    /// <summary>
    /// The permissions of a file: of those its source had, what the inbox gives to received files, and for whoever may read them the
    /// right to
    /// run those that could be run. Never set-user-ID and its like.
    /// </summary>
    /// <param name="entry">A file that is taken.</param>
    public UnixFileMode ModeOf(int entry) =>
        ((UnixFileMode)_offer.Entries[entry].Mode & (_options.FileMode | Running(_options.FileMode)) & Permissions) | UnixFileMode.UserRead;

    /// <summary>The permissions of a directory that is made: those of its entry, and its owner's.</summary>
    /// <param name="directory">Its path.</param>
    public UnixFileMode DirectoryModeOf(string directory) =>
        _directoryModes.TryGetValue(directory, out UnixFileMode mode)
            ? (mode & _options.DirectoryMode) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            : _options.DirectoryMode;

    /// <summary>
    /// Gives the directories the times of their sources, once nothing more gets a name in them. One that somebody took away has none: what was in it
    /// is what counts.
    /// </summary>
    public void SetDirectoryTimes()
    {
        for (int entry = 0; entry < _answers.Length; entry++)
        {
            ManifestEntry its = _offer.Entries[entry];
            if (its is { Kind: FileEntryKind.Directory, ModifiedNs: > 0 } && !_offer.Opening.IsVerify
                && _answers[entry].Kind is TransferUnitKind.Want or TransferUnitKind.Have)
            {
                try
                {
                    Root.SetDirectoryModified(_paths[entry], its.ModifiedNs);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // It is gone, or another's.
                }
            }
        }
    }

    private static UnixFileMode Running(UnixFileMode mode) =>
        (UnixFileMode)((int)(mode & (UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead)) >> 2);

    private static EntryAnswer Refuse(RefusalCode code, string? detail = null) =>
        new() { Kind = TransferUnitKind.Nak, Code = code, Detail = detail };

    private static EntryAnswer Confirm() => new() { Kind = TransferUnitKind.Have };

    private string Below(string path) => _folder.Length == 0 ? path : path.Length == 0 ? _folder : $"{_folder}/{path}";

    /// <summary>Looks what is in a directory that is there; those above it were looked at before.</summary>
    private void Look(string directory, ManifestNames names)
    {
        string path = Below(directory);
        string above = ReceivedDirectories.Above(path);
        if (directory.Length > 0 && (_blocked.Contains(above) || !_existing.Contains(above)))
        {
            _ = _blocked.Contains(above) && _blocked.Add(path);
            return;
        }

        FileStatus? status = path.Length == 0 ? null : Root.GetStatus(path);
        if (path.Length == 0 || status is { IsDirectory: true })
        {
            _existing.Add(path);
            names.CompareWithDisk(directory, Root.ListNames(path));
        }
        else if (status is not null)
        {
            _blocked.Add(path);
        }
    }

    private EntryAnswer Answer(int entry)
    {
        ManifestEntry its = _offer.Entries[entry];
        if (its.Size > _options.MaxFileBytes)
        {
            return Refuse(RefusalCode.TooLarge);
        }

        string path = _paths[entry];
        string above = ReceivedDirectories.Above(path);
        if (_blocked.Contains(above))
        {
            return Refuse(_offer.Opening.IsVerify ? RefusalCode.Differs : RefusalCode.Exists, $"'{above}' is no directory");
        }

        FileStatus? there = _existing.Contains(above) ? Root.GetStatus(path) : null;
        return _offer.Opening.IsVerify ? Compare(its, path, there)
            : there is { } status ? AnswerTaken(entry, its, path, status)
            : Want(entry, its);
    }

    private EntryAnswer Compare(ManifestEntry its, string path, FileStatus? there) => there switch
    {
        null => Refuse(RefusalCode.Missing),
        { } status => its.Kind switch
        {
            FileEntryKind.Directory when status.IsDirectory => Confirm(),
            FileEntryKind.Link when status.IsLink && IsSameLink(its, path) => Confirm(),
            FileEntryKind.File when status.IsRegular && status.Length == its.Size => new() { Kind = TransferUnitKind.Prove },
            _ => Refuse(RefusalCode.Differs),
        },
    };

    private bool IsSameLink(ManifestEntry its, string path) =>
        PathRule.CheckTarget(path, its.Target.Span, out string target) == NameFault.None && Root.ReadLink(path) == target;

    private EntryAnswer AnswerTaken(int entry, ManifestEntry its, string path, FileStatus there)
    {
        ConflictPolicy policy = _offer.Opening.Policy;
        EntryAnswer exists = Refuse(RefusalCode.Exists, $"'{path}' is there: {there.TypeName}");
        switch (its.Kind)
        {
            case FileEntryKind.Directory:
                return there.IsDirectory ? Confirm() : exists;
            case FileEntryKind.Link when there.IsLink && IsSameLink(its, path):
                return Confirm();
            case FileEntryKind.Link:
                return policy == ConflictPolicy.Rename ? Want(entry, its) : exists;
            case FileEntryKind.File when IsFromBefore(its, path, path, there):
                return Confirm();
        }

        return policy switch
        {
            ConflictPolicy.Rename => IsNumberedFromBefore(its, path) ? Confirm() : Want(entry, its),
            ConflictPolicy.Overwrite when _options.AllowOverwrite && there.IsRegular => Want(entry, its),
            ConflictPolicy.Skip => exists,
            _ => there.IsRegular && there.Length == its.Size ? new EntryAnswer { Kind = TransferUnitKind.Prove } : exists,
        };
    }

    /// <summary>
    /// Whether an earlier attempt of this transfer has stored it, of this state of the source, and nobody changed it since.
    /// </summary>
    /// <param name="its">The entry.</param>
    /// <param name="path">The path that was asked for, of which the mark is.</param>
    /// <param name="at">Where it is.</param>
    /// <param name="there">What is there.</param>
    private bool IsFromBefore(ManifestEntry its, string path, string at, FileStatus there)
    {
        if (!there.IsRegular || there.Length != its.Size || its.ModifiedNs == 0 || there.Written != its.ModifiedNs)
        {
            return false;
        }

        using IStorageFile? file = Root.OpenFile(at, mayWrite: false);
        return file is not null
            && TransferIdentity.MarkOf(_offer.Client, _offer.Opening.Key, path, its).AsSpan().SequenceEqual(file.GetMark());
    }

    private bool IsNumberedFromBefore(ManifestEntry its, string path)
    {
        for (int number = 2; number <= MostNumbered; number++)
        {
            string candidate = FreeNames.Numbered(path, number);
            if (Root.GetStatus(candidate) is not { } there)
            {
                return false;
            }

            if (IsFromBefore(its, path, candidate, there))
            {
                return true;
            }
        }

        return false;
    }

    private EntryAnswer Want(int entry, ManifestEntry its)
    {
        if (its.Kind != FileEntryKind.File)
        {
            if (its.Kind == FileEntryKind.Directory)
            {
                _directoryModes[_paths[entry]] = (UnixFileMode)its.Mode & Permissions;
            }

            return new EntryAnswer { Kind = TransferUnitKind.Want };
        }

        EntryAnswer answer = _hasParts && CanResume(its) ? FindPart(entry, its) : new EntryAnswer { Kind = TransferUnitKind.Want };
        long missing = Math.Max(0, its.Size) - answer.Offset;
        if (missing > _room)
        {
            return Refuse(RefusalCode.DiskFull, string.Create(
                CultureInfo.InvariantCulture, $"'{_paths[entry]}' has {missing} bytes, and the disk has room for {Math.Max(0, _room)}"));
        }

        if (!_quota.TryReserve(Math.Max(0, its.Size), out string refusal))
        {
            return Refuse(RefusalCode.Quota, refusal);
        }

        _room -= missing;
        return answer;
    }

    /// <summary>Whether an entry gets its name by this attempt.</summary>
    /// <param name="answer">The answer to it.</param>
    public static bool IsWanted(EntryAnswer answer) => answer.Kind is TransferUnitKind.Want or TransferUnitKind.Resume;

    /// <summary>Whether what is there of a file is kept for the next attempt.</summary>
    /// <param name="entry">The file.</param>
    public static bool CanResume(ManifestEntry entry) => entry.Size > ChunkSize.Of(entry.Size);

    private EntryAnswer FindPart(int entry, ManifestEntry its)
    {
        string path = PartOf(entry);
        var anew = new EntryAnswer { Kind = TransferUnitKind.Want };
        if (Root.GetStatus(path) is not { IsRegular: true }
            || Root.OpenFile(path, mayWrite: false) is not { } part)
        {
            return anew;
        }

        using (part)
        {
            if (Root.OpenFile(Parts.LedgerOf(path), mayWrite: false) is not { } noted)
            {
                return anew;
            }

            using (noted)
            using (PartLedger? ledger = PartLedger.Read(noted, its, _offer.Opening.Algorithm, part.Length, Root.SystemRun, mayCut: false))
            {
                return ledger is null ? anew with { IsChanged = true }
                    : ledger.Verified > 0 && TrySync(part, path, ledger)
                        ? new EntryAnswer { Kind = TransferUnitKind.Resume, Offset = ledger.Verified, Chain = ledger.Chain }
                    : anew;
            }
        }
    }

    /// <summary>Makes durable what a server wrote that was killed before it did so: before that nothing goes on from there.</summary>
    private bool TrySync(IStorageFile part, string path, PartLedger ledger)
    {
        try
        {
            if (ledger.Durable < ledger.Verified)
            {
                part.Sync();
            }

            return true;
        }
        catch (IOException)
        {
            // That is told once. What is noted is of no use, now and for whoever asks next.
            Root.Delete(Parts.LedgerOf(path));
            return false;
        }
    }
}
