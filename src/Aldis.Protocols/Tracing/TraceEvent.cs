namespace Aldis.Protocols.Tracing;

/// <summary>
/// One event of a conversation: a flat value, so that recording allocates nothing. <see cref="TraceEventKind"/> says which fields
/// a kind fills; numbers that do not apply are <see cref="NotApplicable"/>.
/// </summary>
internal readonly record struct TraceEvent
{
    /// <summary>The value of a number that does not apply.</summary>
    public const long NotApplicable = -1;

    /// <summary>Makes an event of which nothing applies but what is set.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="timeNanoseconds">When, on the clock of the engine.</param>
    public TraceEvent(TraceEventKind kind, long timeNanoseconds)
    {
        Kind = kind;
        TimeNanoseconds = timeNanoseconds;
        PacketNumber = NotApplicable;
        ReplacedPacketNumber = NotApplicable;
        Offset = NotApplicable;
        FrameIndex = NotApplicable;
    }

    /// <summary>When it happened, in nanoseconds of the clock that was handed to the engine.</summary>
    public long TimeNanoseconds { get; init; }

    /// <summary>The connection it happened to, as this side names it; 0 if none.</summary>
    public ulong ConnectionId { get; init; }

    /// <summary>The number of the transmission; every transmission has one of its own.</summary>
    public long PacketNumber { get; init; }

    /// <summary>For a retransmission: the number of the most recent transmission of the same bytes.</summary>
    public long ReplacedPacketNumber { get; init; }

    /// <summary>Position in the stream of the first byte.</summary>
    public long Offset { get; init; }

    /// <summary>Position in the stream counted in frames, where frames have a fixed size.</summary>
    public long FrameIndex { get; init; }

    /// <summary>First number of the kind.</summary>
    public long Value { get; init; }

    /// <summary>Second number of the kind.</summary>
    public long SecondValue { get; init; }

    /// <summary>Bytes of payload, or of the packet for the kinds that say so.</summary>
    public int Length { get; init; }

    /// <summary>What happened.</summary>
    public TraceEventKind Kind { get; init; }

    /// <summary>Why.</summary>
    public TraceCause Cause { get; init; }

    /// <summary>Where.</summary>
    public TraceSide Side { get; init; }

    /// <summary>One line for people: time in ms, side, kind, cause and the numbers that apply.</summary>
    /// <returns>The line, without a line break.</returns>
    public override string ToString() => TraceText.Format(this);
}
