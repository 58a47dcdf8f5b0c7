using Aldis.Protocols.Arq;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>What an application does with its connection.</summary>
internal sealed record ApplicationScript
{
    public static readonly ApplicationScript Nothing = new();

    /// <summary>Bytes to write before the end of the stream.</summary>
    public long Bytes { get; init; }

    /// <summary>Bytes at most in one write.</summary>
    public int WriteChunk { get; init; } = 65_536;

    /// <summary>Bytes at most in one read.</summary>
    public int ReadChunk { get; init; } = 65_536;

    /// <summary>Reads happen this far apart, one at a time; 0 reads everything as soon as it is there.</summary>
    public long ReadIntervalNs { get; init; }

    /// <summary>Nothing is read before this time.</summary>
    public long FirstReadNs { get; init; }

    /// <summary>Whether the stream is ended after the last byte.</summary>
    public bool Finishes { get; init; } = true;

    /// <summary>Whether every write is flushed.</summary>
    public bool Flushes { get; init; }

    /// <summary>Whether bytes are only counted, where a measurement needs speed more than comparison.</summary>
    public bool CountsOnly { get; init; }
}

/// <summary>The application at one end of a connection: writes the pattern of its stream and compares what it reads with the
/// peer's.</summary>
internal sealed class StreamApplication(ApplicationScript script, StreamPattern outgoing, StreamPattern incoming)
{
    private readonly byte[] _readBuffer = new byte[script.ReadChunk];
    private bool _writable = true;
    private bool _readable;
    private long _nextReadNs = script.FirstReadNs;
    private bool _finished;

    public ArqConnection? Connection { get; private set; }

    public StreamPattern Outgoing { get; } = outgoing;

    public long Written { get; private set; }

    public long Received { get; private set; }

    public bool EndSeen { get; private set; }

    public bool FinishedSeen { get; private set; }

    public bool IsClosed { get; private set; }

    public ArqCloseCode ResetCode { get; private set; }

    public bool IsReset => ResetCode != ArqCloseCode.None;

    public long ClosedNs { get; private set; }

    public ApplicationScript Script { get; } = script;

    /// <summary>Whether nothing more will happen here: a connection may be closed while the last bytes still wait to be read.</summary>
    public bool IsOver => (IsClosed && EndSeen) || IsReset;

    /// <summary>When the application wants to run again by itself.</summary>
    public long NextWakeNs => _readable && !EndSeen && !IsReset ? _nextReadNs : long.MaxValue;

    public void Attach(ArqConnection connection)
    {
        Connection = connection;
        connection.Tag = this;
    }

    public void OnEvent(in ArqEvent occurred, long now)
    {
        switch (occurred.Kind)
        {
            case ArqEventKind.Readable:
                _readable = true;
                break;
            case ArqEventKind.Writable:
                _writable = true;
                break;
            case ArqEventKind.Finished:
                FinishedSeen = true;
                break;
            case ArqEventKind.Closed:
                IsClosed = true;
                ClosedNs = now;
                break;
            case ArqEventKind.Reset:
                ResetCode = occurred.Code;
                ClosedNs = now;
                break;
            default:
                break;
        }
    }

    /// <summary>Writes and reads what the script and the connection allow now.</summary>
    /// <returns>Whether anything was done.</returns>
    public bool Pump(EndpointSeam endpoint, long now)
    {
        if (Connection is null || IsReset)
        {
            return false;
        }

        bool wrote = Write(now);
        return Read(endpoint, now) || wrote;
    }

    private bool Write(long now)
    {
        bool did = false;
        while (_writable && Written < Script.Bytes)
        {
            ReadOnlySpan<byte> chunk = Outgoing.At(Written, Math.Min(Script.WriteChunk, Script.Bytes - Written));
            int taken = Connection!.Write(chunk, now);
            Written += taken;
            _writable = taken == chunk.Length;
            did |= taken > 0;
            if (Script.Flushes)
            {
                Connection.Flush(now);
            }
        }

        if (!_finished && Script.Finishes && Written == Script.Bytes)
        {
            _finished = true;
            Connection!.Finish(now);
            did = true;
        }

        return did;
    }

    private bool Read(EndpointSeam endpoint, long now)
    {
        bool did = false;
        while (_readable && now >= _nextReadNs && !EndSeen)
        {
            int count = Script.CountsOnly ? Skip(now) : endpoint.Read(Connection!, _readBuffer, now);
            if (count == 0)
            {
                _readable = false;
                break;
            }

            did = true;
            if (count < 0)
            {
                EndSeen = true;
                break;
            }

            if (!Script.CountsOnly && !incoming.Matches(Received, _readBuffer.AsSpan(0, count)))
            {
                throw new PropertyViolationException(
                    Property.DeliveredIsAPrefix, $"{count} bytes at {Received} are not those that were written");
            }

            Received += count;
            _nextReadNs = Math.Max(_nextReadNs, now + Script.ReadIntervalNs);
        }

        return did;
    }

    private int Skip(long now)
    {
        int count = Connection!.Peek().Length;
        if (count == 0)
        {
            return Connection.Read(_readBuffer, now); // the end of the stream is only told by Read
        }

        Connection.Advance(count, now);
        return count;
    }
}
