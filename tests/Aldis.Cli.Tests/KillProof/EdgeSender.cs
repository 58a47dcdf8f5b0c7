using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>A sender: runs of <c>aldis send</c> one after the other, and what each of them was given, said and came to.</summary>
/// <param name="plan">What it does.</param>
/// <param name="address">Where the server is.</param>
/// <param name="directory">Scratch, for its input.</param>
/// <param name="outbox">The outbox; where that is on a small disk, in there.</param>
/// <param name="server">The account of the server's outages.</param>
/// <param name="time">The time of the proof.</param>
internal sealed class EdgeSender(SenderPlan plan, string address, string directory, string outbox, EdgeServer server, Stopwatch time)
{
    private const int LimitKibibytes = 512;
    private const int LeastFlowingLines = 20;

    /// <summary>A busy machine may take so much longer, and so much on top.</summary>
    private const int Generosity = 3;

    private static readonly TimeSpan Allowance = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan DrainRetry = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LatestLine = TimeSpan.FromMilliseconds(300);

    private readonly List<EdgeRound> _rounds = [];

    public SenderPlan Plan => plan;

    /// <summary>Whether the limit of its files holds.</summary>
    public bool LimitsFiles { get; init; }

    /// <summary>Ends flowing input: whether the server's script is over.</summary>
    public Func<bool> IsQuiet { get; init; } = static () => true;

    public SenderHistory History => new(plan, [.. _rounds]);

    /// <summary>All its runs.</summary>
    public async Task RunAsync()
    {
        for (int number = 1; number <= plan.Rounds.Count; number++)
        {
            await Task.Delay(plan.Rounds[number - 1].After);
            await RunAsync(number);
        }
    }

    /// <summary>One run.</summary>
    /// <param name="number">Its number, from 1.</param>
    public Task RunAsync(int number)
    {
        RoundPlan round = plan.Rounds[number - 1];
        return RunAsync(number, round, Enumerable.Range(1, round.Lines).Select(line => plan.Line(number, line)), isDrain: false);
    }

    /// <summary>Empties the outbox at a server that is well.</summary>
    public Task DrainAsync()
    {
        int lines = plan.Form == SenderForm.Skipping ? plan.Rounds[0].Lines : 0;
        var round = new RoundPlan { Feed = FeedKind.Burst, Lines = lines };
        return RunAsync(plan.Rounds.Count + 1, round, Enumerable.Range(1, lines).Select(line => plan.Line(1, line)), isDrain: true);
    }

    private async Task RunAsync(int number, RoundPlan how, IEnumerable<byte[]> lines, bool isDrain)
    {
        bool asWords = how.Feed == FeedKind.Words;
        TimeSpan retry = isDrain ? DrainRetry : plan.Retry;
        TimeSpan timeout = isDrain ? DrainTimeout : plan.Timeout;
        using EdgeFeed feed = await EdgeFeed.CreateAsync(Path.Combine(directory, $"{plan.Name}-{number}"), time);
        EdgeLaunch launch = new()
        {
            Arguments = [.. Words(retry, timeout), .. asWords ? lines.Select(Encoding.ASCII.GetString) : []],
            Input = asWords ? "/dev/null" : feed.Path,
            FileLimitKibibytes = LimitsFiles && !isDrain ? LimitKibibytes : null,
        };
        await using EdgeProcess process = EdgeProcess.Start(launch, time);
        Task feeding = feed.FeedAsync(asWords ? [] : lines, how, index => index < LeastFlowingLines || !IsQuiet());
        Task<string?> signalling = SignalAsync(process, how);
        bool hung = !await EndsInTimeAsync(process, (Generosity * (retry + timeout)) + Allowance, feed);
        bool inputEnded = feed.HasEnded;
        TimeSpan exited = await process.KillAsync();
        int consumed = await feed.CountConsumedAsync(feeding, exited - LatestLine);
        string? signal = await signalling;
        SenderReport[] reports = [.. Read(process, out RoundSummary? summary)];
        _rounds.Add(new EdgeRound
        {
            Number = number,
            IsDrain = isDrain,
            Retry = retry,
            Timeout = timeout,
            Given = asWords ? how.Lines : feed.Given,
            Consumed = asWords ? (signal is null ? how.Lines : 0) : consumed,
            InputEnded = inputEnded,
            Started = process.Started,
            Exited = exited,
            ExitCode = process.ExitCode,
            Signal = signal,
            Hung = hung,
            Reports = reports,
            Summary = summary,
            ErrorLines = process.ErrorLines,
        });
    }

    private IEnumerable<string> Words(TimeSpan retry, TimeSpan timeout) =>
    [
        "send", address, "--json",
        "--client", plan.Client,
        "--retry", Seconds(retry),
        "--timeout", Seconds(timeout),
        .. plan.HasOutbox ? (string[])["--outbox", outbox] : [],
        .. plan.Form == SenderForm.Skipping ? (string[])["--skip-taken"] : [],
    ];

    /// <summary>
    /// Waits as long as the options allow: from the last change of the server on, while that is away from the first line after it, else
    /// from the last one.
    /// </summary>
    private async Task<bool> EndsInTimeAsync(EdgeProcess process, TimeSpan patience, EdgeFeed feed)
    {
        TimeSpan waitsFrom = process.Started;
        while (!await process.EndsWithinAsync(TimeSpan.FromMilliseconds(100)))
        {
            (bool isWell, TimeSpan since) = server.State;
            waitsFrom = since > waitsFrom ? since : waitsFrom;
            waitsFrom = isWell && feed.LastGiven > waitsFrom ? feed.LastGiven : waitsFrom;
            if (time.Elapsed - waitsFrom > patience)
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<string?> SignalAsync(EdgeProcess process, RoundPlan how)
    {
        if (how.Signal is null || await process.EndsWithinAsync(how.SignalAfter))
        {
            return null;
        }

        await process.SignalAsync(how.Signal);
        return how.Signal;
    }

    private static List<SenderReport> Read(EdgeProcess process, out RoundSummary? summary)
    {
        var reports = new List<SenderReport>();
        summary = null;
        foreach ((TimeSpan at, string line) in process.OutputLines)
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                JsonElement item = document.RootElement;
                reports.Add(new SenderReport(at, item.GetProperty("event").GetString()!, Number(item, "first"), Number(item, "last")));
                summary = reports[^1].Name == "summary"
                    ? new RoundSummary(Number(item, "sent"), Number(item, "acknowledged"), Number(item, "taken"))
                    : summary;
            }
            catch (JsonException) when (process.ExitCode > 128)
            {
                // Cut by the signal.
            }
        }

        return reports;
    }

    private static long Number(JsonElement item, string name) => item.TryGetProperty(name, out JsonElement number) ? number.GetInt64() : 0;

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}s");
}
