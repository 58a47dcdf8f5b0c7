using Aldis.Lab.Experiments;
using Aldis.Lab.Ladder;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Tests.Textbook;

/// <summary>One point at which the laboratory is held against the simulation; times in nanoseconds.</summary>
internal sealed record TextbookPoint(ArqMode Strategy, int Window, double Loss, double ReplyLoss, int DelayMs, double TimeoutInCycles)
{
    private const long BitsPerSecond = 10_000_000;
    private const int Payload = 1024;
    private const int HeaderBytes = 56;
    private const int ReplyBytes = 81;

    /// <summary>Go-back-N: whether each acknowledgement starts the timer anew.</summary>
    public bool RestartsTimer { get; init; }

    /// <summary>Selective repeat: what an acknowledgement says.</summary>
    public AnswerKind Answers { get; init; }

    public bool IsSelective => Strategy == ArqMode.SelectiveRepeat;

    public long FrameNs => (Payload + HeaderBytes) * 8 * 1_000_000_000L / BitsPerSecond;

    public long ReplyNs => ReplyBytes * 8 * 1_000_000_000L / BitsPerSecond;

    public long DelayNs => DelayMs * 1_000_000L;

    public long CycleNs => FrameNs + ReplyNs + (2 * DelayNs);

    public long TimeoutNs => (long)(CycleNs * TimeoutInCycles) / 1000 * 1000;

    /// <summary>The 40 points: windows, losses of frames and of acknowledgements, delays and time-outs.</summary>
    public static IEnumerable<TextbookPoint> Grid()
    {
        int[] windows = [2, 4, 8, 16, 64];
        double[] losses = [0.01, 0.05, 0.15, 0.30];
        double[] timeouts = [1.02, 1.02, 1.1, 1.5];
        for (int far = 0; far < 2; far++)
        {
            foreach (int window in windows)
            {
                for (int i = 0; i < losses.Length; i++)
                {
                    double[] replies = [0, losses[i], 0.3, losses[i]];
                    yield return new TextbookPoint(
                        ArqMode.SelectiveRepeat,
                        window,
                        losses[i],
                        replies[(i + (window / 2) + far) % 4],
                        far == 0 ? 50 : 5,
                        timeouts[(i + (2 * far) + (window / 4)) % 4]);
                }
            }
        }
    }

    public LabSettings Settings(long frames, ulong seed) => new()
    {
        Strategy = Strategy,
        Frames = frames,
        FrameSize = Payload,
        Window = Strategy == ArqMode.StopAndWait ? null : Window,
        BitsPerSecond = BitsPerSecond,
        DelayNanoseconds = DelayNs,
        Loss = Loss,
        AcknowledgementLoss = ReplyLoss,
        TimeoutNanoseconds = TimeoutNs,
        RestartsTimer = RestartsTimer,
        Answers = Answers,
        Seed = seed,
    };

    public TextbookPoint As(ArqMode strategy) => this with { Strategy = strategy, Window = strategy == ArqMode.StopAndWait ? 1 : Window };
}
