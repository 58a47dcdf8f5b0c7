namespace Aldis.Transports.Sockets;

/// <summary>
/// How the descriptors that a process may open are shared out, so that none of those who need them can take them from the others. The system
/// hands out the lowest number that is free, so a number tells how many are in use; those of files are told apart by their count.
/// </summary>
/// <param name="Connections">Connections, and all that was open before them, have as many.</param>
/// <param name="Files">Files that may be received at once, each with a descriptor besides its connection's.</param>
internal readonly record struct DescriptorBudget(int Connections, int Files)
{
    /// <summary>
    /// Descriptors that nobody's share includes: the runtime opens files while it runs and ends the process when it cannot, and the journal,
    /// the log and the directories open some for a moment.
    /// </summary>
    public const int Reserved = 64;

    private const int PartOfFiles = 4;
    private const int MostFiles = 4096;

    /// <summary>Decides.</summary>
    /// <param name="limit">How many descriptors the process may have open.</param>
    /// <returns>The shares; none where there is nothing to share.</returns>
    public static DescriptorBudget Of(int limit)
    {
        int shared = Math.Max(0, limit - Reserved);
        int files = Math.Min(shared / PartOfFiles, MostFiles);
        return new DescriptorBudget(shared - files, files);
    }

    /// <summary>Which descriptor of the connections' share one is.</summary>
    /// <param name="descriptor">Its number.</param>
    /// <param name="files">How many files are being received.</param>
    /// <returns>A number from 0; one from <see cref="Connections"/> on is beyond the share.</returns>
    public long NumberOf(long descriptor, int files) => descriptor - Math.Min(files, Files);

    /// <summary>How many connections there is room for.</summary>
    /// <param name="inUse">Descriptors that are open before the first of them.</param>
    /// <returns>Their number, from 0.</returns>
    public int RoomForConnections(int inUse) => Math.Max(0, Connections - inUse);
}
