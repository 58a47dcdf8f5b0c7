using System.Globalization;
using System.Text;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>What is printed of all runs of the edge proof: counts, and of each that failed everything it takes to understand it.</summary>
internal sealed class EdgeOutput
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _failures = new();
    private readonly SortedDictionary<string, int> _kinds = new(StringComparer.Ordinal);
    private readonly List<EdgeHistory> _histories = [];
    private int _failed;

    public bool Holds => _failed == 0;

    public void Add(EdgeHistory history, IReadOnlyList<EdgeFault> faults)
    {
        lock (_lock)
        {
            // The journal is large, and was judged.
            _histories.Add(history with { Journal = [] });
            if (faults.Count > 0)
            {
                _failed++;
                Describe(history, faults);
            }
        }
    }

    /// <summary>The counts in one line.</summary>
    /// <param name="seed">The first seed.</param>
    public string Summary(int seed)
    {
        int Count(Func<EdgeScenario, bool> what) => _histories.Count(history => what(history.Scenario));
        EdgeRound[] rounds = [.. _histories.SelectMany(history => history.Senders).SelectMany(sender => sender.Rounds)];
        string kinds = _kinds.Count == 0 ? "none" : string.Join(' ', _kinds.Select(kind => $"{kind.Key}={kind.Value}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"edges={_histories.Count} failed={_failed} shared={Count(scenario => scenario.HasSharedId)} "
            + $"disks={Count(scenario => scenario.Disk != DiskEdge.None)} clocks={Count(scenario => scenario.Clock != ClockEdge.None)} "
            + $"outages={_histories.Sum(history => history.Outages.Count)} senders={rounds.Length} "
            + $"signals={rounds.Count(round => round.Signal is not null)} "
            + $"acknowledged={rounds.Sum(round => round.Summary?.Acknowledged ?? 0)} seed={seed}; runs with faults: {kinds}");
    }

    public override string ToString() => _failures.ToString();

    private void Describe(EdgeHistory history, IReadOnlyList<EdgeFault> faults)
    {
        foreach (string kind in faults.Select(fault => fault.Kind).Distinct(StringComparer.Ordinal))
        {
            _kinds[kind] = _kinds.GetValueOrDefault(kind) + 1;
        }

        _failures.Append(CultureInfo.InvariantCulture, $"\nFAILED: benchmarks/kill.sh edges 1 {history.Scenario.Seed}\n");
        _failures.AppendJoin(string.Empty, faults.Select(fault => $"  {fault}\n"));
        _failures.Append(history.Scenario);
        foreach (Outage outage in history.Outages)
        {
            _failures.Append(
                CultureInfo.InvariantCulture,
                $"  {outage.Begin.TotalSeconds:0.00} s: server {outage.Kind} for {(outage.End - outage.Begin).TotalSeconds:0.00} s\n");
        }

        foreach (SenderHistory sender in history.Senders)
        {
            _failures.AppendJoin(string.Empty, sender.Rounds.Select(round => $"  {sender.Plan.Name} {round}\n"));
        }
    }
}
