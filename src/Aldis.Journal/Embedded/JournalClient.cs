using Aldis.Protocols.Integrity;

namespace Aldis.Journal.Embedded;

/// <summary>
/// What the journal knows of one client: how far its messages are safe, and the CRCs of the last ones. Members may be read by any thread;
/// <see cref="Taken"/> and the CRCs change only through the client's appender.
/// </summary>
internal sealed class JournalClient
{
    private long _taken;
    private long _committed;
    private long _written;
    private long _segment;

    public JournalClient(string id)
    {
        Id = id;
    }

    /// <summary>The client's id: 1 to 32 characters of A–Z a–z 0–9 . _ -</summary>
    public string Id { get; }

    /// <summary>
    /// Highest sequence number the journal has accepted, safe or on its way; the next it takes is one more. 0 for a new client.
    /// </summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>
    /// Highest sequence number that has reached the journal's level: what <c>last</c> and <c>ACK</c> may say. 0 for a new client.
    /// </summary>
    public long Committed => Volatile.Read(ref _committed);

    /// <summary>CRCs of the last messages; guarded by the journal's gate.</summary>
    public CrcWindow Crcs { get; } = new();

    /// <summary>
    /// Highest sequence number in what was written to a segment, which is all a new segment's mark may say. Set by the writer alone.
    /// </summary>
    public long Written
    {
        get => Volatile.Read(ref _written);
        set => Volatile.Write(ref _written, value);
    }

    /// <summary>
    /// Number of the segment that its last message was written to; where that is not known, of the last one that can be it. Set by the
    /// writer alone.
    /// </summary>
    public long Segment
    {
        get => Volatile.Read(ref _segment);
        set => Volatile.Write(ref _segment, value);
    }

    /// <summary>Whether nobody has its lease and nothing of it is under way; guarded by the journal's gate.</summary>
    public bool IsAtRest => Holder is null && Taken > 0 && Taken == Written;

    /// <summary>
    /// Ends when it is durable that the client is forgotten: nobody opens it before. Null unless it is being forgotten; guarded by the
    /// journal's gate.
    /// </summary>
    public Task? Forgetting { get; set; }

    /// <summary>
    /// Whether the client ended in order and has appended nothing since: it is unsure of nothing. Guarded by the journal's gate.
    /// </summary>
    public bool HasEnded { get; set; }

    /// <summary>Who has its lease; guarded by the journal's gate.</summary>
    public JournalAppender? Holder { get; set; }

    /// <summary>CRC-32C of a payload, as the journal keeps it.</summary>
    /// <param name="payload">The payload.</param>
    public static uint ComputeCrc(ReadOnlySpan<byte> payload) => Crc32C.Compute(payload);

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: committed {Committed}, taken {Taken}";

    /// <summary>A message was accepted.</summary>
    public void Take(long sequence, uint crc, int window)
    {
        Crcs.Add(sequence, crc, window, Written);
        HasEnded = false;
        Volatile.Write(ref _taken, sequence);
    }

    /// <summary>All up to a message has reached the level.</summary>
    public void Commit(long sequence) => Volatile.Write(ref _committed, sequence);

    /// <summary>A stored message was read back.</summary>
    public void Recover(long sequence, uint crc, int window, long segment)
    {
        Crcs.Add(sequence, crc, window, sequence);
        Segment = segment;
        Raise(sequence);
    }

    /// <summary>A mark was read back.</summary>
    public void RecoverMark(long sequence, ReadOnlySpan<byte> crcs, long segment)
    {
        Crcs.Restore(sequence, crcs);
        Segment = segment;
        Raise(sequence);
    }

    private void Raise(long sequence)
    {
        _taken = Math.Max(_taken, sequence);
        _committed = _taken;
        Written = _taken;
    }
}
