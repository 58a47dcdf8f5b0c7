using System.Numerics;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Arq.Theory;

/// <summary>
/// Go-back-N whose acknowledgements are lost too. A lost one does harm where no later one comes before the timer of its frame: then the
/// sender returns needlessly, and the copies that it sends for nothing answer once more and may repair a later loss. What is under way
/// matters to all that, so that the Markov chain has a state for each set of copies in flight, too many to be solved. It is walked
/// instead, a fixed number of transmissions by seeded draws: the same result on every machine, with a standard error that is known.
/// Time is counted in frame times, T_f. A frame is a number, an acknowledgement says which is expected next, and nothing of the engine
/// is used.
/// </summary>
internal sealed class GoBackNWalk
{
    private const int Batches = 20;
    private const int TransmissionsOfBatch = 100_000;
    private const int LargestFlight = 1_024;
    private const double Simultaneous = 1e-9;
    private const ulong Seed = 0xA1D15;

    private readonly SeededRandom _random = new(Seed);
    private readonly Queue<(double Time, long Expected)> _replies = new();
    private readonly double[] _sent;
    private readonly LinkGeometry _link;
    private readonly int _window;
    private readonly double _timeout;
    private readonly bool _restartsTimer;
    private readonly double _replyTime;
    private readonly double _wayTime;
    private long _base;
    private long _next;
    private long _expected;
    private long _losses;
    private double _now;
    private double _lineIdle;
    private double _replyLineIdle;
    private double _restarted;

    private GoBackNWalk(LinkGeometry link, int windowFrames, double timeoutSeconds, bool restartsTimer)
    {
        _link = link;
        _window = windowFrames;
        _timeout = timeoutSeconds / link.FrameSeconds;
        _restartsTimer = restartsTimer;
        _replyTime = link.ReplySeconds / link.FrameSeconds;
        _wayTime = link.CycleFrames - 1 - _replyTime; // there and back, and the receiver's processing
        _sent = new double[(int)BitOperations.RoundUpToPowerOf2((uint)windowFrames)];
    }

    /// <summary>Payload bits per second.</summary>
    public double Goodput { get; private set; }

    /// <summary>Standard error of the goodput, relative to it.</summary>
    public double StandardError { get; private set; }

    /// <summary>Standard deviation of the time for one frame, relative to its mean: that of n frames together is less by √n.</summary>
    public double DeviationOfFrame { get; private set; }

    /// <summary>Whether the walk meets enough losses in a fraction of a second.</summary>
    /// <param name="link">The link and the frame.</param>
    /// <param name="windowFrames">Frames of the window.</param>
    /// <returns>False if more than 1,024 frames can be in flight.</returns>
    public static bool Reaches(LinkGeometry link, int windowFrames) => Math.Min(windowFrames, link.CycleFrames) <= LargestFlight;

    /// <summary>Walks the chain.</summary>
    /// <param name="link">The link and the frame; losses of both ways below 1.</param>
    /// <param name="windowFrames">Frames of the window, within <see cref="Reaches"/>.</param>
    /// <param name="timeoutSeconds">The time-out, above 0.</param>
    /// <param name="restartsTimer">Whether each acknowledgement of something new starts the timer anew; if not, it runs from the last
    /// transmission of the oldest frame.</param>
    /// <returns>What it found.</returns>
    public static GoBackNWalk Take(LinkGeometry link, int windowFrames, double timeoutSeconds, bool restartsTimer)
    {
        var walk = new GoBackNWalk(link, windowFrames, timeoutSeconds, restartsTimer);
        walk.Run();
        return walk;
    }

    /// <summary>
    /// Of the frames that a receiver waits for, p/(1 − p) are lost for each that it gets. Chance gives the walk more or less of these, and
    /// each costs a time-out; so the time of the surplus is taken off (a control variate), which leaves the mean as it is and takes most of
    /// the variance.
    /// </summary>
    private void Run()
    {
        Span<double> times = stackalloc double[Batches];
        Span<double> correctedTimes = stackalloc double[Batches];
        Span<double> frames = stackalloc double[Batches];
        double lossesOfFrame = _link.FrameLoss / (1 - _link.FrameLoss);
        for (int batch = 0; batch < Batches; batch++)
        {
            (double now, long first, long expected, long losses) = (_now, _base, _expected, _losses);
            for (int sent = 0; sent < TransmissionsOfBatch;)
            {
                sent += Step() ? 1 : 0;
            }

            times[batch] = _now - now;
            frames[batch] = _base - first;
            correctedTimes[batch] = times[batch] - (_timeout * (_losses - losses - (lossesOfFrame * (_expected - expected))));
        }

        (double timeOfFrame, StandardError) = RatioOf(correctedTimes, frames);
        Goodput = 8 * _link.PayloadBytes / (timeOfFrame * _link.FrameSeconds);
        DeviationOfFrame = RatioOf(times, frames).Error * Math.Sqrt(_base);
    }

    /// <summary>The ratio of two sums, and its standard error relative to it, by how far the batches are from it.</summary>
    private static (double Ratio, double Error) RatioOf(ReadOnlySpan<double> times, ReadOnlySpan<double> frames)
    {
        double time = 0;
        double count = 0;
        for (int batch = 0; batch < times.Length; batch++)
        {
            time += times[batch];
            count += frames[batch];
        }

        double ratio = time / count;
        double squares = 0;
        for (int batch = 0; batch < times.Length; batch++)
        {
            double residue = times[batch] - (ratio * frames[batch]);
            squares += residue * residue;
        }

        return (ratio, Math.Sqrt(squares * times.Length / (times.Length - 1)) / time);
    }

    /// <summary>What happens at this time, or time goes on to what happens next.</summary>
    /// <returns>Whether a frame was sent.</returns>
    private bool Step()
    {
        while (_replies.TryPeek(out (double Time, long Expected) reply) && IsDue(reply.Time))
        {
            _replies.Dequeue();
            _restarted = reply.Expected > _base ? _now : _restarted;
            _base = Math.Max(_base, reply.Expected);
        }

        _next = Math.Max(_next, _base);
        if (IsDue(_lineIdle))
        {
            if (_base < _next && IsDue(TimerEnd))
            {
                _next = _base;
            }

            if (_next < _base + _window)
            {
                Send();
                return true;
            }
        }

        double wake = _replies.TryPeek(out (double Time, long Expected) next) ? next.Time : double.PositiveInfinity;
        _now = Math.Max(_now, Math.Min(wake, IsDue(_lineIdle) ? TimerEnd : _lineIdle));
        return false;
    }

    private double TimerEnd => (_restartsTimer ? _restarted : _sent[_base & (_sent.Length - 1)]) + _timeout;

    private bool IsDue(double time) => time <= _now + Simultaneous;

    /// <summary>The frame meets its fate when it leaves, and so does its answer: nothing is overtaken on either way.</summary>
    private void Send()
    {
        _restarted = _next == _base ? _now : _restarted;
        _sent[_next & (_sent.Length - 1)] = _now;
        _lineIdle = _now + 1;
        bool isExpected = _next++ == _expected;
        if (_random.Chance(_link.FrameLoss))
        {
            _losses += isExpected ? 1 : 0;
            return;
        }

        _expected += isExpected ? 1 : 0;
        _replyLineIdle = Math.Max(_lineIdle, _replyLineIdle) + _replyTime;
        if (!_random.Chance(_link.ReplyLoss))
        {
            _replies.Enqueue((_replyLineIdle + _wayTime, _expected));
        }
    }
}
