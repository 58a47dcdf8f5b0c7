namespace Aldis.Lab.Ladder;

/// <summary>What a step of the ladder shows: an arrow between the two sides, or a mark at one of them.</summary>
internal enum LadderStepKind : byte
{
    /// <summary>An arrow: a frame, first or again.</summary>
    Frame = 0,

    /// <summary>An arrow: an acknowledgement.</summary>
    Acknowledgement = 1,

    /// <summary>An arrow: a packet without stream bytes that asks for an answer.</summary>
    Probe = 2,

    /// <summary>An arrow: a packet of the opening exchange, a reset, or a closing packet.</summary>
    Control = 3,

    /// <summary>A mark: a timer of the protocol fired.</summary>
    TimerFired = 4,

    /// <summary>A mark: an acknowledgement showed that a copy had arrived which was already given up.</summary>
    WronglyGivenUp = 5,

    /// <summary>A mark: something arrived damaged and was dropped. Only where the link is not seen; else the arrow says so.</summary>
    DamagedArrival = 6,

    /// <summary>A mark: the connection ended.</summary>
    Ended = 7,
}
