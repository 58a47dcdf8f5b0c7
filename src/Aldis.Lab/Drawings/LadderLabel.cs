using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>One end of an arrow, or a mark, as it is written beside a lifeline.</summary>
/// <param name="Index">Number of the step.</param>
/// <param name="Step">The step.</param>
/// <param name="Kind">Which part of it.</param>
internal readonly record struct LadderLabel(int Index, LadderStep Step, LadderLabelKind Kind)
{
    /// <summary>Whether it is the departure of a frame that was sent before.</summary>
    public bool IsRepetition => Kind == LadderLabelKind.Departure && Step is { Kind: LadderStepKind.Frame, Transmission: > 1 };
}
