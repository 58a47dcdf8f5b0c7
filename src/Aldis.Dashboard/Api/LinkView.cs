namespace Aldis.Dashboard.Api;

/// <summary>An <c>arq://</c> connection as a link: how the network treats it.</summary>
/// <param name="Number">The number of the connection.</param>
/// <param name="Peer">The client's address.</param>
/// <param name="Client">The id it named; null where it named none.</param>
/// <param name="Service">The conversation.</param>
/// <param name="EndedAt">When it ended; null while it is open.</param>
/// <param name="RttMs">The smoothed round-trip time in milliseconds; null before the first measurement.</param>
/// <param name="MinRttMs">The least one.</param>
/// <param name="DatagramBytes">The size of datagrams in use.</param>
/// <param name="PacketsSent">Packets sent, repetitions included.</param>
/// <param name="PacketsLost">Packets of those that were lost, as far as is known.</param>
/// <param name="Latest">The last second; null before there was one.</param>
/// <param name="Totals">Repetitions since it opened, by cause.</param>
/// <param name="Seconds">The last ten minutes, oldest first; null in lists.</param>
internal sealed record LinkView(
    long Number,
    string Peer,
    string? Client,
    string Service,
    DateTimeOffset? EndedAt,
    double? RttMs,
    double? MinRttMs,
    int DatagramBytes,
    long PacketsSent,
    long PacketsLost,
    LinkSecondView? Latest,
    RepetitionsView Totals,
    IReadOnlyList<LinkSecondView>? Seconds);
