using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Aldis.Cli.Verbs.Serve.Admin;

/// <summary>
/// The instruments of a meter in the text format of Prometheus (exposition format 0.0.4). What is observed is read when somebody asks;
/// histograms are counted from the time it is made. Thread-safe.
/// </summary>
internal sealed class MetricsText : IDisposable
{
    /// <summary>The type of its content.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _lock = new();
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    /// <summary>Begins to listen.</summary>
    /// <param name="meter">The meter.</param>
    public MetricsText(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listening) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                var family = new Family(instrument);
                lock (_lock)
                {
                    _families.Add(NameOf(instrument), family);
                }

                listening.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((Family)family!).Take(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((Family)family!).Take(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((Family)family!).Take(value, tags));
        _listener.Start();
    }

    /// <summary>Reads all instruments.</summary>
    /// <returns>What they say.</returns>
    public string Read()
    {
        lock (_lock)
        {
            foreach (Family family in _families.Values)
            {
                family.Observed.Clear();
            }

            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach ((string name, Family family) in _families)
            {
                family.Write(text, name);
            }

            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    /// <summary>What an instrument is called there: its unit and, of a counter, <c>_total</c> stand at the end.</summary>
    /// <param name="instrument">The instrument.</param>
    public static string NameOf(Instrument instrument) => Letters(instrument.Name)
        + instrument.Unit switch { "By" => "_bytes", "s" => "_seconds", _ => string.Empty }
        + (IsCounter(instrument) ? "_total" : string.Empty);

    private static bool IsCounter(Instrument instrument) => instrument is ObservableCounter<long>;

    private static string Letters(string name) => name.Replace('.', '_');

    private static string Escape(string text, bool isHelp)
    {
        string plain = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return isHelp ? plain : plain.Replace("\"", "\\\"", StringComparison.Ordinal);
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>An instrument and what it said.</summary>
    private sealed class Family(Instrument instrument)
    {
        private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
        private readonly double[] _bounds = [.. (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? []];

        /// <summary>What was observed. Under the lock of the text.</summary>
        public List<(string Labels, double Value)> Observed { get; } = [];

        // What was recorded last: a histogram of one tag mostly has the same again, and its labels are not put together anew.
        private volatile Recorded? _last;

        public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.Length == 1 && _last is { } last && ReferenceEquals(last.Tag, tags[0].Value))
            {
                last.Series.Record(value);
                return;
            }

            string labels = string.Join(',', tags.ToArray().Select(static tag =>
                $"{Letters(tag.Key)}=\"{Escape(tag.Value?.ToString() ?? string.Empty, isHelp: false)}\""));
            if (instrument.IsObservable)
            {
                Observed.Add((labels, value));
            }
            else
            {
                Series series = _series.GetOrAdd(labels, static (_, bounds) => new Series(bounds), _bounds);
                _last = tags.Length == 1 ? new Recorded(tags[0].Value, series) : null;
                series.Record(value);
            }
        }

        public void Write(StringBuilder text, string name)
        {
            string type = !instrument.IsObservable ? "histogram" : IsCounter(instrument) ? "counter" : "gauge";
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {Escape(instrument.Description ?? string.Empty, isHelp: true)}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {type}\n");
            foreach ((string labels, double value) in Observed)
            {
                Append(text, name, labels, Number(value));
            }

            foreach ((string labels, Series series) in _series.ToArray().OrderBy(static one => one.Key, StringComparer.Ordinal))
            {
                (long[] counts, double sum) = series.Read();
                long upTo = 0;
                for (int bucket = 0; bucket < counts.Length; bucket++)
                {
                    upTo += counts[bucket];
                    string bound = bucket < _bounds.Length ? Number(_bounds[bucket]) : "+Inf";
                    Append(text, name + "_bucket", $"{labels}{(labels.Length == 0 ? string.Empty : ",")}le=\"{bound}\"", Number(upTo));
                }

                Append(text, name + "_sum", labels, Number(sum));
                Append(text, name + "_count", labels, Number(upTo));
            }
        }

        private static void Append(StringBuilder text, string name, string labels, string value) =>
            text.Append(name).Append(labels.Length == 0 ? string.Empty : $"{{{labels}}}").Append(' ').Append(value).Append('\n');
    }

    /// <summary>Where a value of one tag was recorded.</summary>
    /// <param name="Tag">The tag's value.</param>
    /// <param name="Series">Where.</param>
    private sealed record Recorded(object? Tag, Series Series);

    /// <summary>What a histogram counted under one set of labels: the counts of its buckets, the last of which has no bound.</summary>
    private sealed class Series(double[] bounds)
    {
        private readonly Lock _lock = new();
        private readonly long[] _counts = new long[bounds.Length + 1];
        private double _sum;

        public void Record(double value)
        {
            int at = Array.BinarySearch(bounds, value);
            lock (_lock)
            {
                _counts[at < 0 ? ~at : at]++;
                _sum += value;
            }
        }

        public (long[] Counts, double Sum) Read()
        {
            lock (_lock)
            {
                return ([.. _counts], _sum);
            }
        }
    }
}
