namespace Aldis.Lab.Experiments;

/// <summary>What a closed form takes for granted.</summary>
public enum LabAssumption : byte
{
    /// <summary>The time-out is not shorter than a cycle, from the start of a frame to its acknowledgement.</summary>
    TimeoutCoversTheCycle = 0,

    /// <summary>Datagrams arrive in the order in which they left.</summary>
    NothingIsOvertaken = 1,

    /// <summary>The link delivers each datagram once at most.</summary>
    NothingIsDuplicated = 2,

    /// <summary>A lost acknowledgement does no harm, because a later one says the same and comes before the timer fires.</summary>
    LostAcknowledgementsAreMasked = 3,

    /// <summary>The link loses, doubles and damages at random; nobody chooses what.</summary>
    LossesComeByChance = 4,

    /// <summary>A frame's number tells it from every other that it may be taken for.</summary>
    NumbersTellFramesApart = 5,

    /// <summary>The timer runs from the transmission of the oldest frame, and no acknowledgement starts it anew.</summary>
    TimerRunsFromTheOldestFrame = 6,

    /// <summary>The sender has a frame to send whenever it may send one.</summary>
    FramesAlwaysWait = 7,

    /// <summary>An acknowledgement names every frame that is there.</summary>
    AcknowledgementsNameAll = 8,
}
