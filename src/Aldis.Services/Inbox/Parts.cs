using Aldis.Journal.Storage;
using Aldis.Protocols.Files.Names;

namespace Aldis.Services.Inbox;

/// <summary>The unfinished files that are resumed, and the notes of their verified chunks (docs/protocols/files.md section 2.3).</summary>
internal static class Parts
{
    private const string PartSuffix = ".part";
    private const string LedgerSuffix = ".ledger";
    private const int MostAttempts = 5;
    private const UnixFileMode OwnDirectory = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Where an unfinished file is.</summary>
    /// <param name="identity">Whose it is (<see cref="TransferIdentity.NameOf"/>).</param>
    public static string PathOf(string identity) => $"{PathRule.PartsDirectory}/{identity}{PartSuffix}";

    /// <summary>Where the note of its verified chunks is.</summary>
    /// <param name="part">Where it is.</param>
    public static string LedgerOf(string part) => part[..^PartSuffix.Length] + LedgerSuffix;

    /// <summary>Where the file is whose chunks a file notes; null for what is no such note.</summary>
    /// <param name="ledger">The path.</param>
    public static string? PartOf(string ledger) =>
        ledger.EndsWith(LedgerSuffix, StringComparison.Ordinal) ? ledger[..^LedgerSuffix.Length] + PartSuffix : null;

    /// <summary>Creates a file among them.</summary>
    /// <param name="root">The directory of received files.</param>
    /// <param name="path">Its path.</param>
    /// <param name="mode">Its permissions.</param>
    public static IStorageFile Create(IStorageRoot root, string path, UnixFileMode mode)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return root.CreateFile(path, mode);
            }
            catch (DirectoryNotFoundException) when (attempt < MostAttempts)
            {
                // There is no directory yet, or another server has found it empty and removed it.
                MakeDirectory(root);
            }
        }
    }

    /// <summary>Whether a file still has its path; true where the system does not tell.</summary>
    /// <param name="root">The directory of received files.</param>
    /// <param name="path">The path.</param>
    /// <param name="file">The file that had it when it was opened.</param>
    public static bool IsStillAt(IStorageRoot root, string path, IStorageFile file) =>
        file.GetStatus() is not { } opened || FileChange.Describe(opened, root.GetStatus(path), 0) is null;

    /// <summary>Makes the directory they are in, where it is not there.</summary>
    /// <param name="root">The directory of received files.</param>
    public static void MakeDirectory(IStorageRoot root) => root.CreateDirectory(PathRule.PartsDirectory, OwnDirectory);

    /// <summary>Makes their names durable.</summary>
    /// <param name="root">The directory of received files.</param>
    public static void Sync(IStorageRoot root)
    {
        root.SyncDirectory(PathRule.PartsDirectory);
        root.SyncDirectory(string.Empty);
    }
}
