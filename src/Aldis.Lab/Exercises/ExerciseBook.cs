using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Exercises;

/// <summary>
/// The exercises. Their links are the textbook's: frames are payload alone, acknowledgements take no time to send, and everything that is
/// not said to be lost arrives. What can only be counted is counted in a run of the engine.
/// </summary>
internal static class ExerciseBook
{
    private const long NsPerMs = 1_000_000;
    private const int BitsPerByte = 8;
    private const int KilometresPerMs = 200; // of a signal in fibre

    // The link on which a frame takes 10 ms to send, so that ladders are drawn with whole numbers.
    private const int SlowBits = 1_000_000;
    private const int SlowFrame = 1250;
    private const int SlowMs = 10;

    /// <summary>An exercise with a student's figures.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="student">Whose figures.</param>
    /// <exception cref="ArgumentException">It is no name of a student.</exception>
    public static ExerciseSheet Of(ExerciseName name, string student)
    {
        var figures = new StudentFigures(name, student);
        return name switch
        {
            ExerciseName.Efficiency => Efficiency(figures),
            ExerciseName.LostFrame => LostFrame(figures),
            ExerciseName.LostAck => LostAck(figures),
            ExerciseName.Timeout => Timeout(figures),
            _ => Numbers(figures),
        };
    }

    private static ExerciseSheet Efficiency(StudentFigures figures)
    {
        int bytes = figures.OneOf(250, 500, 750, 1000);
        int kbit = figures.OneOf(200, 250, 400, 500, 1000);
        double frameMs = (double)bytes * BitsPerByte / kbit;
        int delayMs = 5 * (int)Math.Ceiling(frameMs * figures.Between(6, 20) / 20); // some frames long, in steps of 1,000 km
        double cycleMs = frameMs + (2 * delayMs);
        int enough = (int)Math.Ceiling(cycleMs / frameMs);
        int window = figures.Between(2, enough - 1);
        LabSettings link = Link(ArqMode.StopAndWait, kbit * 1000, bytes, delayMs) with { Frames = 200 };
        return new ExerciseSheet(
            ExerciseName.Efficiency,
            figures.Student,
            "How much of a link stop-and-wait uses",
            [
                Text($"A link of {kbit} kbit/s is {delayMs * KilometresPerMs:#,##0} km long; a signal travels 200,000 km in a second."),
                Text($"Stop-and-wait sends frames of {bytes:#,##0} bytes over it. Nothing is lost; headers and the sending of ACKs take ")
                    + "no time.",
            ],
            [
                new("How long is a cycle, from the first bit of a frame to the arrival of its ACK?", "ms", cycleMs, Text(
                    $"A frame takes {bytes} · 8 / {kbit} = {frameMs:0.###} ms to send, the way there and back 2 · {delayMs} ms.")),
                new("How much of the link is used (its efficiency)?", "%", 100 * frameMs / cycleMs, Text(
                    $"One frame a cycle: {frameMs:0.###} / {cycleMs:0.###}. In the textbook 1/(1+2a) with a = {delayMs / frameMs:0.###}.")),
                new("Which is the smallest window with which a sender never waits?", string.Empty, enough, Text(
                    $"The cycle has room for {cycleMs / frameMs:0.###} frames.")),
                new(Text($"How fast is a window of {window}, in payload?"), "kbit/s", kbit * window * frameMs / cycleMs, Text(
                    $"{window} frames a cycle: {window} · {bytes} · 8 / {cycleMs:0.###}.")),
            ])
        {
            Experiments =
            [
                link,
                link with { Strategy = ArqMode.GoBackN, Window = enough },
                link with { Strategy = ArqMode.GoBackN, Window = window },
            ],
        };
    }

