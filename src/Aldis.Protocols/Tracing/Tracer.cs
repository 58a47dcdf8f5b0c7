using System.Runtime.CompilerServices;

namespace Aldis.Protocols.Tracing;

/// <summary>
/// The seam inside an engine: knows whose events these are and where they go. With no sink attached every call is one branch,
/// so the calls stay in production code.
/// </summary>
internal readonly struct Tracer
{
    private readonly ITraceSink? _sink;
    private readonly ulong _connectionId;
    private readonly TraceSide _side;

    /// <summary>Names the source of the events and their destination.</summary>
    /// <param name="sink">Where they go, or null for nowhere.</param>
    /// <param name="side">Where they happen.</param>
    /// <param name="connectionId">The connection they happen to, as this side names it; 0 if none.</param>
    public Tracer(ITraceSink? sink, TraceSide side, ulong connectionId)
    {
        _sink = sink;
        _side = side;
        _connectionId = connectionId;
    }

    /// <summary>Whether anybody listens. Ask before work that only the event needs.</summary>
    public bool IsEnabled => _sink is not null;

    /// <summary>The same source, whose events go to one more sink.</summary>
    /// <param name="sink">The sink.</param>
    public Tracer With(ITraceSink sink) => new(_sink is null ? sink : new TraceFork(_sink, sink), _side, _connectionId);

    /// <summary>Records an event about a frame: a stretch of the stream under a packet number.</summary>
    /// <param name="kind">What happened to the frame.</param>
    /// <param name="timeNanoseconds">Now.</param>
    /// <param name="packetNumber">Of the transmission.</param>
    /// <param name="offset">Of its first byte in the stream.</param>
    /// <param name="length">Payload bytes.</param>
    /// <param name="frameIndex">In frames, or <see cref="TraceEvent.NotApplicable"/>.</param>
    /// <param name="cause">Why.</param>
    /// <param name="replacedPacketNumber">The copy it replaces, or <see cref="TraceEvent.NotApplicable"/>.</param>
    /// <param name="value">As the kind says.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Frame(
        TraceEventKind kind,
        long timeNanoseconds,
        long packetNumber,
        long offset,
        int length,
        long frameIndex = TraceEvent.NotApplicable,
        TraceCause cause = TraceCause.None,
        long replacedPacketNumber = TraceEvent.NotApplicable,
        long value = 0)
    {
        if (_sink is not null)
        {
            RecordFrame(kind, timeNanoseconds, packetNumber, offset, length, frameIndex, cause, replacedPacketNumber, value);
        }
    }

    /// <summary>Records an event that is not about a frame.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="timeNanoseconds">Now.</param>
    /// <param name="cause">Why.</param>
    /// <param name="value">As the kind says.</param>
    /// <param name="secondValue">As the kind says.</param>
    /// <param name="packetNumber">As the kind says.</param>
    /// <param name="offset">As the kind says.</param>
    /// <param name="length">As the kind says.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Note(
        TraceEventKind kind,
        long timeNanoseconds,
        TraceCause cause = TraceCause.None,
        long value = 0,
        long secondValue = 0,
        long packetNumber = TraceEvent.NotApplicable,
        long offset = TraceEvent.NotApplicable,
        int length = 0)
    {
        if (_sink is not null)
        {
            RecordNote(kind, timeNanoseconds, cause, value, secondValue, packetNumber, offset, length);
        }
    }

    private void RecordFrame(
        TraceEventKind kind,
        long timeNanoseconds,
        long packetNumber,
        long offset,
        int length,
        long frameIndex,
        TraceCause cause,
        long replacedPacketNumber,
        long value)
    {
        _sink!.Record(new TraceEvent(kind, timeNanoseconds)
        {
            Side = _side,
            ConnectionId = _connectionId,
            Cause = cause,
            PacketNumber = packetNumber,
            ReplacedPacketNumber = replacedPacketNumber,
            Offset = offset,
            FrameIndex = frameIndex,
            Length = length,
            Value = value,
        });
    }

    private void RecordNote(
        TraceEventKind kind,
        long timeNanoseconds,
        TraceCause cause,
        long value,
        long secondValue,
        long packetNumber,
        long offset,
        int length)
    {
        _sink!.Record(new TraceEvent(kind, timeNanoseconds)
        {
            Side = _side,
            ConnectionId = _connectionId,
            Cause = cause,
            PacketNumber = packetNumber,
            Offset = offset,
            Length = length,
            Value = value,
            SecondValue = secondValue,
        });
    }
}
