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
