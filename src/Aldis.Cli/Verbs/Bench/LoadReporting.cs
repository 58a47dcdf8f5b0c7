using System.Globalization;
using Aldis.Lab.Bench;
using Aldis.Protocols.Load;
using Aldis.Protocols.Measurement;
using Aldis.Protocols.Text;
using Aldis.Transports.Load;

namespace Aldis.Cli.Verbs.Bench;

/// <summary>Makes a report of what came of a load, and says what the command ends with.</summary>
internal static class LoadReporting
{
    /// <summary>What a generator may be late by, at its p99, before the report says so.</summary>
    private static readonly TimeSpan LatenessToNote = TimeSpan.FromMilliseconds(1);

    /// <summary>Makes the report.</summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="outcome">What came of it.</param>
    public static LoadReport Of(LoadSettings settings, LoadOutcome outcome)
    {
        LoadOptions options = settings.Options;
        LoadTally tally = outcome.Tally;
        bool isOpenLoop = options.Rate is not null;
        int window = Math.Min(options.Window, options.Form.MostUnderWay);
        long? interval = isOpenLoop || tally.Raw.Count == 0
            ? null
            : Math.Max(1, (long)(settings.ExpectedInterval ?? outcome.Measured * options.Connections / tally.Raw.Count).TotalNanoseconds);

        // Each place in the window sends again when its own request was answered: between two of its requests lie those of the others.
        LatencyHistogram corrected = interval is long expected ? tally.Raw.Corrected(expected * window) : tally.FromDue;
        var report = new LoadReport
        {
            Started = outcome.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
            Target = options.Address.ToString(),
            Conversation = options.Form.Name,
            Loop = isOpenLoop ? "open" : "closed",
            Connections = options.Connections,
            ConnectionsOpen = outcome.OpenConnections,
            Window = window,
            Length = settings.Length,
            RateAsked = options.Rate,
            RampSeconds = options.Ramp.TotalSeconds,
            WarmUpSeconds = options.WarmUp.TotalSeconds,
            Seconds = Math.Round(outcome.Measured.TotalSeconds, 6),
            Sent = tally.Sent,
            Answered = tally.Answered,
            Rate = Math.Round(outcome.Rate, 1),
            Unsent = tally.Unsent,
            Unanswered = tally.Unanswered,
            RttNs = LatencySummary.Of(tally.Raw),
            RttCorrectedNs = LatencySummary.Of(corrected),
            ExpectedIntervalNs = interval,
            ConnectNs = LatencySummary.Of(tally.Connecting),
            GeneratorLateNs = isOpenLoop ? LatencySummary.Of(tally.Lateness) : null,
            Errors =
            [
                .. Enum.GetValues<LoadFailure>().Where(kind => tally.FailuresOf(kind) > 0)
                    .Select(kind => new LoadError(KebabName.Of(kind), tally.FailuresOf(kind), tally.ExampleOf(kind)!)),
            ],
            Notes = [.. Notes(settings, outcome)],
            Expectations = [],
        };
        return report with { Expectations = [.. Judge(settings, report)] };
    }

    /// <summary>What the command ends with, and a sentence about it.</summary>
    /// <param name="report">The report.</param>
    /// <param name="tally">What went wrong.</param>
    /// <returns>The exit code; no sentence where everything was as it should be.</returns>
    public static (int ExitCode, string? Sentence) End(LoadReport report, LoadTally tally)
    {
        if (report.Answered == 0)
        {
            LoadError? first = report.Errors.Count > 0 ? report.Errors.MaxBy(static error => error.Count) : null;
            return (CodeOf(tally), first?.Message ?? $"{report.Target} answered nothing.");
        }

        if (report.Expectations.FirstOrDefault(static expectation => !expectation.IsMet) is Expectation unmet)
        {
            return (ExitCode.ExpectationFailed, LoadText.Sentence(unmet) + ".");
        }

        return report.Failures > 0
            ? (ExitCode.PartlyConfirmed, $"{report.Target}: {Quantity.Count(report.Failures)} requests or connections failed.")
            : (ExitCode.Confirmed, null);
    }

    private static int CodeOf(LoadTally tally)
    {
        LoadFailure? kind = Enum.GetValues<LoadFailure>().Where(one => tally.FailuresOf(one) > 0)
            .Select(static one => (LoadFailure?)one).MaxBy(one => tally.FailuresOf(one!.Value));
        return kind switch
        {
            LoadFailure.Garbage => ExitCode.IntegrityMismatch,
            LoadFailure.Refused => ExitCode.Refused,
            LoadFailure.Authentication => ExitCode.AuthenticationFailed,
            LoadFailure.Timeout or LoadFailure.ConnectTimeout or null => ExitCode.Timeout,
            _ => ExitCode.NetworkError,
        };
    }

    private static IEnumerable<Expectation> Judge(LoadSettings settings, LoadReport report)
    {
        if (settings.MaxP99 is TimeSpan longest)
        {
            long? found = report.RttCorrectedNs?.P99;
            yield return new Expectation("max-p99", longest.TotalNanoseconds, found, found <= longest.TotalNanoseconds);
        }

        if (settings.MinRate is int least)
        {
            yield return new Expectation("min-rate", least, report.Rate, report.Rate >= least);
        }
    }

    private static IEnumerable<string> Notes(LoadSettings settings, LoadOutcome outcome)
    {
        LoadTally tally = outcome.Tally;
        if (outcome.IsInterrupted)
        {
            yield return $"it was ended after {Quantity.Duration(outcome.Measured)} of {Quantity.Duration(settings.Options.Duration)}.";
        }

        if (outcome.ClockJump != TimeSpan.Zero)
        {
            string way = outcome.ClockJump > TimeSpan.Zero ? "forward" : "back";
            yield return $"the clock of the machine was set {way} by {Quantity.Duration(outcome.ClockJump.Duration())} meanwhile; "
                + "what is measured goes by one that nobody sets, only 'started' is by it.";
        }

        if (outcome.Measured > TimeSpan.Zero && outcome.OpenConnections < settings.Options.Connections)
        {
            string open = $"{Quantity.Count(outcome.OpenConnections)} of {Quantity.Count(settings.Options.Connections)} connections";
            yield return open + " were open at the end.";
        }

        if (tally.Lateness.Percentile(99) > LatenessToNote.TotalNanoseconds)
        {
            yield return "the generator itself was late, see its times: it had not enough of the processors, and what it measured includes "
                + "that.";
        }

        if (tally.FailuresOf(LoadFailure.Timeout) + tally.Unanswered + tally.Unsent > 0)
        {
            yield return "requests that were never answered or sent have no round trip and are in no percentile: they are counted by "
                + "themselves.";
        }
    }
}
