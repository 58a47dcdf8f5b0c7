using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>Counts what had in truth become of the copies that were replaced.</summary>
internal sealed class RepetitionReasons : ILadderOutput
{
    private readonly long[] _counts = new long[Enum.GetValues<ReplacedCopyFate>().Length];

    /// <summary>Repetitions of copies with such a fate.</summary>
    public long this[ReplacedCopyFate fate] => _counts[(int)fate];

    /// <summary>Repetitions of copies that were under way or answered.</summary>
    public long Needless => this[ReplacedCopyFate.UnderWay] + this[ReplacedCopyFate.AcknowledgementUnderWay];

    /// <inheritdoc/>
    public void Take(LadderStep step)
    {
        if (step.IsRepetition)
        {
            _counts[(int)step.ReplacedOutcome]++;
        }
    }
}
