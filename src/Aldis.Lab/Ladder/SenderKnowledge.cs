using System.Globalization;
using Aldis.Protocols.Tracing;

namespace Aldis.Lab.Ladder;

/// <summary>What the sender of the frames knows: which of them are acknowledged, which are out, and which it may send.</summary>
/// <param name="windowFrames">Frames that may be unacknowledged.</param>
/// <param name="frames">Frames in all.</param>
internal sealed class SenderKnowledge(int windowFrames, long frames)
{
    /// <summary>A frame of which an acknowledgement has come.</summary>
    public const char Acknowledged = 'A';

    /// <summary>A frame that was sent and not acknowledged.</summary>
    public const char Out = 'O';

    /// <summary>A frame in the window that was not sent yet.</summary>
    public const char Free = 'F';

    /// <summary>A frame beyond the window.</summary>
    public const char NotYet = 'N';

    private const int CellsBefore = 4;

    private readonly SortedSet<long> _acknowledgedAhead = [];

    /// <summary>The first frame that is not acknowledged: the window begins here.</summary>
    public long Start { get; private set; }

    /// <summary>The first frame that was never sent.</summary>
    public long Next { get; private set; }

    /// <summary>Whether nothing new may be sent before an acknowledgement comes.</summary>
    public bool IsFull => Next < frames && Next - Start >= windowFrames;

    /// <summary>Learns from a moment, if it is one of the sender's.</summary>
    /// <param name="moment">The next moment.</param>
    /// <returns>Whether anything changed.</returns>
    public bool Take(LadderMoment moment)
    {
        LadderStep step = moment.Step;
        (long start, long next, int ahead) = (Start, Next, _acknowledgedAhead.Count);
        if (moment is { Kind: LadderMomentKind.Departure, Side: TraceSide.Client, Step.Kind: LadderStepKind.Frame })
        {
            Next = Math.Max(Next, step.Frame + 1);
        }
        else if (moment is { Kind: LadderMomentKind.Arrival, Side: TraceSide.Client, Step.Kind: LadderStepKind.Acknowledgement }
            && step.Fate == LadderFate.Arrived)
        {
            Start = Math.Max(Start, step.WindowStart);
            _acknowledgedAhead.UnionWith(step.NewlyAcknowledged);
            _acknowledgedAhead.RemoveWhere(frame => frame < Start);
        }

        return (start, next, ahead) != (Start, Next, _acknowledgedAhead.Count);
    }

    /// <summary>The first frame of a strip that shows where the window is: 0 where all frames have room.</summary>
    /// <param name="cells">Frames that the strip has room for.</param>
    public long Origin(int cells) => Math.Clamp(Start - CellsBefore, 0, Math.Max(0, frames - cells));

    /// <summary>The frames from <see cref="Origin"/> on, a letter for each.</summary>
    /// <param name="cells">Frames that the strip has room for.</param>
    public string Strip(int cells)
    {
        long origin = Origin(cells);
        return string.Create((int)Math.Min(cells, frames - origin), origin, (strip, first) =>
        {
            for (int i = 0; i < strip.Length; i++)
            {
                strip[i] = Of(first + i);
            }
        });
    }

    /// <summary>The same in words.</summary>
    public string Sentence()
    {
        if (Start >= frames)
        {
            return "Everything is acknowledged.";
        }

        string acknowledged = Start == 0 ? "Nothing is acknowledged" : $"All before frame {Number(Start)} is acknowledged";
        string ahead = _acknowledgedAhead.Count == 0 ? string.Empty : ", and " + Ranges(_acknowledgedAhead);
        long allowed = Math.Min(frames, Start + windowFrames);
        string room = Next >= frames ? "everything was sent"
            : Next >= allowed ? $"frame {Number(Next)} must wait for an answer"
            : $"{Ranges(Sequence(Next, allowed))} may go";
        long unacknowledged = Math.Max(0, Next - Start - _acknowledgedAhead.Count);
        string still = unacknowledged == 0 ? "Nothing is out"
            : "Out: " + Ranges(Sequence(Start, Next).Where(frame => !_acknowledgedAhead.Contains(frame)));
        return $"{acknowledged}{ahead}. {still}; {room}.";
    }

    /// <summary>Numbers in ascending order, with a dash where some follow each other, and cut where there are many.</summary>
    internal static string Ranges(IEnumerable<long> numbers)
    {
        const int Most = 6;
        var ranges = new List<string>();
        long first = -1;
        long last = -2;
        foreach (long number in numbers)
        {
            if (number != last + 1)
            {
                Close();
                first = number;
            }

            last = number;
        }

        Close();
        return string.Join(", ", ranges.Take(Most)) + (ranges.Count > Most ? " …" : string.Empty);

        void Close()
        {
            if (first >= 0)
            {
                ranges.Add(first == last ? Number(first) : $"{Number(first)}–{Number(last)}");
            }
        }
    }

    private static IEnumerable<long> Sequence(long from, long to)
    {
        for (long number = from; number < to; number++)
        {
            yield return number;
        }
    }

    private char Of(long frame) => frame < Start || _acknowledgedAhead.Contains(frame) ? Acknowledged
        : frame < Next ? Out
        : frame < Start + windowFrames ? Free
        : NotYet;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
