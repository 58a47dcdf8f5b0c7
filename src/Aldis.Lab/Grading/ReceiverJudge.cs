using Aldis.Protocols.Arq;

namespace Aldis.Lab.Grading;

/// <summary>Follows a receiver and judges each acknowledgement that leaves it, and each frame it hands on.</summary>
/// <param name="terms">What it is judged by.</param>
/// <param name="book">Takes the verdicts.</param>
internal sealed class ReceiverJudge(GradeTerms terms, GradeBook book)
{
    private const int CopiesToAnswerLive = 3;

    private readonly FrameNumbers _numbers = new(terms.NumberBits);
    private readonly SortedSet<long> _ahead = [];
    private readonly Dictionary<long, int> _unanswered = [];
    private readonly Queue<(long TimeNs, long Expected)> _history = new();
    private long _surelyKnown;
    private long _delivered;

    /// <summary>The first frame that has not arrived.</summary>
    public long Expected { get; private set; }

    /// <summary>Frames that arrived behind the one that is expected.</summary>
    public IEnumerable<long> Ahead => _ahead;

    /// <summary>The lowest frame that may arrive: repetitions of older ones are too old for the window.</summary>
    public long LowestFrame => Math.Max(0, Expected - terms.Window);

    /// <summary>Takes a frame that arrived.</summary>
    /// <param name="arrived">The event.</param>
    public void OnArrived(in GradedEvent arrived)
    {
        long frame = _numbers.From(arrived.Number, LowestFrame);
        int copies = _unanswered.GetValueOrDefault(frame) + 1;
        book.Check(
            GradeRule.Answered,
            arrived,
            copies <= (terms.IsLive ? CopiesToAnswerLive : 1),
            $"frame {frame} arrives again, and no ACK has left since it came before.");
        _unanswered[frame] = copies;
        if (frame == Expected)
        {
            Expected++;
            while (_ahead.Remove(Expected))
            {
                Expected++;
            }

            if (terms.IsLive)
            {
                _history.Enqueue((arrived.TimeNanoseconds, Expected));
            }
        }
        else if (frame > Expected && frame < Expected + terms.Window && terms.Strategy == ArqMode.SelectiveRepeat)
        {
            _ahead.Add(frame);
        }
    }

    /// <summary>Takes an acknowledgement that left.</summary>
    /// <param name="sent">The event.</param>
    public void OnAcknowledgementSent(in GradedEvent sent)
    {
        _unanswered.Clear();
        long known = SurelyKnown(sent.SinceNanoseconds);
        long asked = _numbers.UpTo(sent.Number, Expected);
        asked = asked >= known ? asked : Expected + _numbers.Distance(sent.Number, Expected);
        string kept = terms.Strategy == ArqMode.SelectiveRepeat
            ? string.Empty : $", and {GradeWords.Strategy(terms.Strategy)} keeps nothing ahead of it";
        book.Check(
            GradeRule.AckAhead, sent, asked <= Expected, $"ACK {sent.Number} leaves, and frame {Expected} has not arrived{kept}.");
        book.Check(
            GradeRule.AckBehind,
            sent,
            asked >= known,
            $"ACK {sent.Number} asks for a frame that has arrived: frame {known} is the first that has not.");
        foreach (long number in sent.Ahead)
        {
            long frame = _numbers.From(number, LowestFrame);
            book.Check(
                GradeRule.AckAhead,
                sent,
                frame < Expected || _ahead.Contains(frame),
                $"ACK {sent.Number} +{number} leaves, and frame {frame} has not arrived.");
        }
    }

    /// <summary>Takes a frame that was handed on.</summary>
    /// <param name="delivered">The event.</param>
    public void OnDelivered(in GradedEvent delivered)
    {
        long distance = _numbers.Distance(delivered.Number, _delivered);
        bool hasArrived = _delivered < Expected;
        book.Check(
            GradeRule.Delivery,
            delivered,
            distance == 0 && hasArrived,
            $"frame {delivered.Number} is delivered{(distance == 0 ? ", and has not arrived" : $"; it is frame {_delivered}'s turn")}.");
        _delivered += distance == 0 ? 1 : 0;
    }

    /// <summary>Judges what is left when nothing more happens.</summary>
    /// <param name="end">The end.</param>
    public void OnEnd(in GradedEvent end)
    {
        foreach (long frame in terms.IsLive ? [] : _unanswered.Keys.Order().Take(1))
        {
            book.Check(GradeRule.Answered, end, false, $"frame {frame} arrived and was never answered.");
        }
    }

    /// <summary>The frame that the receiver must know it expects: all there is, but for who is watched from outside.</summary>
    private long SurelyKnown(long timeNs)
    {
        if (!terms.IsLive)
        {
            return Expected;
        }

        while (_history.TryPeek(out (long TimeNs, long Expected) known) && known.TimeNs + terms.GraceNanoseconds < timeNs)
        {
            _surelyKnown = _history.Dequeue().Expected;
        }

        return _surelyKnown;
    }
}