    private static ExerciseSheet LostFrame(StudentFigures figures)
    {
        int window = figures.Between(3, 5);
        int frames = window + figures.Between(2, 4);
        int lost = figures.Between(2, window);
        int delayMs = figures.Between(20, 50, 10);
        int timeoutMs = SlowMs + (2 * delayMs) + figures.Between(30, 90, 20);
        LabSettings link = Link(ArqMode.GoBackN, SlowBits, SlowFrame, delayMs) with
        {
            Window = window,
            Frames = frames,
            TimeoutNanoseconds = timeoutMs * NsPerMs,
            KilledTransmissions = [lost],
        };
        LabSummary run = Run(link);
        long dropped = run.Tally.OutOfOrderDropped;
        return new ExerciseSheet(
            ExerciseName.LostFrame,
            figures.Student,
            "A frame is lost in go-back-N",
            [
                Slow(delayMs),
                Text($"Go-back-N with a window of {window} sends {frames} frames, 0 to {frames - 1}. Its one timer is that of the oldest ")
                    + Text($"frame that is not acknowledged: it fires {timeoutMs} ms after that frame began to leave."),
                Text($"Transmission {lost}, the first of frame {lost - 1}, is lost, and nothing else."),
            ],
            [
                new("How many frames does the receiver drop because one before them is missing?", string.Empty, dropped, Text(
                    $"It takes what is before frame {lost - 1} and drops what comes behind frame {lost - 1}, until that one comes again.")),
                new("How many frames go again?", string.Empty, run.Tally.Retransmissions, Text(
                    $"Frame {lost - 1} and everything that was out behind it when its timer fired: a whole window.")),
                new("How many transmissions are there in all?", string.Empty, run.Tally.Transmissions, Text(
                    $"{frames} first ones and {run.Tally.Retransmissions} again.")),
                new("When does the last ACK arrive?", "ms", run.ElapsedNanoseconds / (double)NsPerMs, Text(
                    $"The timer fires {timeoutMs} ms after frame {lost - 1} began to leave; from then on as if it were the first.")),
            ])
        {
            HandIn = "the ladder as a trace (docs/lab.md, 'Traces and marks'), for aldis lab --grade",
            Experiments = [link],
        };
    }

    private static ExerciseSheet LostAck(StudentFigures figures)
    {
        int frames = figures.Between(4, 7);
        int lost = figures.Between(2, frames - 1);
        int delayMs = figures.Between(20, 50, 10);
        int timeoutMs = SlowMs + (2 * delayMs) + figures.Between(30, 90, 20);
        LabSettings single = Link(ArqMode.StopAndWait, SlowBits, SlowFrame, delayMs) with
        {
            Frames = frames,
            TimeoutNanoseconds = timeoutMs * NsPerMs,
            KilledAcknowledgements = [lost],
        };
        LabSettings window = single with { Strategy = ArqMode.GoBackN, Window = frames };
        LabSettings last = window with { KilledAcknowledgements = [frames] };
        LabSummary alone = Run(single);
        long healed = Run(window).Tally.Transmissions;
        long unhealed = Run(last).Tally.Transmissions;
        return new ExerciseSheet(
            ExerciseName.LostAck,
            figures.Student,
            "An acknowledgement is lost",
            [
                Slow(delayMs),
                Text($"{frames} frames are sent, with a time-out of {timeoutMs} ms after a frame began to leave. An ACK says that every ")
                    + "frame before the one it asks for arrived.",
                Text($"The ACK that leaves the receiver as number {lost} is lost, and nothing else."),
            ],
            [
                new("How many transmissions does stop-and-wait need?", string.Empty, alone.Tally.Transmissions,
                    "The frame whose ACK was lost goes again, and the receiver answers it once more."),
                new("When does the last ACK arrive, in stop-and-wait?", "ms", alone.ElapsedNanoseconds / (double)NsPerMs, Text(
                    $"{frames} cycles of {SlowMs + (2 * delayMs)} ms and, for the lost ACK, one time-out of {timeoutMs} ms.")),
                new(Text($"How many transmissions does go-back-N with a window of {frames} need?"), string.Empty, healed,
                    "The next ACK says the same and more, and comes before the timer fires."),
                new(Text($"How many does go-back-N need if ACK number {frames}, the last, is lost instead?"), string.Empty, unhealed,
                    "No other ACK follows it: the timer of the last frame fires, and that frame goes again."),
            ])
        {
            HandIn = "the ladder of stop-and-wait as a trace (docs/lab.md, 'Traces and marks'), for aldis lab --grade",
            Experiments = [single, window, last],
        };
    }

