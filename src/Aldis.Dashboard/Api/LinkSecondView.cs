using Aldis.Dashboard.Watch;

namespace Aldis.Dashboard.Api;

/// <summary>One second of a link, as <see cref="LinkSample"/> has it.</summary>
/// <param name="RttMs">The smoothed round-trip time in milliseconds; null before the first measurement.</param>
/// <param name="WindowBytes">The congestion window.</param>
/// <param name="InFlightBytes">Sent, and neither acknowledged nor lost.</param>
/// <param name="OutBytesPerSecond">Payload that the client acknowledged.</param>
/// <param name="InBytesPerSecond">Payload that came in order.</param>
/// <param name="OutLoss">The share of the packets sent that were lost; null where none was sent.</param>
/// <param name="InLoss">The share of the client's packets that did not come; null where none came.</param>
/// <param name="Repeated">Packets sent again, by cause.</param>
internal sealed record LinkSecondView(
    double? RttMs,
    long WindowBytes,
    long InFlightBytes,
    double OutBytesPerSecond,
    double InBytesPerSecond,
    double? OutLoss,
    double? InLoss,
    RepetitionsView Repeated)
{
    /// <summary>Shows a second.</summary>
    /// <param name="second">The second.</param>
    public static LinkSecondView Of(LinkSample second) => new(
        second.RttMs,
        second.WindowBytes,
        second.InFlightBytes,
        second.OutBytesPerSecond,
        second.InBytesPerSecond,
        second.OutLoss,
        second.InLoss,
        new RepetitionsView(second.AfterTimeout, second.AfterGap, second.InRewind));
}
