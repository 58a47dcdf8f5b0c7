using System.Runtime.InteropServices;

namespace Aldis.Journal.Embedded;

/// <summary>
/// Records on their way to one write, and whose they are. Two of them alternate: one is filled under the gate while the writer has the
/// other.
/// </summary>
internal sealed class CommitBatch
{
    private const int FirstCapacity = 64 * 1024;
    private const int KeptCapacity = 4 * 1024 * 1024;

    private readonly List<JournalAppender> _appenders = [];
    private readonly List<Share> _shares = [];
    private byte[] _bytes = new byte[FirstCapacity];

    /// <summary>Bytes of records.</summary>
    public int Length { get; private set; }

    /// <summary>Number of records.</summary>
    public int Records { get; private set; }

    /// <summary>When its first message was taken, by <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long BeganAt { get; private set; }

    /// <summary>The same by the wall clock, as <see cref="UnixTime"/>.</summary>
    public long BeganAtNs { get; private set; }

    /// <summary>The records.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Whose records are in it; known after <see cref="Divide"/>.</summary>
    public ReadOnlySpan<Share> Shares => CollectionsMarshal.AsSpan(_shares);

    /// <summary>Room for one more record.</summary>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="appender">Whose it is; null for the journal's own.</param>
    public Span<byte> Add(int length, JournalAppender? appender)
    {
        if (_bytes.Length - Length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + length));
        }

        if (appender is not null)
        {
            if (appender.PendingBytes == 0)
            {
                _appenders.Add(appender);
            }

            appender.PendingBytes += length;
        }

        Span<byte> record = _bytes.AsSpan(Length, length);
        Length += length;
        Records++;
        return record;
    }

    /// <summary>Notes when a message is taken that is added next.</summary>
    /// <param name="appender">Whose it is.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="nowNs">The time on it, as <see cref="UnixTime"/>.</param>
    public void NoteTime(JournalAppender appender, TimeProvider clock, long nowNs)
    {
        if (Records == 0)
        {
            (BeganAt, BeganAtNs) = (clock.GetTimestamp(), nowNs);
        }

        if (appender.PendingBytes == 0)
        {
            appender.PendingSinceNs = nowNs;
        }
    }

    /// <summary>Notes how far each appender gets with this batch; nothing is added afterwards.</summary>
    public void Divide()
    {
        foreach (JournalAppender appender in _appenders)
        {
            _shares.Add(new Share(
                appender, appender.AcceptedCount, appender.AcceptedSequence, appender.PendingBytes, appender.PendingSinceNs));
            appender.PendingBytes = 0;
        }

        _appenders.Clear();
    }

    /// <summary>Gives every record its commit number, flags and CRC.</summary>
    public void Seal(long commit, bool endsCommit, uint saltCrc)
    {
        RecordFlags last = endsCommit ? RecordFlags.EndsBatch | RecordFlags.EndsCommit : RecordFlags.EndsBatch;
        for (int offset = 0; offset < Length;)
        {
            Span<byte> rest = _bytes.AsSpan(offset, Length - offset);
            bool isLast = RecordCodec.ReadLength(rest) == rest.Length;
            offset += RecordCodec.Seal(rest, commit, isLast ? last : RecordFlags.None, saltCrc);
        }
    }

    /// <summary>Empties it. A buffer that once had to be large is not kept for ever.</summary>
    public void Clear()
    {
        if (_bytes.Length > KeptCapacity && Length < _bytes.Length / 8)
        {
            _bytes = new byte[KeptCapacity];
        }

        _shares.Clear();
        Length = 0;
        Records = 0;
    }

    /// <summary>One appender's part of a batch.</summary>
    /// <param name="Appender">The appender.</param>
    /// <param name="Count">How many of its messages are accepted up to here.</param>
    /// <param name="Sequence">The sequence number of the last of them.</param>
    /// <param name="Bytes">Bytes of its records in the batch.</param>
    /// <param name="OldestNs">When the first of them was taken, as <see cref="UnixTime"/>.</param>
    internal readonly record struct Share(JournalAppender Appender, long Count, long Sequence, int Bytes, long OldestNs);
}
