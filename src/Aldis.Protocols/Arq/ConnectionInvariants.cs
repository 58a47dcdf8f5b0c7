using Aldis.Protocols.Arq.Sending;

namespace Aldis.Protocols.Arq;

/// <summary>What is true of a connection between any two calls into its endpoint (docs/verification.md).</summary>
internal static class ConnectionInvariants
{
    /// <summary>Throws if the connection contradicts itself.</summary>
    public static void Check(ArqConnection connection)
    {
        SendStream stream = connection.Stream;
        Invariant.Holds(stream.Unacknowledged <= stream.Highest, "UNA <= the highest position sent");
        Invariant.Holds(stream.Highest <= Math.Min(stream.Limit, stream.Written) + (stream.IsFinSent ? 1 : 0),
            "nothing is sent beyond credit");
        if (connection.State is not (ConnectionState.Open or ConnectionState.Confirming) || connection.Established is not { } established)
        {
            return;
        }

        SendCore core = established.Core;
        long sum = 0;
        for (long number = core.Packets.Tail; number < core.Packets.Next; number++)
        {
            ref SentPacket packet = ref core.Packets[number];
            sum += packet.State == SentPacketState.Outstanding ? packet.Size : 0;
        }

        Invariant.Holds(sum == core.Packets.BytesInFlight, "bytes in flight are the sum of what is outstanding");
        bool isWaiting = core.Packets.OutstandingCount > 0 || stream.HeldBytes > 0 || connection.State == ConnectionState.Confirming;
        Invariant.Holds(connection.IsQueued || !isWaiting || connection.Timers.NextNs != TimerTable.Never, "whoever waits has a deadline");
        established.Strategy.CheckInvariants();
        established.Receive.CheckInvariants();
        established.Acks.CheckInvariants();
    }
}
