using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Certificates;
using Aldis.Cli.Verbs.Lab;
using Aldis.Lab.Bench;
using Aldis.Protocols.Measurement;
using Aldis.Protocols.Text;
using Aldis.Transports.Trials;

namespace Aldis.Cli.Verbs.Bench;

/// <summary><c>aldis bench</c> without an address: every transport on this machine, directly and through a link, with progress.</summary>
internal static class TrialSession
{
    /// <summary>What all trials together may take beyond their times; a second more is for what stands around them.</summary>
    private static readonly TimeSpan MostOverrun = TimeSpan.FromSeconds(9);

    private static readonly TimeSpan LeastTime = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan CertificateTime = TimeSpan.FromDays(1);

    /// <summary>Runs it.</summary>
    /// <param name="context">Where to print.</param>
    /// <param name="settings">What is compared.</param>
    /// <param name="isQuiet">Whether progress is left out.</param>
    /// <param name="events">Takes progress and report; null for people.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">The page cannot be written, or TLS is compared and there is no OpenSSL.</exception>
    public static async Task<int> RunAsync(VerbContext context, TrialSettings settings, bool isQuiet, JsonEvents? events)
    {
        using TextFile? page = TextFile.Open(settings.HtmlPath);
        DateTimeOffset started = DateTimeOffset.UtcNow;
        long start = Stopwatch.GetTimestamp();
        using X509Certificate2? certificate = settings.Transports.Contains(TrialTransport.Tls) ? MakeCertificate(started) : null;
        (string Condition, LinkSettingsOfTrial? Link)[] conditions = settings.Link is null
            ? [(ComparisonReport.Direct, null)]
            : [(ComparisonReport.Direct, null), (ComparisonReport.Linked, settings.Link)];
        int count = conditions.Length * settings.Transports.Count;
        TimeSpan share = settings.Duration + (MostOverrun / count);
        var results = new List<TransportReport>();
        using (var live = new LiveLine(context.Console, isQuiet))
        {
            foreach ((string condition, LinkSettingsOfTrial? link) in conditions)
            {
                foreach (TrialTransport transport in settings.Transports)
                {
                    string name = KebabName.Of(transport);
                    TimeSpan left = (share * (results.Count + 1)) - Stopwatch.GetElapsedTime(start);
                    live.Show(() => $"{name}, {(link is null ? "directly" : link.Words)} ({results.Count + 1} of {count})");
                    TrialOutcome outcome = await Trial.RunAsync(
                        new TrialOptions
                        {
                            Transport = transport,
                            ToTarget = link?.ToTarget,
                            ToClient = link?.ToClient,
                            Seed = settings.Seed,
                            Duration = settings.Duration,
                            MostTime = left > LeastTime ? left : LeastTime,
                            MessageBytes = settings.MessageBytes,
                            DatagramBytes = settings.DatagramBytes,
                            Certificate = certificate,
                        },
                        context.Interruption);
                    results.Add(Report(condition, name, outcome));
                    events?.Write("trial", writer =>
                    {
                        writer.WriteString("condition", condition);
                        writer.WriteString("transport", name);
                        writer.WriteNumber("number", results.Count);
                        writer.WriteNumber("of", count);
                    });
                }
            }
        }

        var report = new ComparisonReport
        {
            Started = started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture),
            Command = Command(settings),
            Link = settings.Link?.Words,
            Seed = settings.Seed,
            DurationSeconds = settings.Duration.TotalSeconds,
            Seconds = Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3),
            Results = results,
            Notes = [.. Notes(settings)],
        };
        page?.Write(writer => ComparisonPage.Write(writer, report));
        if (events is null)
        {
            context.Console.WriteText(ComparisonText.Of(report));
        }
        else
        {
            events.Write("summary", writer => BenchJson.WriteProperties(writer, report));
        }

        return ExitCode.Confirmed;
    }

    /// <summary>Makes a report of what was found of a transport.</summary>
    /// <param name="condition">Which link.</param>
    /// <param name="name">The transport.</param>
    /// <param name="outcome">What was found.</param>
    internal static TransportReport Report(string condition, string name, TrialOutcome outcome)
    {
        LatencyHistogram trips = outcome.RoundTrips;
        long pace = (long)outcome.RoundTripTime.TotalNanoseconds / Math.Max(1, trips.Count + outcome.RoundTripsLost);
        return new TransportReport
        {
            Condition = condition,
            Transport = name,
            ConnectNs = LatencySummary.Of(outcome.Connecting),
            RttNs = LatencySummary.Of(trips),
            RttCorrectedNs = LatencySummary.Of(trips.Corrected(Math.Max(1, pace))),
            RttLost = outcome.RoundTripsLost,
            RttCorrupted = outcome.RoundTripsCorrupted,
            Transfer = Report(outcome.Transfer),
            Flood = Report(outcome.Flood),
            SlowReader = Report(outcome.SlowReader),
            Failure = outcome.Failure,
        };
    }

    private static TransferReport? Report(TransferOutcome? transfer) => transfer is null
        ? null
        : new TransferReport
        {
            PieceBytes = transfer.PieceBytes,
            Sent = transfer.Sent,
            Delivered = transfer.Delivered,
            Lost = transfer.Lost,
            UnderWay = transfer.UnderWay,
            Duplicated = transfer.Duplicated,
            OutOfOrder = transfer.OutOfOrder,
            Corrupted = transfer.Corrupted,
            Seconds = Math.Round(transfer.Elapsed.TotalSeconds, 6),
            GoodputBps = Math.Round(transfer.BitsPerSecond),
            CpuSecondsPerGb = transfer.ProcessorSecondsPerGigabyte is double seconds ? Math.Round(seconds, 4) : null,
        };

    private static X509Certificate2 MakeCertificate(DateTimeOffset now)
    {
        OpenSslNeed.Require("the transport tls");
        var maker = new CertificateMaker(now);
        using X509Certificate2 authority = maker.MakeAuthority();
        return maker.MakeServer(authority, ["localhost"], CertificateTime);
    }

    private static string Command(TrialSettings settings)
    {
        string transports = settings.Transports.Count == Enum.GetValues<TrialTransport>().Length
            ? string.Empty
            : " --transports " + string.Join(',', settings.Transports.Select(KebabName.Of));
        string link = settings.Link is null
            ? " --loss 0"
            : string.Concat(settings.Link.Words.Split(", ").Select(static word => word.Split(' ', 2))
                .Select(static word => $" --{word[0]} " + (word[1].Contains(' ', StringComparison.Ordinal) ? $"'{word[1]}'" : word[1])));
        string duration = string.Create(CultureInfo.InvariantCulture, $"{settings.Duration.TotalMilliseconds:0}ms");
        string sizes = $"--size {settings.MessageBytes} --datagram {settings.DatagramBytes}";
        return $"aldis bench{transports}{link} --seed {settings.Seed} {sizes} --duration {duration}";
    }

    private static IEnumerable<string> Notes(TrialSettings settings)
    {
        yield return "Both ends, and the link, are in one process on this machine: a network of your own has other figures. Compare rows, "
            + "and repeat where something else is running.";
        yield return "Pieces are numbered and every byte is compared. Of UDP nobody but this measurement counts: it is sent at a pace at which "
            + "its reader keeps up, and once more as fast as it can be.";
        yield return "RTT is of messages one at a time; 'corrected' adds the waiting of those that would have been sent meanwhile at the mean "
            + "pace.";
        if (settings.Link is null)
        {
            yield break;
        }

        yield return "The link is a relay above the system's TCP: no segment is lost in the kernel. A piece of a stream that the link would lose "
            + "comes as late as its retransmission, 200 ms, which is the shortest that Linux waits, and what is behind it waits too.";
        if (settings.Link.Words.Contains("corrupt", StringComparison.Ordinal))
        {
            yield return "Damage happens in the relay, behind the checksum of the packet that came and before that of the packet that leaves: what "
                + "the checksums of TCP and UDP catch is not measured here. What reaches the program damaged had met no other check; TLS and arq "
                + "have one of their own.";
        }
    }
}
