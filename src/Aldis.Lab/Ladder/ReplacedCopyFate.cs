namespace Aldis.Lab.Ladder;

/// <summary>What had in truth happened to a copy that was replaced by another: what the sender could not know.</summary>
internal enum ReplacedCopyFate : byte
{
    /// <summary>Not seen.</summary>
    Unknown = 0,

    /// <summary>The link had lost it.</summary>
    Lost = 1,

    /// <summary>It had been damaged.</summary>
    Damaged = 2,

    /// <summary>It had arrived, but out of order, and was dropped.</summary>
    Discarded = 3,

    /// <summary>It had arrived; the acknowledgement of it was lost or damaged.</summary>
    AcknowledgementLost = 4,

    /// <summary>It was still under way; in the end: and was of use when it arrived, so that the repetition was needless.</summary>
    UnderWay = 5,

    /// <summary>It had arrived, and the acknowledgement was under way: the repetition was needless.</summary>
    AcknowledgementUnderWay = 6,
}
