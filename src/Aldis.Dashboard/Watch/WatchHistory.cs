using Aldis.Protocols.Measurement;

namespace Aldis.Dashboard.Watch;

/// <summary>The last ten minutes, a value for each second, oldest first.</summary>
/// <param name="MessagesPerSecond">Messages taken, of all conversations.</param>
/// <param name="RefusedPerSecond">Connections refused.</param>
/// <param name="OpenConnections">Connections that were open.</param>
/// <param name="AcknowledgedP99Ms">As <see cref="TimesHistory.P99Ms"/>.</param>
/// <param name="PresentTimes">As <see cref="TimesHistory.Present"/>.</param>
internal sealed record WatchHistory(
    IReadOnlyList<double> MessagesPerSecond,
    IReadOnlyList<double> RefusedPerSecond,
    IReadOnlyList<int> OpenConnections,
    IReadOnlyList<double?> AcknowledgedP99Ms,
    LatencyHistogram? PresentTimes);