    private static ExerciseSheet Timeout(StudentFigures figures)
    {
        int times = figures.Between(2, 4);
        int timeoutMs = figures.Between(30, 60, 10);
        int cycleMs = ((times - 1) * timeoutMs) + figures.OneOf(10, 20);
        int delayMs = (cycleMs - SlowMs) / 2;
        cycleMs = SlowMs + (2 * delayMs);
        int frames = figures.Between(3, 8);
        LabSettings link = Link(ArqMode.StopAndWait, SlowBits, SlowFrame, delayMs) with
        {
            Frames = frames,
            TimeoutNanoseconds = timeoutMs * NsPerMs,
        };
        LabSummary run = Run(link);
        return new ExerciseSheet(
            ExerciseName.Timeout,
            figures.Student,
            "A timer that is shorter than the round trip",
            [
                Slow(delayMs),
                Text($"Stop-and-wait sends {frames} frames. Nothing is lost, but the timer fires {timeoutMs} ms after each transmission ")
                    + "began to leave.",
            ],
            [
                new("How long is a cycle, from the first bit of a frame to the arrival of its ACK?", "ms", cycleMs, Text(
                    $"{SlowMs} ms to send and 2 · {delayMs} ms on the way. A time-out that is not needless is no shorter.")),
                new("How many transmissions are there in all?", string.Empty, run.Tally.Transmissions, Text(
                    $"Each frame goes {times} times before its ACK is there: every {timeoutMs} ms within {cycleMs} ms.")),
                new("How many of them are needless?", string.Empty, run.Tally.Retransmissions,
                    "All but the first of each frame: every first one arrives."),
                new("When does the last ACK that says something new arrive?", "ms", run.ElapsedNanoseconds / (double)NsPerMs, Text(
                    $"After {frames} cycles, as with a patient timer: the needless copies cost the others on the path, not this sender.")),
            ])
        {
            Experiments = [link, link with { TimeoutNanoseconds = cycleMs * NsPerMs }],
        };
    }

    private static ExerciseSheet Numbers(StudentFigures figures)
    {
        int bits = figures.Between(2, 4);
        int count = 1 << bits;
        int window = figures.Between((count / 2) + 1, count - 1);
        LabSettings link = Link(ArqMode.SelectiveRepeat, SlowBits, SlowFrame, 50) with
        {
            Window = window,
            Frames = 2 * count,
            SequenceBits = bits,
            KilledAcknowledgements = [.. Enumerable.Range(1, window).Select(static number => (long)number)],
        };
        return new ExerciseSheet(
            ExerciseName.Numbers,
            figures.Student,
            "How large a window the numbers allow",
            [
                Text($"Frames are numbered with {bits} bits, 0 to {count - 1}, and then again from 0."),
                Text($"In the last two questions selective repeat has a window of {window}. It sends the first {window} frames, all ")
                    + "arrive, and all of their ACKs are lost; so their timers fire, and all of them go again.",
            ],
            [
                new("How large may the window of go-back-N be?", string.Empty, count - 1, Text(
                    $"Its receiver is ready for one frame, so both windows have W + 1 frames, for which there are {count} numbers.")),
                new("How large may the window of selective repeat be?", string.Empty, count / 2, Text(
                    $"Its receiver is ready for as many as the sender has: 2W frames, for which there are {count} numbers.")),
                new("For which frame does the receiver take frame 0, when it comes again?", string.Empty, count, Text(
                    $"It is ready for frames {window} to {(2 * window) - 1}, and of these frame {count} has the number 0.")),
                new("How many of the frames that come again does it take for new ones?", string.Empty, (2 * window) - count, Text(
                    $"Those whose numbers are those of frames {count} to {(2 * window) - 1}.")),
            ])
        {
            Experiments = [link, link with { Window = count / 2 }],
        };
    }

    private static string Slow(int delayMs) => Text(
        $"A frame takes {SlowMs} ms to send ({SlowFrame:#,##0} bytes at 1 Mbit/s) and {delayMs} ms to travel; an ACK leaves at once when ")
        + Text($"the last bit of a frame has come, and takes {delayMs} ms.");

    private static LabSettings Link(ArqMode strategy, int bitsPerSecond, int frameBytes, int delayMs) => new()
    {
        Strategy = strategy,
        BitsPerSecond = bitsPerSecond,
        FrameSize = frameBytes,
        HeaderSize = 0,
        AcknowledgementSize = 0,
        DelayNanoseconds = delayMs * NsPerMs,
        Loss = 0,
    };

    private static LabSummary Run(LabSettings settings)
    {
        var run = new LabRun(settings);
        run.Run();
        return LabSummary.Of(settings, run);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
