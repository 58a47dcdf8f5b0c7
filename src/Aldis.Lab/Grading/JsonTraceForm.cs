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

    private readonly List<GradedEvent> _events = [];
    private long _delivered;

    /// <inheritdoc/>
    public TraceHead Head { get; private set; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<GradedEvent> Events => _events;

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

            try
            {
                TakeEvent(document.RootElement, number, line);
            }
            catch (InvalidOperationException)
            {
                // A string whose escapes are no text.
                throw TraceReader.Wrong(number, "each string is a text", line);
            }
        }
    }

    private void TakeEvent(JsonElement occurred, long line, ReadOnlySpan<char> text)
    {
        switch (Word(occurred, "event"), Word(occurred, "step"))
        {
            case ("frame", "departure"):
                AddFrame(GradedEventKind.FrameSent, occurred, line, text);
                break;
            case ("frame", "arrival") when Word(occurred, "fate") == "arrived":
                AddFrame(GradedEventKind.FrameArrived, occurred, line, text);
                AddDelivered(occurred, line, text);
                break;
            case ("ack", "departure"):
                AddAcknowledgement(GradedEventKind.AckSent, occurred, line, text);
                break;
            case ("ack", "arrival") when Word(occurred, "fate") == "arrived":
                AddAcknowledgement(GradedEventKind.AckArrived, occurred, line, text);
                break;
            case ("frame" or "ack", not ("loss" or "arrival")):
                throw TraceReader.Wrong(line, "the 'step' of a frame or an ACK is departure, loss or arrival", text);
            case ("timer", _) when Word(occurred, "side") == "sender":
                Add(GradedEventKind.TimerFired, GradedEvent.Unknown, Time(occurred, line, text), line);
                break;
            case ("summary", _):
                TakeSummary(occurred);
                break;
            default:
                break;
        }
    }

    private void AddFrame(GradedEventKind kind, JsonElement frame, long line, ReadOnlySpan<char> text) =>
        Add(kind, Required(frame, "frame", line, text, LabSettings.MostFrames), Time(frame, line, text), line);

    private void AddDelivered(JsonElement arrival, long line, ReadOnlySpan<char> text)
    {
        if (Word(arrival, "reception") == "in-order" && Number(arrival, "next") is long next)
        {
            for (long last = Math.Min(next, _delivered + LabSettings.LargestWindow); _delivered < last; _delivered++)
            {
                Add(GradedEventKind.Delivered, _delivered, Time(arrival, line, text), line);
            }
        }
    }

    private void AddAcknowledgement(GradedEventKind kind, JsonElement acknowledgement, long line, ReadOnlySpan<char> text) => Add(
        kind,
        Required(acknowledgement, "next", line, text, LabSettings.MostFrames),
        Time(acknowledgement, line, text),
        line,
        Number(acknowledgement, "serial") ?? GradedEvent.Unknown);

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

    private void Add(GradedEventKind kind, long number, long timeNs, long line, long serial = GradedEvent.Unknown)
    {
        if (_events.Count == MostEvents)
        {
            throw TraceReader.Wrong(line, $"a trace has at most {MostEvents} events", $"frame {number}");
        }

        if (_events.Count > 0 && timeNs < _events[^1].TimeNanoseconds)
        {
            throw TraceReader.Wrong(line, "lines are in order of time", $"time_ns {timeNs}");
        }

        _events.Add(new GradedEvent(kind, number) { Line = line, TimeNanoseconds = timeNs, Serial = serial });
    }

    private static long Time(JsonElement of, long line, ReadOnlySpan<char> text) => Required(of, "time_ns", line, text);

    private static long Required(JsonElement of, string name, long line, ReadOnlySpan<char> text, long most = LongestNs) =>
        Number(of, name) is long number && number >= 0 && number <= most
            ? number : throw TraceReader.Wrong(line, $"'{name}' is a whole number from 0 to {most}", text);

    private static long? Number(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number : null;

    private static string? Word(JsonElement of, string name) =>
        of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
