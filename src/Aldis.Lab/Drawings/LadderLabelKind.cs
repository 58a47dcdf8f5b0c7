namespace Aldis.Lab.Drawings;

/// <summary>What a label beside a lifeline stands for.</summary>
internal enum LadderLabelKind
{
    /// <summary>An arrow leaves.</summary>
    Departure,

    /// <summary>An arrow arrives.</summary>
    Arrival,

    /// <summary>Something happens here alone.</summary>
    Mark,
}
