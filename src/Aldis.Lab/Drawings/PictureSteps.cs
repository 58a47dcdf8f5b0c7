using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;

namespace Aldis.Lab.Drawings;

/// <summary>Keeps the first steps of a ladder for a picture and counts the rest: memory is bounded, however long the run.</summary>
/// <param name="most">Steps that are kept.</param>
public sealed class PictureSteps(int most = PictureSteps.MostByDefault) : ILadderOutput
{
    /// <summary>From some 400 frames of go-back-N on a bad link to 2,000 on a good one: up to twenty metres, beyond which nobody
    /// scrolls.</summary>
    public const int MostByDefault = 4000;

    private readonly List<LadderStep> _kept = [];

    /// <summary>In order of time.</summary>
    internal IReadOnlyList<LadderStep> Kept => _kept;

    /// <summary>Steps that came after those.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Fewer of the same.</summary>
    /// <param name="most">Steps that are kept.</param>
    public PictureSteps First(int most)
    {
        var fewer = new PictureSteps(most);
        _kept.ForEach(((ILadderOutput)fewer).Take);
        fewer.LeftOut += LeftOut;
        return fewer;
    }

    /// <summary>Makes the builder whose steps are kept here: give it to a run as it begins, and complete it when the run is over.</summary>
    /// <param name="settings">The experiment.</param>
    /// <returns>The builder.</returns>
    public LadderBuilder CreateLadder(LabSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.LadderTo(this);
    }

    /// <inheritdoc/>
    void ILadderOutput.Take(LadderStep step)
    {
        if (_kept.Count < most)
        {
            _kept.Add(step);
        }
        else
        {
            LeftOut++;
        }
    }

    /// <summary>What a picture says of the steps that it does not show; null if it shows all.</summary>
    public string? LeftOutSentence => LeftOut == 0
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"The first {_kept.Count:#,##0} steps are shown; {LeftOut:#,##0} more were left out. The figures are of the whole run.");
}
