using Aldis.Lab.Grading;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Peers;

/// <summary>
/// The sender of a textbook: stop-and-wait and go-back-N with one timer, of the oldest frame, which may begin anew when the window moves;
/// selective repeat with one of each frame.
/// </summary>
/// <param name="terms">The strategy, its window, its numbers and the frames it has to send.</param>
/// <param name="timeoutNs">Of each timer, in nanoseconds.</param>
/// <param name="restartsTimer">Whether an acknowledgement that moves the window starts the one timer anew.</param>
internal sealed class TextbookSender(GradeTerms terms, long timeoutNs, bool restartsTimer)
{
    private readonly FrameNumbers _numbers = new(terms.NumberBits);
    private readonly SortedDictionary<long, long> _due = []; // when each frame that is out goes again
    private readonly Queue<long> _again = new();
    private long _next;

    /// <summary>The oldest frame that is not acknowledged.</summary>
    public long Oldest { get; private set; }

    /// <summary>Whether every frame is acknowledged.</summary>
    public bool IsDone => Oldest == terms.Frames;

    /// <summary>When <see cref="OnTime"/> has something to do; <see cref="long.MaxValue"/> for never.</summary>
    public long DeadlineNs => _due.Count == 0 || _again.Count > 0 ? long.MaxValue
        : terms.Strategy == ArqMode.SelectiveRepeat ? _due.Values.Min() : _due.GetValueOrDefault(Oldest, long.MaxValue);

    /// <summary>Lets timers fire.</summary>
    /// <param name="nowNs">Now.</param>
    public void OnTime(long nowNs)
    {
        if (DeadlineNs > nowNs)
        {
            return;
        }

        bool isSelective = terms.Strategy == ArqMode.SelectiveRepeat;
        foreach ((long frame, long due) in _due)
        {
            if (!isSelective || due <= nowNs)
            {
                _again.Enqueue(frame);
            }
        }
    }

    /// <summary>The next frame that may leave.</summary>
    /// <param name="nowNs">When it does.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="number">Its number.</param>
    /// <returns>False if none may.</returns>
    public bool TrySend(long nowNs, out long frame, out long number)
    {
        while (_again.TryDequeue(out frame))
        {
            if (_due.ContainsKey(frame))
            {
                return Send(frame, nowNs, out number);
            }
        }

        frame = _next;
        number = 0;
        bool maySend = _next < terms.Frames && _next < Oldest + terms.Window;
        _next += maySend ? 1 : 0;
        return maySend && Send(frame, nowNs, out number);
    }

    /// <summary>Takes an acknowledgement.</summary>
    /// <param name="acknowledgement">The acknowledgement.</param>
    /// <param name="nowNs">When it came.</param>
    public void OnAcknowledged(PeerMessage acknowledgement, long nowNs)
    {
        long next = _numbers.From(acknowledgement.Number, Oldest);
        if (next > Oldest && next <= _next)
        {
            for (; Oldest < next; Oldest++)
            {
                _due.Remove(Oldest);
            }

            if (restartsTimer && _due.ContainsKey(Oldest))
            {
                _due[Oldest] = nowNs + timeoutNs;
            }
        }

        if (terms.Strategy == ArqMode.SelectiveRepeat)
        {
            foreach (long number in acknowledgement.Ahead)
            {
                _due.Remove(_numbers.From(number, Oldest));
            }
        }
    }

    private bool Send(long frame, long nowNs, out long number)
    {
        number = _numbers.Of(frame);
        _due[frame] = nowNs + timeoutNs;
        return true;
    }
}
