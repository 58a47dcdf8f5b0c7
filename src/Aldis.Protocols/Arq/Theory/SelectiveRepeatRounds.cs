using System.Numerics;

namespace Aldis.Protocols.Arq.Theory;

/// <summary>
/// Selective repeat as a Markov chain of rounds. In a round every frame of the window that is not known to have arrived is sent once, in
/// order, and each that arrives is answered by an acknowledgement that names all that is there; so what came before the last
/// acknowledgement of the round to arrive is known. Then the window moves to the oldest frame that is not known to have arrived. A state
/// says of each frame of the window whether it is missing, there without the sender's knowledge, or known.
/// </summary>
internal sealed class SelectiveRepeatRounds
{
    private const int LargestWindow = 10;
    private const int LargestWindowWithReplyLoss = 6;
    private const int MostRounds = 2_000;
    private const double Negligible = 1e-12;
    private const double Settled = 1e-9;

    private readonly int _window;
    private readonly int _whole;
    private readonly double _noAnswer;
    private readonly double[] _lost;
    private readonly double[] _arrived;
    private readonly double[] _lostUnanswered;
    private readonly double[] _arrivedUnanswered;
    private double[] _chances;
    private double[] _next;
    private List<int> _states = [];
    private List<int> _nextStates = [];

    private SelectiveRepeatRounds(int window, double frameLoss, double replyLoss)
    {
        _window = window;
        _whole = (1 << window) - 1;
        _noAnswer = 1 - ((1 - frameLoss) * (1 - replyLoss));
        double lostIfUnanswered = _noAnswer > 0 ? frameLoss / _noAnswer : 0;
        _lost = Powers(frameLoss);
        _arrived = Powers(1 - frameLoss);
        _lostUnanswered = Powers(lostIfUnanswered);
        _arrivedUnanswered = Powers(1 - lostIfUnanswered);
        _chances = new double[1 << (2 * window)];
        _next = new double[1 << (2 * window)];
    }

    /// <summary>Mean frames by which the window moves in a round.</summary>
    public double FramesPerRound { get; private set; }

    /// <summary>Share of rounds after which the whole window is known to have arrived.</summary>
    public double WholeWindows { get; private set; }

    /// <summary>Whether the chain is small enough to be computed in a fraction of a second.</summary>
    /// <param name="window">Frames of the window.</param>
    /// <param name="replyLoss">Share of acknowledgements lost.</param>
    /// <returns>Up to 10 frames, with lost acknowledgements up to 6.</returns>
    public static bool Reaches(int window, double replyLoss) =>
        window <= (replyLoss == 0 ? LargestWindow : LargestWindowWithReplyLoss);

    /// <summary>Computes the stationary state.</summary>
    /// <param name="window">Frames of the window, within <see cref="Reaches"/>.</param>
    /// <param name="frameLoss">Share of frames lost, below 1.</param>
    /// <param name="replyLoss">Share of acknowledgements lost, below 1.</param>
    /// <returns>The chain at rest.</returns>
    public static SelectiveRepeatRounds Solve(int window, double frameLoss, double replyLoss)
    {
        var chain = new SelectiveRepeatRounds(window, frameLoss, replyLoss);
        chain.Reach(chain._whole, 0, 1);
        double before;
        int rounds = 0;
        do
        {
            before = chain.FramesPerRound;
            chain.Turn();
        }
        while (Math.Abs(chain.FramesPerRound - before) > Settled * chain.FramesPerRound && ++rounds < MostRounds);
        return chain;
    }

    private double[] Powers(double value) => [.. Enumerable.Range(0, _window + 1).Select(power => Math.Pow(value, power))];

    /// <summary>One round from every state.</summary>
    private void Turn()
    {
        (_chances, _next) = (_next, _chances);
        (_states, _nextStates) = (_nextStates, _states);
        _nextStates.Clear();
        FramesPerRound = 0;
        WholeWindows = 0;
        foreach (int state in _states)
        {
            double chance = _chances[state];
            _chances[state] = 0;
            Turn(state & _whole, state >> _window, chance);
        }
    }

    /// <summary>One round from a state: the last frame whose acknowledgement arrives may be any that is sent, or none.</summary>
    private void Turn(int missing, int unknown, double chance)
    {
        int before = missing | unknown;
        int behind = 0;
        while (chance > Negligible)
        {
            int last = before == 0 ? 0 : 1 << BitOperations.Log2((uint)before);
            double answered = before == 0 ? chance : chance * (1 - _noAnswer);
            TurnBehind(missing & before & ~last, missing & behind, unknown & behind, answered);
            if (before == 0)
            {
                return;
            }

            chance *= _noAnswer;
            behind |= last;
            before &= ~last;
        }
    }

    /// <summary>Of the frames sent before that last one some were lost; of those behind it too, and the others are not known.</summary>
    private void TurnBehind(int missingBefore, int missingBehind, int unknownBehind, double chance)
    {
        int sentBehind = BitOperations.PopCount((uint)missingBehind);
        int sentBefore = BitOperations.PopCount((uint)missingBefore);
        for (int lostBehind = missingBehind; ; lostBehind = (lostBehind - 1) & missingBehind)
        {
            int losses = BitOperations.PopCount((uint)lostBehind);
            double share = chance * _lostUnanswered[losses] * _arrivedUnanswered[sentBehind - losses];
            int unknown = unknownBehind | (missingBehind & ~lostBehind);
            for (int lostBefore = missingBefore; share > Negligible; lostBefore = (lostBefore - 1) & missingBefore)
            {
                losses = BitOperations.PopCount((uint)lostBefore);
                Move(lostBehind | lostBefore, unknown, share * _lost[losses] * _arrived[sentBefore - losses]);
                if (lostBefore == 0)
                {
                    break;
                }
            }

            if (lostBehind == 0)
            {
                return;
            }
        }
    }

    /// <summary>The window moves to the oldest frame that is not known to have arrived; the new ones at its end are missing.</summary>
    private void Move(int missing, int unknown, double chance)
    {
        int open = missing | unknown;
        int moved = open == 0 ? _window : BitOperations.TrailingZeroCount(open);
        FramesPerRound += chance * moved;
        WholeWindows += open == 0 ? chance : 0;
        Reach((missing >> moved) | (_whole & ~(_whole >> moved)), unknown >> moved, chance);
    }

    private void Reach(int missing, int unknown, double chance)
    {
        int state = missing | (unknown << _window);
        if (_next[state] == 0 && chance > 0)
        {
            _nextStates.Add(state);
        }

        _next[state] += chance;
    }
}
