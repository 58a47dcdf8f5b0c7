using Aldis.Services.Hosting;

namespace Aldis.Dashboard.Watch;

/// <summary>One conversation as it is now.</summary>
/// <param name="Totals">What its connections have moved since the server started.</param>
/// <param name="MessagesPerSecond">Messages taken in the last second.</param>
/// <param name="ReceivedBytesPerSecond">Bytes received in the last second.</param>
/// <param name="SentBytesPerSecond">Bytes sent in the last second.</param>
internal readonly record struct ServiceRates(
    ServiceTotals Totals, double MessagesPerSecond, double ReceivedBytesPerSecond, double SentBytesPerSecond);
