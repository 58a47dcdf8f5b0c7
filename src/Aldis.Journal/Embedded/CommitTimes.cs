using Aldis.Protocols.Measurement;

namespace Aldis.Journal.Embedded;

/// <summary>
/// How long messages waited for their acknowledgement. Each is found by the time of receipt that its record carries anyway, so a message
/// costs no look at a clock of its own; a commit costs two.
/// </summary>
internal sealed class CommitTimes
{
    /// <summary>A wall clock that goes by more than this beside the elapsed time was set, and tells nothing of the messages of that
    /// commit.</summary>
    private static readonly TimeSpan MostDrift = TimeSpan.FromMilliseconds(10);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly LatencyHistogram _all = new();

    /// <summary>Makes one that has noted nothing.</summary>
    /// <param name="time">The clock of receipt, and of elapsed time.</param>
    public CommitTimes(TimeProvider time) => _time = time;

    /// <summary>The times of all messages so far. By any thread.</summary>
    /// <returns>A copy; null before the first.</returns>
    public LatencyHistogram? Read()
    {
        lock (_lock)
        {
            return _all.Count == 0 ? null : _all.Copy();
        }
    }

    /// <summary>Notes that a batch has reached its level now.</summary>
    /// <param name="batch">The batch, divided; its records have their times.</param>
    /// <param name="reachedAt">When, by <see cref="TimeProvider.GetTimestamp"/>.</param>
    /// <param name="reachedAtNs">The same by the wall clock, as <see cref="UnixTime"/>.</param>
    public void Record(CommitBatch batch, long reachedAt, long reachedAtNs)
    {
        TimeSpan elapsed = _time.GetElapsedTime(batch.BeganAt, reachedAt);
        long elapsedNs = (long)elapsed.TotalNanoseconds;

        // Where the clock was set meanwhile, each message counts as the oldest did: not shorter than it was.
        bool wasSet = Math.Abs(reachedAtNs - batch.BeganAtNs - elapsedNs) > MostDrift.TotalNanoseconds;
        lock (_lock)
        {
            ReadOnlySpan<byte> records = batch.Bytes;
            while (!records.IsEmpty)
            {
                _all.Record(wasSet ? elapsedNs : reachedAtNs - RecordCodec.ReadTime(records));
                records = records[RecordCodec.ReadLength(records)..];
            }
        }

        foreach (CommitBatch.Share share in batch.Shares)
        {
            share.Appender.NoteTime(wasSet ? elapsedNs : reachedAtNs - share.OldestNs);
        }
    }
}
