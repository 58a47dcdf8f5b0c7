namespace Aldis.Dashboard.Api;

/// <summary>The last ten minutes at most, one value a second, oldest first.</summary>
/// <param name="MessagesPerSecond">Messages taken.</param>
/// <param name="RefusedPerSecond">Connections refused.</param>
/// <param name="OpenConnections">Connections open.</param>
/// <param name="AcknowledgedP99Ms">The 99th percentile of the milliseconds from arrival to acknowledgement; null for a second without a
/// message.</param>
internal sealed record HistoryView(
    IReadOnlyList<double> MessagesPerSecond,
    IReadOnlyList<double> RefusedPerSecond,
    IReadOnlyList<int> OpenConnections,
    IReadOnlyList<double?> AcknowledgedP99Ms);
