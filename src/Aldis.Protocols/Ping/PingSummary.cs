namespace Aldis.Protocols.Ping;

/// <summary>What a ping found. Times are nanoseconds, and 0 without an answer.</summary>
internal sealed record PingSummary
{
    /// <summary>Requests sent.</summary>
    public required long Transmitted { get; init; }

    /// <summary>Requests that were answered, in time or late.</summary>
    public required long Received { get; init; }

    /// <summary>Of these, those whose answer came after the time it had.</summary>
    public required long Late { get; init; }

    /// <summary>Further answers to requests that were answered.</summary>
    public required long Duplicates { get; init; }

    /// <summary>Requests of which somebody said that they cannot be answered, and which were not.</summary>
    public required long Errors { get; init; }

    /// <summary>Answers whose data were not those of their request; they count as none.</summary>
    public required long Damaged { get; init; }

    /// <summary>Requests that still had time when the ping was broken off.</summary>
    public required long UnderWay { get; init; }

    /// <summary>The shortest round trip.</summary>
    public required long MinNs { get; init; }

    /// <summary>The mean of all round trips.</summary>
    public required long AverageNs { get; init; }

    /// <summary>The longest round trip.</summary>
    public required long MaxNs { get; init; }

    /// <summary>Their standard deviation, which ping calls mdev.</summary>
    public required long DeviationNs { get; init; }

    /// <summary>Requests that got no answer, of those whose time is over.</summary>
    public long Lost => Transmitted - Received - UnderWay;

    /// <summary>The share of requests that got no answer, 0 to 1.</summary>
    public double Loss => Transmitted == UnderWay ? 0 : (double)Lost / (Transmitted - UnderWay);
}
