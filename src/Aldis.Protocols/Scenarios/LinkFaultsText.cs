using Aldis.Protocols.Impairment;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Scenarios;

/// <summary>Says what a link does, for people.</summary>
internal static class LinkFaultsText
{
    /// <summary>What one direction does.</summary>
    /// <param name="faults">Its faults.</param>
    /// <returns>For example <c>loss 10 %, delay 50.0 ms</c>; <c>nothing</c> where everything passes.</returns>
    public static string Of(LinkFaults faults)
    {
        var parts = new List<string>();
        Add(faults.IsCut, "cut");
        Add(faults.IsRefusing, "refuses");
        Add(faults.Loss > 0, $"loss {Quantity.Percentage(faults.Loss)}");
        Add(faults.BurstLoss is not null, $"bursts {Quantity.Percentage(faults.BurstLoss?.MeanLoss ?? 0)}");
        Add(faults.Delay > TimeSpan.Zero, $"delay {Quantity.Duration(faults.Delay)}");
        Add(faults.Jitter > TimeSpan.Zero, $"jitter {Quantity.Duration(faults.Jitter)}{Distribution(faults.JitterDistribution)}");
        Add(faults.BitsPerSecond > 0, $"rate {Quantity.Rate(faults.BitsPerSecond)}");
        Add(faults.QueueBytes > 0, $"queue {Quantity.Bytes(faults.QueueBytes)}");
        Add(faults.MaximumDatagramBytes > 0, $"mtu {Quantity.Bytes(faults.MaximumDatagramBytes)}");
        Add(faults.Corrupt > 0, $"corrupt {Quantity.Percentage(faults.Corrupt)}");
        Add(faults.Truncate > 0, $"truncate {Quantity.Percentage(faults.Truncate)}");
        Add(faults.Duplicate > 0, $"duplicate {Quantity.Percentage(faults.Duplicate)}");
        Add(faults.Reorder > 0, $"reorder {Quantity.Percentage(faults.Reorder)}");
        Add(faults.OpenDelay > TimeSpan.Zero, $"opens after {Quantity.Duration(faults.OpenDelay)}");
        Add(faults.CloseDelay > TimeSpan.Zero, $"closes after {Quantity.Duration(faults.CloseDelay)}");
        Add(faults.SliceBytes > 0, $"slices of {Quantity.Bytes(faults.SliceBytes)}");
        parts.AddRange(faults.Breaks.Select(Break));
        return parts.Count == 0 ? "nothing" : string.Join(", ", parts);

        void Add(bool isThere, string part)
        {
            if (isThere)
            {
                parts.Add(part);
            }
        }
    }

    /// <summary>What both directions do.</summary>
    /// <param name="toTarget">What the way to the target does.</param>
    /// <param name="toClient">What the way back does.</param>
    /// <returns>Once where both are the same.</returns>
    public static string Of(LinkFaults toTarget, LinkFaults toClient)
    {
        string there = Of(toTarget);
        string back = Of(toClient);
        return there == back ? there : $"to target {there}; to client {back}";
    }

    private static string Distribution(JitterDistribution distribution) =>
        distribution == JitterDistribution.Even ? string.Empty : " " + KebabName.Of(distribution);

    private static string Break(StreamBreak one) => KebabName.Of(one.Kind)
        + (one.AfterBytes is long bytes ? " after " + Quantity.Bytes(bytes) : string.Empty)
        + (one.After is TimeSpan time ? " after " + Quantity.Duration(time) : string.Empty);
}
