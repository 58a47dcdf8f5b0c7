using System.Globalization;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Ping;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>How a ping is shown: in the lines that every ping has, on standard output, or as events.</summary>
/// <param name="console">Where to.</param>
/// <param name="events">Takes events in place of lines; null for lines.</param>
/// <param name="isQuiet">Whether only the first line and the summary are shown.</param>
/// <param name="timeout">How long an answer may take.</param>
internal sealed class PingReport(CommandConsole console, JsonEvents? events, bool isQuiet, TimeSpan timeout)
{
    /// <summary>Says what is asked.</summary>
    /// <param name="target">As it was given.</param>
    /// <param name="description">What is asked there, with what stands between.</param>
    public void WriteStart(string target, string description) => WriteLine($"PING {target}{description}", isAlways: true);

    /// <summary>An answer.</summary>
    public void WriteAnswer(IPinger pinger, PingOutcome outcome, PingAnswerKind kind, long roundTripNs)
    {
        bool isDuplicate = kind == PingAnswerKind.Duplicate;
        events?.Write("reply", writer =>
        {
            WriteWho(writer, outcome);
            writer.WriteNumber("rtt_ns", roundTripNs);
            writer.WriteBoolean("duplicate", isDuplicate);
            writer.WriteBoolean("late", kind == PingAnswerKind.Late);
        });
        string remark = isDuplicate ? " (DUP!)" : kind == PingAnswerKind.Late ? " (LATE!)" : string.Empty;
        WriteLine($"{Who(pinger, outcome)} time={Time(roundTripNs)} ms{remark}");
    }

    /// <summary>An answer that is not what was sent.</summary>
    public void WriteDamaged(IPinger pinger, PingOutcome outcome)
    {
        events?.Write("damaged", writer => WriteWho(writer, outcome));
        WriteLine($"{Who(pinger, outcome)} (not what was sent!)");
    }

    /// <summary>A request that cannot be answered.</summary>
    public void WriteFailure(IPinger pinger, PingOutcome outcome)
    {
        events?.Write("failure", writer =>
        {
            WriteWho(writer, outcome);
            if (outcome.Icmp is var (type, code))
            {
                writer.WriteNumber("type", type);
                writer.WriteNumber("code", code);
            }

            writer.WriteString("message", outcome.Reason);
        });
        string teller = outcome.From.Length > 0 ? $"From {outcome.From} " : string.Empty;
        WriteLine($"{teller}{pinger.NumberName}={outcome.Number} {outcome.Reason}");
    }

    /// <summary>A request whose answer has no time left.</summary>
    public void WriteOverdue(IPinger pinger, long number)
    {
        events?.Write("no-answer", writer => writer.WriteNumber("seq", number));
        WriteLine($"no answer to {pinger.NumberName}={number} within {timeout.TotalSeconds:0.###} s");
    }

    /// <summary>What was found.</summary>
    /// <param name="target">As it was given.</param>
    /// <param name="summary">The figures.</param>
    public void WriteSummary(string target, PingSummary summary)
    {
        events?.Write("summary", writer => Write(writer, summary));
        WriteLine($"\n--- {target} ping statistics ---\n{Counts(summary)}", isAlways: true);
        if (summary.Received > 0)
        {
            long[] figures = [summary.MinNs, summary.AverageNs, summary.MaxNs, summary.DeviationNs];
            WriteLine($"rtt min/avg/max/mdev = {string.Join('/', figures.Select(Fixed))} ms", isAlways: true);
        }
    }

    /// <summary>The line of counts, in the words of every ping.</summary>
    internal static string Counts(PingSummary summary)
    {
        string further = Further(summary.Duplicates, "duplicates") + Further(summary.Late, "late")
            + Further(summary.Damaged, "damaged") + Further(summary.Errors, "errors")
            + (summary.UnderWay > 0 ? $"{summary.UnderWay} under way, " : string.Empty);
        string loss = (summary.Loss * 100).ToString("0.####", CultureInfo.InvariantCulture);
        return $"{summary.Transmitted} packets transmitted, {summary.Received} received, {further}{loss} % packet loss";
    }

    /// <summary>A time with as many digits as every ping gives it: milliseconds, the shorter the finer.</summary>
    internal static string Time(long nanoseconds)
    {
        double milliseconds = nanoseconds / 1e6;
        string format = milliseconds switch { >= 100 => "0", >= 10 => "0.0", >= 1 => "0.00", _ => "0.000" };
        return milliseconds.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Further(long count, string what) => count > 0 ? $"+{count} {what}, " : string.Empty;

    private static string Fixed(long nanoseconds) => (nanoseconds / 1e6).ToString("0.000", CultureInfo.InvariantCulture);

    private static string Who(IPinger pinger, in PingOutcome outcome)
    {
        string what = outcome.Length is { } length ? $"{length} bytes from" : "connected to";
        string timeToLive = outcome.TimeToLive is { } left ? $" ttl={left}" : string.Empty;
        return $"{what} {outcome.From}: {pinger.NumberName}={outcome.Number}{timeToLive}";
    }

    private static void WriteWho(Utf8JsonWriter writer, in PingOutcome outcome)
    {
        writer.WriteNumber("seq", outcome.Number);
        if (outcome.From.Length > 0)
        {
            writer.WriteString("from", outcome.From);
        }

        if (outcome.Length is { } length)
        {
            writer.WriteNumber("length", length);
        }

        if (outcome.TimeToLive is { } left)
        {
            writer.WriteNumber("ttl", left);
        }
    }

    private static void Write(Utf8JsonWriter writer, PingSummary summary)
    {
        writer.WriteNumber("sent", summary.Transmitted);
        writer.WriteNumber("received", summary.Received);
        writer.WriteNumber("duplicates", summary.Duplicates);
        writer.WriteNumber("late", summary.Late);
        writer.WriteNumber("corrupted", summary.Damaged);
        writer.WriteNumber("failed", summary.Errors);
        writer.WriteNumber("lost", summary.Lost);
        writer.WriteNumber("under_way", summary.UnderWay);
        writer.WriteNumber("loss", Math.Round(summary.Loss, 6));
        writer.WriteStartObject("rtt_ns");
        writer.WriteNumber("min", summary.MinNs);
        writer.WriteNumber("avg", summary.AverageNs);
        writer.WriteNumber("max", summary.MaxNs);
        writer.WriteNumber("mdev", summary.DeviationNs);
        writer.WriteEndObject();
    }

    private void WriteLine(string line, bool isAlways = false)
    {
        if (events is null && (isAlways || !isQuiet))
        {
            console.WriteText(line + "\n");
        }
    }
}
