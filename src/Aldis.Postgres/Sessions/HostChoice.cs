using System.Globalization;
using Aldis.Postgres.Addresses;

namespace Aldis.Postgres.Sessions;

/// <summary>Which node is written to: the one that is not in recovery and has the highest timeline, and none below the highest ever
/// seen. A node that was the primary before a promotion goes on writing where nobody follows, under the lower one.</summary>
internal static class HostChoice
{
    /// <summary>Chooses.</summary>
    /// <param name="answers">What the nodes say.</param>
    /// <param name="highest">The highest timeline ever seen; 0 if there is none.</param>
    /// <param name="problem">A sentence that says why there is none; null on success.</param>
    /// <returns>The node; null if there is none.</returns>
    public static NodeAnswer? Choose(IReadOnlyCollection<NodeAnswer> answers, uint highest, out string? problem)
    {
        NodeAnswer best = answers.Where(static answer => answer.Timeline is not null)
            .OrderByDescending(static answer => answer.Timeline).FirstOrDefault();
        if (best.Timeline is uint timeline && timeline >= highest)
        {
            problem = null;
            return best;
        }

        problem = best.Timeline is uint lower
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{best.Host} writes timeline {lower}, and {highest} was seen: it was the primary before, and is not used")
            : answers.All(static answer => answer.Problem is not null)
                ? answers.First().Problem!
                : "every node that answers is in recovery: none writes";
        return null;
    }
}
