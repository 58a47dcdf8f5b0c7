using System.Globalization;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Ladder;

/// <summary>What the receiver of the frames knows: what it has, what it keeps ahead of a gap, and what it waits for.</summary>
/// <param name="frames">Frames in all.</param>
internal sealed class ReceiverKnowledge(long frames)
{
    private readonly SortedSet<long> _kept = [];

    /// <summary>The frame it waits for: it has everything before.</summary>
    public long Expected { get; private set; }

    /// <summary>Learns from a moment, if it is one of the receiver's.</summary>
    /// <param name="moment">The next moment.</param>
    /// <returns>Whether anything changed.</returns>
    public bool Take(LadderMoment moment)
    {
        bool isKept = moment.Step.Reception is LadderReception.InOrder or LadderReception.KeptAhead;
        if (!isKept || moment is not { Kind: LadderMomentKind.Arrival, Side: TraceSide.Server })
        {
            return false;
        }

        if (moment.Step.Reception == LadderReception.KeptAhead)
        {
            return _kept.Add(moment.Step.TakenFor >= 0 ? moment.Step.TakenFor : moment.Step.Frame);
        }

        Expected = Math.Max(Expected, moment.Step.NextFrame);
        _kept.RemoveWhere(frame => frame < Expected);
        return true;
    }

    /// <summary>It in words.</summary>
    public string Sentence()
    {
        string next = Expected.ToString(CultureInfo.InvariantCulture);
        string kept = _kept.Count == 0 ? string.Empty : $" It keeps {SenderKnowledge.Ranges(_kept)} for later.";
        return Expected >= frames ? "It has everything."
            : Expected == 0 ? $"It has nothing, and waits for frame 0.{kept}"
            : $"It has everything before frame {next}, and waits for frame {next}.{kept}";
    }
}
