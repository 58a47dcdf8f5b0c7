using Aldis.Transports.Sockets;

namespace Aldis.Services.Inbox;

/// <summary>Where received files go, and how much of the disk they may take.</summary>
public sealed record InboxOptions
{
    /// <summary>The directory of received files; created when the first file comes.</summary>
    public required string Directory { get; init; }

    /// <summary>Bytes of the file system that stay free; below that, files are refused. Default 256 MiB.</summary>
    public long FreeSpaceFloor { get; init; } = 256L * 1024 * 1024;

    /// <summary>
    /// Mode of received files, of which the umask may take something; a directory that is created lets those in who may read the files. Of
    /// no account on Windows. Default 0600: the user's own.
    /// </summary>
    public UnixFileMode FileMode { get; init; } = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Bytes of the longest file that is received in the native form. Default: what a number can say, 2^63−1.</summary>
    public long MaxFileBytes { get; init; } = long.MaxValue;

    /// <summary>
    /// Most bytes that all received files together may have, for the native form; beyond it files are refused as <c>quota</c>. Null, the
    /// default: no bound but the free space.
    /// </summary>
    public long? QuotaBytes { get; init; }

    /// <summary>
    /// Most received files, for the native form; beyond it they are refused as <c>quota</c>. Null, the default: no bound.
    /// </summary>
    public long? QuotaFiles { get; init; }

    /// <summary>
    /// Most bytes that the files of one client may have, where <see cref="HasClientFolders"/> tells whose they are. Null, the default: no
    /// bound.
    /// </summary>
    public long? ClientQuotaBytes { get; init; }

    /// <summary>Whether each client of the native form has a folder of its own, named as its id. Default false.</summary>
    public bool HasClientFolders { get; init; }

    /// <summary>
    /// Whether a client of the native form that asks to overwrite may. Default false: what is there is refused as <c>exists</c>.
    /// </summary>
    public bool AllowOverwrite { get; init; }

    /// <summary>How long an unfinished file is kept after the last byte of it came, so that it can be resumed. Default 7 days.</summary>
    public TimeSpan PartAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>After so many bytes of a file they are made durable, and acknowledged. Default 16 MiB (docs/protocols/files.md section 9).</summary>
    internal long SyncBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>After so many that is waited for, where it takes longer than they do to come.</summary>
    internal long MostUnsyncedBytes => 4 * SyncBytes;

    /// <summary>Files that may be received at once; the share that they have of the descriptors of the process by default.</summary>
    internal int MaxFiles { get; init; } = DescriptorBudget.Of(DescriptorLimit.Read()).Files;

    /// <summary>Mode of directories that are created: 0700, and those who may read files may enter too.</summary>
    public UnixFileMode DirectoryMode
    {
        get
        {
            const UnixFileMode Readers = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
            UnixFileMode readers = FileMode & Readers;
            return readers | (UnixFileMode)((int)readers >> 2)
                | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        }
    }
}
