using System.Globalization;
using System.Text;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Grading;

/// <summary>
/// Reads a trace: the objects that <c>aldis lab --json</c> prints, or lines that somebody wrote (docs/lab.md, "Traces and marks"). What is
/// none is refused with the number of its line; how much is read is bounded.
/// </summary>
internal static class TraceReader
{
    /// <summary>The most bytes of a trace: 64 MiB.</summary>
    public const int MostBytes = 64 << 20;

    /// <summary>The most lines of a trace.</summary>
    public const int MostLines = 1_000_000;

    private const int MostShown = 40;

    /// <summary>Reads a trace.</summary>
    /// <param name="bytes">Its text, UTF-8.</param>
    /// <param name="given">What is known of it beside; goes before what it says itself.</param>
    /// <returns>The trace.</returns>
    /// <exception cref="FormatException">It is none, or does not say what it has to.</exception>
    public static ProtocolTrace Read(ReadOnlySpan<byte> bytes, TraceHead given)
    {
        ArgumentNullException.ThrowIfNull(given);
        string text = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
        bool isJson = text.AsSpan().TrimStart() is ['{', ..];
        ITraceForm form = isJson ? new JsonTraceForm() : new TextTraceForm();
        long number = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (++number > MostLines)
            {
                throw new FormatException(Text($"the trace has more than {MostLines:#,##0} lines; grade a part of it."));
            }

            if (!line.IsWhiteSpace())
            {
                form.Take(line.Trim(), number);
            }
        }

        IReadOnlyList<GradedEvent> events = form.Events;
        if (events.Count == 0)
        {
            throw new FormatException("the trace has no event of a frame or an ACK: see 'Traces and marks' in docs/lab.md for its lines.");
        }

        return new ProtocolTrace(TermsOf(given.Or(form.Head), events), events, number);
    }

    /// <summary>What is wrong with a line, as a failure.</summary>
    /// <param name="line">Its number.</param>
    /// <param name="what">What it should be.</param>
    /// <param name="text">What it is.</param>
    public static FormatException Wrong(long line, string what, ReadOnlySpan<char> text)
    {
        string shown = text.Length > MostShown ? text[..MostShown].ToString() + "…" : text.ToString();
        string safe = string.Concat(shown.Select(static c => char.IsControl(c) ? '?' : c));
        return new FormatException(Text($"line {line} of the trace: {what}, not '{safe}'."));
    }

    private static GradeTerms TermsOf(TraceHead head, IReadOnlyList<GradedEvent> events)
    {
        ArqMode strategy = head.Strategy ?? throw new FormatException(
            "the trace does not say which strategy was to be followed: give --strategy, or begin it with a line such as "
            + "'strategy go-back-n'.");
        int window = strategy == ArqMode.StopAndWait ? 1 : head.Window ?? throw new FormatException(
            "the trace does not say how large the window is: give --window, or add a line such as 'window 4' at its beginning.");
        var numbers = new FrameNumbers(head.NumberBits);
        foreach (GradedEvent what in events)
        {
            if (what.Number != GradedEvent.Unknown && !numbers.Has(what.Number))
            {
                throw new FormatException(Text($"line {what.Line} of the trace: {what.Number} is no number of {head.NumberBits} bits."));
            }
        }

        return new GradeTerms
        {
            Strategy = strategy,
            Window = window,
            Frames = head.Frames,
            TimeoutNanoseconds = head.TimeoutNanoseconds,
            NumberBits = head.NumberBits,
            HasReceiver = events.Any(static what => what.Kind is GradedEventKind.FrameArrived or GradedEventKind.AckSent),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
