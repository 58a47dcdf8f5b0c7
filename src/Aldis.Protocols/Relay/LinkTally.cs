using Aldis.Protocols.Impairment;

namespace Aldis.Protocols.Relay;

/// <summary>Counts what a relay does in one direction. Thread-safe.</summary>
internal sealed class LinkTally
{
    private readonly long[] _faults = new long[(int)LinkFault.Reset + 1];
    private long _received;
    private long _receivedBytes;
    private long _sent;
    private long _sentBytes;
    private long _dropped;
    private long _delayed;
    private long _duplicated;
    private long _heldBack;

    /// <summary>Counts a decision.</summary>
    /// <param name="length">Bytes it is for; less than 0 for what befalls a connection and no byte of it.</param>
    /// <param name="verdict">What was decided.</param>
    /// <param name="isStream">Whether of a stream, of which nothing is dropped.</param>
    public void Count(int length, in LinkVerdict verdict, bool isStream)
    {
        if (length >= 0)
        {
            Interlocked.Increment(ref _received);
            Interlocked.Add(ref _receivedBytes, length);
        }

        CountIf(verdict.Drop != LinkFault.None && !isStream, ref _dropped);
        CountIf(length >= 0 && verdict.DelayNanoseconds > 0, ref _delayed);
        CountIf(verdict.IsTwice, ref _duplicated);
        CountIf(verdict.HeldBackNanoseconds > 0, ref _heldBack);
        CountIf(verdict.Drop != LinkFault.None, ref _faults[(int)verdict.Drop]);
        CountIf(verdict.Damage != LinkFault.None, ref _faults[(int)verdict.Damage]);
        CountIf(verdict.SecondDamage != LinkFault.None, ref _faults[(int)verdict.SecondDamage]);
    }

    /// <summary>Counts what was passed on.</summary>
    /// <param name="count">Datagrams, or pieces of a stream.</param>
    /// <param name="bytes">Their bytes.</param>
    public void CountSent(int count, int bytes)
    {
        Interlocked.Add(ref _sent, count);
        Interlocked.Add(ref _sentBytes, bytes);
    }

    /// <summary>Reads all counters.</summary>
    /// <returns>Their present values, each read by itself.</returns>
    public LinkCounters Read() => new()
    {
        Received = Interlocked.Read(ref _received),
        ReceivedBytes = Interlocked.Read(ref _receivedBytes),
        Sent = Interlocked.Read(ref _sent),
        SentBytes = Interlocked.Read(ref _sentBytes),
        Dropped = Interlocked.Read(ref _dropped),
        Lost = Of(LinkFault.RandomLoss),
        QueueFull = Of(LinkFault.QueueFull),
        TooLong = Of(LinkFault.TooLong),
        Cut = Of(LinkFault.Cut),
        Delayed = Interlocked.Read(ref _delayed),
        Duplicated = Interlocked.Read(ref _duplicated),
        HeldBack = Interlocked.Read(ref _heldBack),
        Corrupted = Of(LinkFault.BitFlip),
        Truncated = Of(LinkFault.Truncation),
        Refused = Of(LinkFault.Refused),
        Stalled = Of(LinkFault.Stall),
        HalfClosed = Of(LinkFault.HalfClose),
        Closed = Of(LinkFault.Close),
        Reset = Of(LinkFault.Reset),
    };

    private long Of(LinkFault fault) => Interlocked.Read(ref _faults[(int)fault]);

    private static void CountIf(bool condition, ref long counter)
    {
        if (condition)
        {
            Interlocked.Increment(ref counter);
        }
    }
}
