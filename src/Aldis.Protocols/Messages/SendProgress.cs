namespace Aldis.Protocols.Messages;

/// <summary>
/// What has left this machine, and whether anything does, from looks at what was written to a connection and what the system still holds
/// of it. The system may take a part of a write that is still under way, so what it holds may count more than was written; what has
/// left is then known too low for a moment, never too high.
/// </summary>
internal sealed class SendProgress
{
    private long _heldBytes;

    /// <summary>Bytes of the connection that have left for certain.</summary>
    public long LeftBytes { get; private set; }

    /// <summary>Takes a look.</summary>
    /// <param name="writtenBytes">Bytes whose writing has ended, since the connection began.</param>
    /// <param name="heldBytes">Bytes that the system holds; 0 where it cannot tell.</param>
    /// <returns>True if a byte has left since the look before.</returns>
    public bool Look(long writtenBytes, long heldBytes)
    {
        bool moved = writtenBytes - heldBytes > LeftBytes || heldBytes < _heldBytes;
        _heldBytes = heldBytes;
        LeftBytes = Math.Max(LeftBytes, writtenBytes - heldBytes);
        return moved;
    }
}
