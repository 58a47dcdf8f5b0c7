using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Ladder;

/// <summary>
/// One step of a ladder: an arrow from one side to the other with everything known about both its ends, or a mark at one side.
/// Times are nanoseconds of the trace; a number that does not apply or is not known is <see cref="TraceEvent.NotApplicable"/>.
/// </summary>
internal sealed class LadderStep
{
    private const long None = TraceEvent.NotApplicable;

    internal LadderStep(LadderStepKind kind, TraceSide side, long timeNanoseconds)
    {
        Kind = kind;
        Side = side;
        TimeNanoseconds = timeNanoseconds;
    }

    /// <summary>What it shows.</summary>
    public LadderStepKind Kind { get; }

    /// <summary>Where an arrow begins or a mark stands: client or server.</summary>
    public TraceSide Side { get; }

    /// <summary>Where the ladder shows it: the departure of an arrow (its arrival, if only that was seen), the time of a mark.</summary>
    public long TimeNanoseconds { get; }

    /// <summary>Whether it is an arrow.</summary>
    public bool IsArrow => Kind <= LadderStepKind.Control;

    /// <summary>Whether it is a frame that was sent before; a second copy that the link made is none.</summary>
    public bool IsRepetition => this is { Kind: LadderStepKind.Frame, Transmission: > 1, IsLinkCopy: false };

    /// <summary>Whether the link lost it, so that nothing arrives.</summary>
    public bool IsLost => Fate == LadderFate.Lost && ArrivalNanoseconds == None;

    /// <summary>When the arrow left; not known if only the other side was seen.</summary>
    public long DepartureNanoseconds { get; internal set; } = None;

    /// <summary>When it arrived, or would have had it not been damaged; not known for what was lost or not seen to arrive.</summary>
    public long ArrivalNanoseconds { get; internal set; } = None;

    /// <summary>A frame or probe: the number of its transmission. An acknowledgement: the number it names.</summary>
    public long PacketNumber { get; internal set; } = None;

    /// <summary>An acknowledgement: its own number, which grows by one with each.</summary>
    public long Serial { get; internal set; } = None;

    /// <summary>A frame: its position in the stream in frames, from 0, where frames have a fixed size.</summary>
    public long Frame { get; internal set; } = None;

    /// <summary>A frame, or an acknowledgement by the frame it asks for: the number it carries, where numbers are short.</summary>
    public long Number { get; internal set; } = None;

    /// <summary>What the side that an arrow reached took it for, because the numbers are equal: another frame, or an acknowledgement that
    /// asks for another.</summary>
    public long TakenFor { get; internal set; } = None;

    /// <summary>A frame: position of its first byte in the stream.</summary>
    public long Offset { get; internal set; } = None;

    /// <summary>A frame: payload bytes. A control packet or probe: bytes on the wire.</summary>
    public int Length { get; internal set; }

    /// <summary>A frame: 1 for the first transmission of its bytes, 2 for the first repetition, and so on.</summary>
    public int Transmission { get; internal set; } = 1;

    /// <summary>Whether the link made this arrow: the second copy of one datagram.</summary>
    public bool IsLinkCopy { get; internal set; }

    /// <summary>A repeated frame, probe, timer or end: why.</summary>
    public TraceCause Cause { get; internal set; }

    /// <summary>A repeated frame: the transmission it replaces.</summary>
    public long ReplacedPacketNumber { get; internal set; } = None;

    /// <summary>A repeated frame: when that transmission left, unless it is forgotten.</summary>
    public long ReplacedDepartureNanoseconds { get; internal set; } = None;

    /// <summary>A repeated frame: what had become of that transmission when it was replaced.</summary>
    public ReplacedCopyFate ReplacedFate { get; internal set; }

    /// <summary>The same at the end: what was under way then may have been dropped when it came.</summary>
    public ReplacedCopyFate ReplacedOutcome { get; internal set; }

    /// <summary>What became of an arrow.</summary>
    public LadderFate Fate { get; internal set; }

    /// <summary>How it was lost or damaged, or by which rule it was given up.</summary>
    public TraceCause FateCause { get; internal set; }

    /// <summary>When its sender learned that it arrived, or gave it up; only where the link is not seen.</summary>
    public long SettledNanoseconds { get; internal set; } = None;

    /// <summary>What the other side did with it.</summary>
    public LadderReception Reception { get; internal set; }

    /// <summary>A frame: the next offset its receiver expected after it arrived. An acknowledgement: the next offset it asks for.</summary>
    public long NextOffset { get; internal set; } = None;

    /// <summary><see cref="NextOffset"/> in frames, where frames have a fixed size.</summary>
    public long NextFrame { get; internal set; } = None;

    /// <summary>A frame: the first frame unacknowledged at its sender when it left. An acknowledgement: the same after it came.</summary>
    public long WindowStart { get; internal set; } = None;

    /// <summary>A frame: the first frame that had never been sent, after this one left.</summary>
    public long WindowNext { get; internal set; } = None;

    /// <summary>An acknowledgement: the frame that provoked it.</summary>
    public long AnsweredFrame { get; internal set; } = None;

    /// <summary>An acknowledgement: what it says.</summary>
    public AnswerKind Says { get; internal set; }

    /// <summary>An acknowledgement: what its sender had done with that frame, if that was seen.</summary>
    public LadderReception AnsweredReception { get; internal set; }

    /// <summary>An acknowledgement: the frames that its receiver had not known to have arrived, where frames have a fixed size.</summary>
    public IReadOnlyList<long> NewlyAcknowledged => NewlyAcknowledgedFrames;

    /// <summary>Its place among the events of the trace: what is smaller happened before.</summary>
    internal long Order { get; set; }

    /// <summary>The place of its arrival; 0 where nobody reacted to it.</summary>
    internal long ArrivalOrder { get; set; }

    /// <summary><see cref="NewlyAcknowledged"/>, while it is learned.</summary>
    internal List<long> NewlyAcknowledgedFrames { get; } = [];

    /// <summary>Nothing more will be learned about it.</summary>
    internal bool IsResolved { get; set; }

    /// <summary>The transmission that this one replaces.</summary>
    internal LadderStep? Replaced { get; set; }

    /// <summary>The second copy that the link made of this one.</summary>
    internal LadderStep? Twin { get; set; }

    /// <summary>The acknowledgement that this frame provoked.</summary>
    internal LadderStep? Answer { get; set; }
}
