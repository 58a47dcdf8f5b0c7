namespace Aldis.Lab.Grading;

/// <summary>
/// Judges event by event whether a strategy was followed. Knows nothing of where the events come from: a trace of the laboratory, one that
/// somebody wrote by hand, or a program that is watched while it runs.
/// </summary>
internal sealed class ProtocolGrader
{
    private readonly GradeTerms _terms;
    private readonly GradeBook _book;
    private readonly SenderJudge _sender;
    private readonly ReceiverJudge _receiver;
    private readonly HashSet<long> _acknowledgements = [];
    private readonly Dictionary<long, long[]> _aheadBySerial = [];
    private bool _hasSender;

    /// <summary>Begins.</summary>
    /// <param name="terms">What is judged, and by what.</param>
    /// <exception cref="ArgumentNullException">There are none.</exception>
    public ProtocolGrader(GradeTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        _terms = terms;
        _book = new GradeBook(terms);
        _sender = new SenderJudge(terms, _book);
        _receiver = new ReceiverJudge(terms, _book);
        if (terms.NumberBits is int bits)
        {
            _book.Check(
                GradeRule.Numbers,
                default,
                terms.Window <= terms.LargestWindow,
                $"a window of {terms.Window} and numbers of {bits} bits: at most {terms.LargestWindow}, or a frame is taken for another.");
        }
    }

    /// <summary>The verdicts so far, in the order of the rules.</summary>
    public IReadOnlyList<RuleVerdict> Verdicts => _book.Verdicts;

    /// <summary>The first frame that is not acknowledged.</summary>
    public long Acknowledged => _sender.Oldest;

    /// <summary>The frame that left last.</summary>
    public long LastSent { get; private set; } = GradedEvent.Unknown;

    /// <summary>Takes a datagram of a program.</summary>
    /// <param name="timeNanoseconds">When.</param>
    /// <param name="isForm">Whether it has the form that was agreed.</param>
    /// <param name="shown">Its beginning.</param>
    public void TakeForm(long timeNanoseconds, bool isForm, string shown) => _book.Check(
        GradeRule.Form,
        new GradedEvent(default, GradedEvent.Unknown) { TimeNanoseconds = timeNanoseconds },
        isForm,
        $"this is none of its datagrams: '{shown}'.");

    /// <summary>Takes the next event; times never fall.</summary>
    /// <param name="what">The event.</param>
    public void Take(in GradedEvent what)
    {
        _sender.OnTime(what);
        switch (what.Kind)
        {
            case GradedEventKind.FrameSent:
                _hasSender = true;
                LastSent = _sender.OnSent(what);
                break;
            case GradedEventKind.FrameArrived:
                if (_hasSender)
                {
                    bool wasSent = _sender.HasSent(what.Number, _receiver.LowestFrame);
                    _book.Check(GradeRule.SentBefore, what, wasSent, $"frame {what.Number} arrives, and was never sent.");
                }

                _receiver.OnArrived(what);
                break;
            case GradedEventKind.AckSent:
                _acknowledgements.Add(what.Number);
                if (what.Serial != GradedEvent.Unknown)
                {
                    _aheadBySerial[what.Serial] = [.. _receiver.Ahead];
                }

                _receiver.OnAcknowledgementSent(what);
                break;
            case GradedEventKind.AckArrived:
                if (_terms.HasReceiver)
                {
                    bool wasSent = _acknowledgements.Contains(what.Number);
                    _book.Check(GradeRule.SentBefore, what, wasSent, $"ACK {what.Number} arrives, and was never sent.");
                }

                _sender.OnAcknowledged(what, _aheadBySerial.GetValueOrDefault(what.Serial) ?? what.Ahead);
                break;
            case GradedEventKind.TimerFired:
                _sender.OnTimer(what);
                break;
            default:
                _receiver.OnDelivered(what);
                break;
        }
    }

    /// <summary>Judges what is left when nothing more happens.</summary>
    /// <param name="line">The last line of the trace.</param>
    /// <param name="timeNanoseconds">The time of its last event, or <see cref="GradedEvent.Unknown"/>.</param>
    /// <param name="hasEnd">Whether the last frame is known to be the last.</param>
    public void Complete(long line, long timeNanoseconds, bool hasEnd = true)
    {
        var end = new GradedEvent(default, GradedEvent.Unknown) { Line = line, TimeNanoseconds = timeNanoseconds };
        _sender.OnEnd(end);
        _receiver.OnEnd(end);
        if (!_book.IsClean)
        {
            return;
        }

        long frames = _terms.Frames ?? Math.Max(_sender.Next, _receiver.Expected);
        bool isAcknowledged = !_hasSender || _sender.Oldest >= frames;
        bool hasArrived = !_terms.HasReceiver || _receiver.Expected >= frames;
        long missing = hasArrived ? _sender.Oldest : _receiver.Expected;
        _book.Check(
            GradeRule.Complete,
            end,
            isAcknowledged && hasArrived && hasEnd,
            !isAcknowledged || !hasArrived
                ? $"it ends, and frame {missing} {(hasArrived ? "is not acknowledged" : "has not arrived")}."
                : (FormattableString)$"it ends, and no frame without bytes said that it was the last.");
    }
}
