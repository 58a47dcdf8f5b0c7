using System.Globalization;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Text;

namespace Aldis.Lab.Grading;

/// <summary>
/// The form that people write: <c>[TIME] WORD [NUMBER] [+NUMBER…]</c>, a time in milliseconds or with its unit; <c>#</c> begins a remark.
/// </summary>
internal sealed class TextTraceForm : ITraceForm
{
    private const double NsPerMillisecond = 1e6;
    private const int NsPerTick = 100;
    private const int MostAhead = 64;

    private static readonly Dictionary<string, GradedEventKind> Words = new(StringComparer.Ordinal)
    {
        ["send"] = GradedEventKind.FrameSent,
        ["receive"] = GradedEventKind.FrameArrived,
        ["ack"] = GradedEventKind.AckSent,
        ["acked"] = GradedEventKind.AckArrived,
        ["timeout"] = GradedEventKind.TimerFired,
        ["deliver"] = GradedEventKind.Delivered,
    };

    private static readonly string[] Headings = ["strategy", "window", "frames", "timeout", "bits"];

    private readonly List<GradedEvent> _events = [];
    private bool _isTimed;
    private long _timeNs;

    /// <inheritdoc/>
    public TraceHead Head { get; private set; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<GradedEvent> Events => _events;

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<char> line, long number)
    {
        int remark = line.IndexOf('#');
        string[] words = (remark < 0 ? line : line[..remark]).ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0 || (_events.Count == 0 && words.Length == 2 && TryTakeHeading(words, number)))
        {
            return;
        }

        bool isTimed = TryTime(words[0], out long timeNs);
        if (_events.Count > 0 && isTimed != _isTimed)
        {
            throw TraceReader.Wrong(number, "either each line begins with a time, or none", line);
        }

        if (isTimed && timeNs < _timeNs)
        {
            throw TraceReader.Wrong(number, "lines are in order of time", line);
        }

        _isTimed = isTimed;
        _timeNs = timeNs;
        string[] rest = isTimed ? words[1..] : words;
        if (rest.Length == 0 || !Words.TryGetValue(rest[0], out GradedEventKind kind))
        {
            string end = rest.Length > 0 ? NearestName.End(rest[0], Words.Keys.Concat(Headings)).TrimEnd('.') : string.Empty;
            throw TraceReader.Wrong(number, $"it takes {string.Join(", ", Words.Keys)}{end}", line);
        }

        _events.Add(new GradedEvent(kind, NumberOf(rest, kind, number, line))
        {
            Line = number,
            TimeNanoseconds = isTimed ? timeNs : GradedEvent.Unknown,
            Ahead = kind is GradedEventKind.AckSent or GradedEventKind.AckArrived ? AheadOf(rest, number, line) : [],
        });
    }

    private static long NumberOf(string[] words, GradedEventKind kind, long line, ReadOnlySpan<char> text)
    {
        if (kind == GradedEventKind.TimerFired && words.Length == 1)
        {
            return GradedEvent.Unknown;
        }

        bool takesMore = kind is GradedEventKind.AckSent or GradedEventKind.AckArrived;
        return words.Length > 1 && (takesMore || words.Length == 2) && TryNumber(words[1], out long number)
            ? number : throw TraceReader.Wrong(line, $"'{words[0]}' takes one number from 0 to {LabSettings.MostFrames}", text);
    }

    private static List<long> AheadOf(string[] words, long line, ReadOnlySpan<char> text)
    {
        List<long> ahead = [];
        foreach (string word in words.AsSpan(2))
        {
            if (ahead.Count == MostAhead || word[0] != '+' || !TryNumber(word.AsSpan(1), out long number))
            {
                throw TraceReader.Wrong(line, $"behind an ACK come at most {MostAhead} frames such as +5", text);
            }

            ahead.Add(number);
        }

        return ahead;
    }

    private bool TryTakeHeading(string[] words, long line)
    {
        string value = words[1];
        switch (words[0])
        {
            case "strategy":
                Head = Head with { Strategy = GradeWords.StrategyOf(value) ?? throw WrongStrategy(line, value) };
                return true;
            case "window":
                Head = Head with { Window = (int)Whole(value, 1, LabSettings.LargestWindow, line) };
                return true;
            case "frames":
                Head = Head with { Frames = Whole(value, 1, LabSettings.MostFrames, line) };
                return true;
            case "bits":
                Head = Head with { NumberBits = (int)Whole(value, 1, GradeTerms.MostNumberBits, line) };
                return true;
            case "timeout":
                Head = Head with
                {
                    TimeoutNanoseconds = TryTime(value, out long timeNs) && timeNs > 0 && !char.IsAsciiDigit(value[^1])
                        ? timeNs : throw TraceReader.Wrong(line, "a time-out has its unit, such as 200ms", value),
                };
                return true;
            default:
                return false;
        }
    }

    private static FormatException WrongStrategy(long line, string text) =>
        TraceReader.Wrong(line, "a strategy is stop-and-wait, go-back-n or selective-repeat", text);

    private static long Whole(string text, long least, long most, long line) =>
        TryNumber(text, out long number) && number >= least && number <= most
            ? number : throw TraceReader.Wrong(line, $"a whole number from {least} to {most}", text);

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= LabSettings.MostFrames;

    private static bool TryTime(string text, out long nanoseconds)
    {
        const double Most = LabSettings.LongestTimeNanoseconds * 1000.0;
        bool isNumber = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double milliseconds);
        bool isDuration = Quantity.TryParseDuration(text, out TimeSpan duration);
        double value = isNumber ? milliseconds * NsPerMillisecond : duration.Ticks * (double)NsPerTick;
        nanoseconds = (isNumber || isDuration) && value <= Most ? (long)Math.Round(value) : 0;
        return (isNumber || isDuration) && value <= Most;
    }
}
