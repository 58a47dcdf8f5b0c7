using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>
/// How an arrow is drawn. What it is shows without colour too: a frame is solid with a full head, a repetition is broken and begins with a
/// ring, an acknowledgement is thin with an open head, a copy made by the link is dotted, what is damaged ends in a zigzag, and what is
/// lost ends half-way in a cross.
/// </summary>
/// <param name="CssClass">Its classes in the style sheet.</param>
internal readonly record struct ArrowShape(string CssClass)
{
    /// <summary>It ends in a zigzag.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>It begins with a ring.</summary>
    public bool HasRing { get; init; }

    /// <summary>Its head is filled.</summary>
    public bool HasFullHead { get; init; }

    /// <summary>The shape of a step.</summary>
    public static ArrowShape Of(LadderStep step) => new(ClassOf(step))
    {
        IsDamaged = step.Fate == LadderFate.Damaged,
        HasRing = step.IsRepetition,
        HasFullHead = step.Kind == LadderStepKind.Frame,
    };

    /// <summary>Which kind of arrow, as classes of the style sheet.</summary>
    public static string ClassOf(LadderStep step)
    {
        string kind = step.Kind switch
        {
            LadderStepKind.Frame => step.Transmission > 1 ? "again" : "frame",
            LadderStepKind.Acknowledgement => "ack",
            _ => "probe",
        };
        return step.IsLinkCopy ? kind + " copy" : kind;
    }
}
