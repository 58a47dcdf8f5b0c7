using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Aldis.Cli.Verbs.Serve.Admin;

/// <summary>The observed instruments of a meter in the text format of Prometheus (exposition format 0.0.4).</summary>
internal static class MetricsText
{
    /// <summary>The type of its content.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Reads all instruments and writes what they say.</summary>
    /// <param name="meter">The meter.</param>
    public static string Of(Meter meter)
    {
        var samples = new SortedDictionary<string, (Instrument Instrument, List<string> Lines)>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (ReferenceEquals(instrument.Meter, meter) && instrument.IsObservable)
            {
                samples.Add(NameOf(instrument), (instrument, []));
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();

        var text = new StringBuilder();
        foreach ((string name, (Instrument instrument, List<string> lines)) in samples)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {Escape(instrument.Description ?? string.Empty, isHelp: true)}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {(IsCounter(instrument) ? "counter" : "gauge")}\n");
            lines.ForEach(line => text.Append(line));
        }

        return text.ToString();

        void Add(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string name = NameOf(instrument);
            string labels = string.Join(
                ',', tags.ToArray().Select(static tag => $"{Letters(tag.Key)}=\"{Escape(tag.Value?.ToString() ?? string.Empty, isHelp: false)}\""));
            samples[name].Lines.Add(string.Create(
                CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? string.Empty : $"{{{labels}}}")} {value}\n"));
        }
    }

    /// <summary>What an instrument is called there: its unit and, of a counter, <c>_total</c> stand at the end.</summary>
    /// <param name="instrument">The instrument.</param>
    public static string NameOf(Instrument instrument) =>
        Letters(instrument.Name) + (instrument.Unit == "By" ? "_bytes" : string.Empty) + (IsCounter(instrument) ? "_total" : string.Empty);

    private static bool IsCounter(Instrument instrument) => instrument is ObservableCounter<long>;

    private static string Letters(string name) => name.Replace('.', '_');

    private static string Escape(string text, bool isHelp)
    {
        string plain = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return isHelp ? plain : plain.Replace("\"", "\\\"", StringComparison.Ordinal);
    }
}
