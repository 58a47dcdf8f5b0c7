using Aldis.Protocols.Measurement;

namespace Aldis.Protocols.Load;

/// <summary>
/// The books of a load: what was sent and answered while it is measured, how long that took, and what went wrong. Not safe for several
/// threads at once; figures that are read meanwhile are those of a moment ago.
/// </summary>
internal sealed class LoadTally
{
    private readonly long[] _failures = new long[Enum.GetValues<LoadFailure>().Length];
    private readonly string?[] _examples = new string?[Enum.GetValues<LoadFailure>().Length];

    /// <summary>From when what is sent counts, by the clock of the load; never by default. Failures count always.</summary>
    public long MeasureFromNanoseconds { get; set; } = long.MaxValue;

    /// <summary>When measuring ends, by the clock of the load: what is answered later has a round trip, and is no part of the rate.</summary>
    public long EndNanoseconds { get; set; } = long.MaxValue;

    /// <summary>Requests that were sent while it was measured.</summary>
    public long Sent { get; private set; }

    /// <summary>Of them those that were answered, in time or behind it.</summary>
    public long Answered { get; private set; }

    /// <summary>Answers that came while it was measured, those to requests of before included: of these the rate is.</summary>
    public long AnsweredInTime { get; private set; }

    /// <summary>Requests that were due and could not be sent: the connection was not there, or waited for an answer to the end.</summary>
    public long Unsent { get; private set; }

    /// <summary>Requests that were sent and had no answer when the load ended.</summary>
    public long Unanswered { get; private set; }

    /// <summary>From when a request was sent to its answer.</summary>
    public LatencyHistogram Raw { get; } = new();

    /// <summary>From when a request was due to its answer; of a closed loop the same as <see cref="Raw"/>.</summary>
    public LatencyHistogram FromDue { get; } = new();

    /// <summary>How much later than due a request was sent although nothing was in its way: what the generator itself is late.</summary>
    public LatencyHistogram Lateness { get; } = new();

    /// <summary>How long connections took to open.</summary>
    public LatencyHistogram Connecting { get; } = new();

    /// <summary>A request left.</summary>
    /// <param name="now">The time.</param>
    public void CountSent(long now) => Sent += now >= MeasureFromNanoseconds ? 1 : 0;

    /// <summary>An answer came.</summary>
    /// <param name="dueAt">When the request was due.</param>
    /// <param name="sentAt">When it was sent.</param>
    /// <param name="now">The time.</param>
    public void CountAnswered(long dueAt, long sentAt, long now)
    {
        AnsweredInTime += now >= MeasureFromNanoseconds && now <= EndNanoseconds ? 1 : 0;
        if (sentAt < MeasureFromNanoseconds)
        {
            return;
        }

        Answered++;
        Raw.Record(now - sentAt);
        FromDue.Record(now - dueAt);
    }

    /// <summary>Requests were due and not sent.</summary>
    /// <param name="count">How many.</param>
    public void CountUnsent(long count) => Unsent += count;

    /// <summary>Requests have no answer, and the load is over.</summary>
    /// <param name="count">How many.</param>
    public void CountUnanswered(long count) => Unanswered += count;

    /// <summary>A request was sent, and its connection was free when it was due.</summary>
    /// <param name="dueAt">When it was due.</param>
    /// <param name="now">The time.</param>
    public void CountLateness(long dueAt, long now)
    {
        if (now >= MeasureFromNanoseconds)
        {
            Lateness.Record(now - dueAt);
        }
    }

    /// <summary>Something went wrong.</summary>
    /// <param name="failure">What.</param>
    /// <param name="count">For how many requests or connections.</param>
    /// <param name="example">What it was the first time, a sentence.</param>
    public void CountFailure(LoadFailure failure, long count, string example)
    {
        if (count > 0)
        {
            _failures[(int)failure] += count;
            _examples[(int)failure] ??= example;
        }
    }

    /// <summary>How often something went wrong.</summary>
    /// <param name="failure">What.</param>
    public long FailuresOf(LoadFailure failure) => _failures[(int)failure];

    /// <summary>How often anything did.</summary>
    public long Failures => _failures.Sum();

    /// <summary>What it was the first time.</summary>
    /// <param name="failure">What.</param>
    /// <returns>A sentence; null where it never happened.</returns>
    public string? ExampleOf(LoadFailure failure) => _examples[(int)failure];

    /// <summary>Counts in what another one has.</summary>
    /// <param name="other">The other; it stays as it is.</param>
    public void Add(LoadTally other)
    {
        Sent += other.Sent;
        Answered += other.Answered;
        AnsweredInTime += other.AnsweredInTime;
        Unsent += other.Unsent;
        Unanswered += other.Unanswered;
        Raw.Add(other.Raw);
        FromDue.Add(other.FromDue);
        Lateness.Add(other.Lateness);
        Connecting.Add(other.Connecting);
        foreach (LoadFailure failure in Enum.GetValues<LoadFailure>())
        {
            CountFailure(failure, other.FailuresOf(failure), other.ExampleOf(failure) ?? string.Empty);
        }
    }
}
