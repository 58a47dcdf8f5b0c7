using System.Text.Json;
using Aldis.Lab.Experiments;

namespace Aldis.Lab.Grading;

/// <summary>
/// The objects that <c>aldis lab --json</c> prints (docs/events.md section 8). What is no frame, ACK, timer or summary is passed over.
/// </summary>
internal sealed class JsonTraceForm : ITraceForm
{
    private const int MostDepth = 8;
    private const int MostEvents = 4 * TraceReader.MostLines;
    private const long LongestNs = 3_155_760_000_000_000_000; // the century after which a run gives up

    private readonly List<(GradedEvent Event, int Phase)> _events = [];
    private long _delivered;

    /// <inheritdoc/>
    public TraceHead Head { get; private set; } = new();

    /// <summary>What arrives at one time comes before a timer of that time, and before what leaves because of it.</summary>
    public IReadOnlyList<GradedEvent> Events
    {
        get
        {
            List<GradedEvent> sorted = new(_events.Count);
            foreach ((GradedEvent what, _) in _events.OrderBy(static one => one.Event.TimeNanoseconds).ThenBy(static one => one.Phase))
            {
                sorted.Add(what);
            }

            return sorted;
        }
    }

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<char> line, long number)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line.ToString(), new JsonDocumentOptions { MaxDepth = MostDepth });
        }
        catch (JsonException)
        {
            throw TraceReader.Wrong(number, "each line is a whole JSON object", line);
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw TraceReader.Wrong(number, "each line is a whole JSON object", line);
            }

            switch (Word(document.RootElement, "event"))
            {
                case "frame":
                    TakeFrame(document.RootElement, number, line);
                    break;
                case "ack":
                    TakeAcknowledgement(document.RootElement, number, line);
                    break;
                case "timer" when Word(document.RootElement, "side") == "sender":
                    long timeNs = Required(document.RootElement, "time_ns", number, line);
                    Add(GradedEventKind.TimerFired, GradedEvent.Unknown, timeNs, number, phase: 1);
                    break;
                case "summary":
                    TakeSummary(document.RootElement);
                    break;
                default:
                    break;
            }
        }
    }

    private void TakeFrame(JsonElement frame, long line, ReadOnlySpan<char> text)
    {
        long index = Required(frame, "frame", line, text, LabSettings.MostFrames);
        bool isCopy = frame.TryGetProperty("copy", out _);
        if (!isCopy)
        {
            Add(GradedEventKind.FrameSent, index, Required(frame, "time_ns", line, text), line, phase: 2);
        }

        if (Word(frame, "fate") == "arrived" && Number(frame, "arrival_ns") is not null)
        {
            long arrival = Required(frame, "arrival_ns", line, text);
            Add(GradedEventKind.FrameArrived, index, arrival, line, phase: 0);
            if (Word(frame, "reception") == "in-order" && Number(frame, "next") is long next)
            {
                for (long last = Math.Min(next, _delivered + LabSettings.LargestWindow); _delivered < last; _delivered++)
                {
                    Add(GradedEventKind.Delivered, _delivered, arrival, line, phase: 0);
                }
            }
        }
    }

    private void TakeAcknowledgement(JsonElement acknowledgement, long line, ReadOnlySpan<char> text)
    {
        long next = Required(acknowledgement, "next", line, text, LabSettings.MostFrames);
        long serial = Number(acknowledgement, "serial") ?? GradedEvent.Unknown;
        if (!acknowledgement.TryGetProperty("copy", out _))
        {
            Add(GradedEventKind.AckSent, next, Required(acknowledgement, "time_ns", line, text), line, phase: 0, serial);
        }

        if (Word(acknowledgement, "fate") == "arrived" && Number(acknowledgement, "arrival_ns") is not null)
        {
            Add(GradedEventKind.AckArrived, next, Required(acknowledgement, "arrival_ns", line, text), line, phase: 0, serial);
        }
    }

    private void TakeSummary(JsonElement summary)
    {
        Head = new TraceHead
        {
            Strategy = GradeWords.StrategyOf(Word(summary, "strategy")),
            Window = Number(summary, "window") is long window and > 0 and <= LabSettings.LargestWindow ? (int)window : null,
            Frames = Number(summary, "frames"),
            TimeoutNanoseconds = Number(summary, "timeout_ns") is long timeout and > 0 ? timeout : null,
        };
    }

    private void Add(GradedEventKind kind, long number, long timeNs, long line, int phase, long serial = GradedEvent.Unknown)
    {
        if (_events.Count == MostEvents)
        {
            throw TraceReader.Wrong(line, $"a trace has at most {MostEvents} events", $"frame {number}");
        }

        _events.Add((new GradedEvent(kind, number) { Line = line, TimeNanoseconds = timeNs, Serial = serial }, phase));
    }

    private static long Required(JsonElement of, string name, long line, ReadOnlySpan<char> text, long most = LongestNs) =>
        Number(of, name) is long number && number >= 0 && number <= most
            ? number : throw TraceReader.Wrong(line, $"'{name}' is a whole number from 0 to {most}", text);

    private static long? Number(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number : null;

    private static string? Word(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
