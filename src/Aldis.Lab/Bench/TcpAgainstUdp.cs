using Aldis.Protocols.Text;

namespace Aldis.Lab.Bench;

/// <summary>A question of every course on networks, and what was measured.</summary>
/// <param name="Question">The question.</param>
/// <param name="Tcp">What TCP did.</param>
/// <param name="Udp">What UDP did.</param>
internal sealed record TcpUdpAnswer(string Question, string Tcp, string Udp);

/// <summary>TCP against UDP, by what a comparison measured and nothing else.</summary>
internal static class TcpAgainstUdp
{
    private const string NotTried = "Not tried here";

    /// <summary>The questions and their answers.</summary>
    /// <param name="report">The comparison.</param>
    /// <returns>Nothing, where not both were tried.</returns>
    public static IEnumerable<TcpUdpAnswer> Of(ComparisonReport report)
    {
        bool hasLink = report.Find(ComparisonReport.Linked, "tcp") is not null;
        string condition = hasLink ? ComparisonReport.Linked : ComparisonReport.Direct;
        TransportReport? tcp = report.Find(condition, "tcp");
        TransportReport? udp = report.Find(condition, "udp");
        if (tcp?.Transfer is null || udp?.Transfer is null)
        {
            yield break;
        }

        TransportReport? tcpDirect = report.Find(ComparisonReport.Direct, "tcp");
        TransportReport? udpDirect = report.Find(ComparisonReport.Direct, "udp");
        string where = hasLink ? $"with {report.Link}" : "over loopback";
        yield return new TcpUdpAnswer(
            $"Reliability, {where}",
            $"{Lost(tcp.Transfer)}. {Slowed(tcpDirect?.Transfer, tcp.Transfer)}",
            $"{Lost(udp.Transfer)}. {Slowed(udpDirect?.Transfer, udp.Transfer)}");
        yield return new TcpUdpAnswer($"Delivery order, {where}", Order(tcp.Transfer), Order(udp.Transfer));
        bool isCorrupting = report.Link?.Contains("corrupt", StringComparison.Ordinal) == true;
        yield return new TcpUdpAnswer(
            "Error checking",
            isCorrupting ? Damage(tcp) : NotTried + ": --corrupt 1% damages what passes the link.",
            isCorrupting ? Damage(udp) : NotTried + ".");
        TransportReport slowTcp = tcpDirect ?? tcp;
        TransportReport slowUdp = udpDirect ?? udp;
        if (slowTcp.SlowReader is { } held && slowUdp.SlowReader is { } flooded)
        {
            yield return new TcpUdpAnswer("Flow control, a reader that is slow", Held(held), Flooded(flooded));
        }

        yield return new TcpUdpAnswer("Speed", Speed(slowTcp), Speed(slowUdp));
    }

    private static string Lost(TransferReport transfer)
    {
        string lost = transfer.Lost == 0
            ? "none was lost"
            : $"{Quantity.Count(transfer.Lost)} were lost, {Quantity.Percentage((double)transfer.Lost / transfer.Sent)}";
        string underWay = transfer.UnderWay > 0
            ? $", and {Quantity.Count(transfer.UnderWay)} had not arrived when the time was up"
            : string.Empty;
        return $"Of {Quantity.Count(transfer.Sent)} pieces of {transfer.PieceBytes} bytes {lost}{underWay}";
    }

    private static string Slowed(TransferReport? direct, TransferReport linked) => direct is null || ReferenceEquals(direct, linked)
        ? $"It carried {Quantity.Rate(linked.GoodputBps)}."
        : $"It carried {Quantity.Rate(linked.GoodputBps)}, directly {Quantity.Rate(direct.GoodputBps)}.";

    private static string Order(TransferReport transfer) =>
        $"{Quantity.Count(transfer.OutOfOrder)} of {Quantity.Count(transfer.Delivered)} came behind a later one, "
        + $"{Quantity.Count(transfer.Duplicated)} came twice.";

    private static string Damage(TransportReport result) => result.Failure is string failure
        ? $"It ended: {failure}"
        : $"{Quantity.Count(result.Transfer!.Corrupted)} of {Quantity.Count(result.Transfer.Sent)} pieces reached the program damaged, "
            + "and nothing said so.";

    private static string Held(TransferReport slow) =>
        $"{Taken(slow)}it was held back, what was not read waited, and nothing was lost.";

    // Nobody holds the sender of datagrams back, also where nothing was lost.
    private static string Flooded(TransferReport slow) => Taken(slow) + "nobody held it back, and " + (slow.Lost > 0
        ? $"{Quantity.Percentage((double)slow.Lost / slow.Sent)} were lost, of which it was not told."
        : "this time the receiver's buffer had room for all of it.");

    private static string Taken(TransferReport slow)
    {
        string read = $"The reader took {Quantity.Bytes((double)slow.Delivered * slow.PieceBytes)}, ";
        string time = Quantity.Duration(TimeSpan.FromSeconds(slow.Seconds));
        return read + $"the sender got rid of {Quantity.Bytes((double)slow.Sent * slow.PieceBytes)} in {time}: ";
    }

    private static string Speed(TransportReport result)
    {
        string connect = result.ConnectNs is { } times ? $"{Quantity.Milliseconds(times.P50)} to connect; " : "Nothing to connect; ";
        string trip = result.RttNs is { } rtt
            ? $"a round trip p50 {Quantity.Milliseconds(rtt.P50)}, p99 {Quantity.Milliseconds(rtt.P99)}; "
            : string.Empty;
        string flood = result.Flood is { } all
            ? $"; as fast as it can {Quantity.Rate(all.GoodputBps)} arrived and {Quantity.Percentage(all.LostShare)} were lost"
            : string.Empty;
        string pace = result.Flood is null ? string.Empty : "at a pace that its reader keeps ";
        return $"{connect}{trip}{pace}{Quantity.Rate(result.Transfer?.GoodputBps ?? 0)}{flood}.";
    }
}
