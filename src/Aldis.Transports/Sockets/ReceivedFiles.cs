namespace Aldis.Transports.Sockets;

/// <summary>
/// Counts the descriptors that files being received have in this process. They are of another share than connections' (<see
/// cref="DescriptorBudget"/>), and take low numbers all the same: without them a connection's number tells nothing. Thread-safe.
/// </summary>
internal static class ReceivedFiles
{
    private static int _count;

    /// <summary>How many there are.</summary>
    public static int Count => Volatile.Read(ref _count);

    /// <summary>One more is begun.</summary>
    public static void HandleBegun() => Interlocked.Increment(ref _count);

    /// <summary>One that was begun has ended.</summary>
    public static void HandleEnded() => Interlocked.Decrement(ref _count);
}
