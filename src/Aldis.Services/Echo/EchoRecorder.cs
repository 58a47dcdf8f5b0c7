using System.Diagnostics;
using Aldis.Protocols.Measurement;

namespace Aldis.Services.Echo;

/// <summary>What all connections of a measurement write into; safe for several threads.</summary>
internal sealed class EchoRecorder(EchoMeasurementOptions options, bool isNumberedDatagrams)
{
    /// <summary>Datagrams that are remembered one by one, which bounds how many can be under way.</summary>
    private const int Window = 1 << 17;

    private readonly Lock _lock = new();
    private readonly LatencyHistogram _roundTrips = new();
    private readonly SequenceLedger _ledger = new(isNumberedDatagrams ? Window : 1);
    private long _started = -1;
    private long _lastReply;
    private long _sent;
    private long _received;
    private long _corrupted;
    private long _underWay;

    /// <summary>Nanoseconds of a clock that only goes forward.</summary>
    public static long Now => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    /// <summary>Requests that were not answered so far.</summary>
    public long Outstanding
    {
        get
        {
            lock (_lock)
            {
                return _sent - _received;
            }
        }
    }

    /// <summary>The longest round trip so far.</summary>
    public TimeSpan LongestRoundTrip
    {
        get
        {
            lock (_lock)
            {
                return TimeSpan.FromMicroseconds(_roundTrips.MaxNanoseconds / 1e3);
            }
        }
    }

    /// <summary>Enters a message that is about to be sent.</summary>
    public void RecordSent(long sentAt)
    {
        lock (_lock)
        {
            _started = _started < 0 ? Now : _started;
            _sent++;
            if (isNumberedDatagrams)
            {
                _ledger.RecordSent(sentAt);
            }
        }
    }

    /// <summary>Enters the reply to the one message that was outstanding on its connection.</summary>
    public void RecordReply(int connection, long sequence, long sentAt, ReadOnlyMemory<byte> payload)
    {
        long now = Now;
        lock (_lock)
        {
            RecordRoundTrip(connection, sequence, now - sentAt, now, payload);
        }
    }

    /// <summary>Enters a numbered datagram that came back.</summary>
    public void RecordNumberedReply(long sequence, ReadOnlyMemory<byte> payload)
    {
        long now = Now;
        lock (_lock)
        {
            if (_ledger.RecordReply(sequence, now, out long roundTrip) is ReplyKind.InOrder or ReplyKind.Reordered)
            {
                RecordRoundTrip(0, sequence, roundTrip, now, payload);
            }
        }
    }

    /// <summary>Enters a reply that is not what was sent.</summary>
    public void RecordCorrupted()
    {
        lock (_lock)
        {
            _corrupted++;
        }
    }

    /// <summary>Enters that the measurement was broken off while the one message of a connection was under way.</summary>
    public void RecordUnderWay()
    {
        lock (_lock)
        {
            _underWay++;
        }
    }

    /// <summary>Enters that the measurement was broken off: numbered datagrams that may still come back are under way.</summary>
    public void RecordNumberedUnderWay()
    {
        long since = Now - (long)options.AnswerTimeout.TotalNanoseconds;
        lock (_lock)
        {
            _underWay = _ledger.UnansweredSince(since);
        }
    }

    public EchoMeasurementSummary Summarize()
    {
        lock (_lock)
        {
            return new EchoMeasurementSummary
            {
                Sent = _sent,
                Received = _received,
                Size = options.MessageSize,
                Connections = options.Connections,
                Corrupted = _corrupted,
                UnderWay = _underWay,
                Duplicates = isNumberedDatagrams ? _ledger.Duplicates : null,
                Reordered = isNumberedDatagrams ? _ledger.Reordered : null,
                Elapsed = _received == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds((_lastReply - _started) / 1e3),
                MinNanoseconds = _roundTrips.MinNanoseconds,
                P50Nanoseconds = _roundTrips.Percentile(50),
                P90Nanoseconds = _roundTrips.Percentile(90),
                P99Nanoseconds = _roundTrips.Percentile(99),
                MaxNanoseconds = _roundTrips.MaxNanoseconds,
            };
        }
    }

    private void RecordRoundTrip(int connection, long sequence, long roundTrip, long now, ReadOnlyMemory<byte> payload)
    {
        _received++;
        _lastReply = now;
        _roundTrips.Record(roundTrip);
        options.OnReply?.Invoke(new EchoReply(connection, sequence, roundTrip, payload));
    }
}
