using Aldis.Protocols.Arq;

namespace Aldis.Lab.Experiments;

/// <summary>
/// Frame numbers of a few bits, as the textbook has them: a frame or an acknowledgement carries its number modulo 2^m, and who gets it
/// knows no more. Each side takes a number for the one in its own window that it may stand for.
/// </summary>
internal sealed class SequenceNumbers
{
    /// <summary>The most bits of a number.</summary>
    public const int MostBits = 32;

    private const long NoFrame = -1;
    private const int Endless = 62;

    private readonly int _bits;
    private readonly int _window;
    private readonly bool _keepsAhead;

    private SequenceNumbers(int bits, int window, bool keepsAhead)
    {
        _bits = bits;
        _window = window;
        _keepsAhead = keepsAhead;
    }

    /// <summary>Numbers there are: 2^m.</summary>
    public long Count => 1L << _bits;

    /// <summary>The largest window with which no number can stand for two frames on a link that keeps the order: windows of both sides
    /// together have one number for each of their frames. 0 if there is none.</summary>
    public long LargestSafeWindow => _keepsAhead ? Count / 2 : Count - 1;

    /// <summary>Whether the window is no larger than that.</summary>
    public bool AreEnough => _window <= LargestSafeWindow;

    /// <summary>The fewest bits with which they would be.</summary>
    public int BitsNeeded
    {
        get
        {
            int bits = 0;
            while ((_keepsAhead ? (1L << bits) / 2 : (1L << bits) - 1) < _window)
            {
                bits++;
            }

            return bits;
        }
    }

    /// <summary>The numbers of an experiment; null where they are as long as they need to be.</summary>
    public static SequenceNumbers? Of(LabSettings settings) => settings.SequenceBits is null ? null : OrEndless(settings);

    /// <summary>The numbers of an experiment, in any case.</summary>
    public static SequenceNumbers OrEndless(LabSettings settings) => new(
        settings.SequenceBits ?? Endless, settings.WindowFrames, settings.Strategy == ArqMode.SelectiveRepeat);

    /// <summary>The number that a frame, or the acknowledgement that asks for it, carries.</summary>
    public long NumberOf(long frame) => Modulo(frame);

    /// <summary>The receiver gets a frame.</summary>
    /// <param name="frame">Which it is in truth.</param>
    /// <param name="expected">The first frame that it does not have.</param>
    /// <returns>Which it is taken for: one of the receiver's window if its number stands for one, else an old one or one too far ahead,
    /// neither of which is kept; -1 if selective repeat has no such frame, and ignores it.</returns>
    public long AtReceiver(long frame, long expected)
    {
        long ahead = Modulo(frame - expected);
        return ahead < (_keepsAhead ? _window : 1) ? expected + ahead
            : frame < expected ? frame
            : !_keepsAhead ? expected + ahead
            : expected + ahead >= Count ? expected + ahead - Count : NoFrame;
    }

    /// <summary>The sender gets an acknowledgement of all frames before one.</summary>
    /// <param name="next">The frame that the receiver asks for in truth.</param>
    /// <param name="first">The sender's oldest frame that is not acknowledged.</param>
    /// <param name="end">The first frame that it has not sent.</param>
    /// <returns>The frame it takes that for, behind <paramref name="first"/>; or <paramref name="first"/>: nothing new.</returns>
    public long NextAtSender(long next, long first, long end)
    {
        long taken = first + 1 + Modulo(next - first - 1);
        return taken <= end ? taken : first;
    }

    /// <summary>The sender gets an acknowledgement of one frame.</summary>
    /// <param name="frame">The frame that the receiver means.</param>
    /// <param name="first">The sender's oldest frame that is not acknowledged.</param>
    /// <param name="end">The first frame that it has not sent.</param>
    /// <returns>The frame it takes that for; -1: it waits for none with that number.</returns>
    public long FrameAtSender(long frame, long first, long end)
    {
        long taken = first + Modulo(frame - first);
        return taken < end ? taken : NoFrame;
    }

    private long Modulo(long value) => value & (Count - 1);
}
