namespace Aldis.Lab.Ladder;

/// <summary>Takes the steps of a ladder, in the order of <see cref="LadderStep.TimeNanoseconds"/>.</summary>
internal interface ILadderOutput
{
    /// <summary>Takes the next step.</summary>
    /// <param name="step">Complete: it does not change any more and may be kept.</param>
    void Take(LadderStep step);
}
