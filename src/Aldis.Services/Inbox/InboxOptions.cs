namespace Aldis.Services.Inbox;

/// <summary>Where received files go, and how much of the disk they may take.</summary>
public sealed record InboxOptions
{
    /// <summary>The directory of received files; created when the first file comes.</summary>
    public required string Directory { get; init; }

    /// <summary>Bytes of the file system that stay free; below that, files are refused. Default 256 MiB.</summary>
    public long FreeSpaceFloor { get; init; } = 256L * 1024 * 1024;
}
