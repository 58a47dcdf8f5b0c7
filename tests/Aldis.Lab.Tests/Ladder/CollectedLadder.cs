using Aldis.Lab.Ladder;

namespace Aldis.Lab.Tests.Ladder;

/// <summary>Keeps all steps.</summary>
internal sealed class CollectedLadder : ILadderOutput
{
    public List<LadderStep> Steps { get; } = [];

    public IEnumerable<LadderStep> Frames => Steps.Where(s => s.Kind == LadderStepKind.Frame);

    public IEnumerable<LadderStep> Acknowledgements => Steps.Where(s => s.Kind == LadderStepKind.Acknowledgement);

    public void Take(LadderStep step) => Steps.Add(step);
}
