using System.Reflection;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tests.Arq.Exploration;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>An engine whose connections send by another sender than they were made with.</summary>
internal sealed class SenderSeam(ArqEndpoint endpoint, Func<SendCore, FrameTimerSender> broken) : EndpointSeam(endpoint)
{
    private static readonly Func<ArqEndpoint, Dictionary<ulong, ArqConnection>> Connections =
        LiveNumbers.Field<ArqEndpoint, Dictionary<ulong, ArqConnection>>("_connections");

    private static readonly FieldInfo Strategy = typeof(EstablishedConnection)
        .GetField($"<{nameof(EstablishedConnection.Strategy)}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public override void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
    {
        base.OnDatagram(path, buffer, segmentSize, nowNs);
        foreach (ArqConnection connection in Connections(Endpoint).Values)
        {
            if (connection.Established is { } established && established.Strategy.GetType() == typeof(FrameTimerSender))
            {
                Strategy.SetValue(established, broken(established.Core)); // nothing was sent yet
            }
        }
    }
}

/// <summary>Timers that an acknowledgement of their frame does not stop: only a cumulative one does.</summary>
internal sealed class NeverStoppedTimers(SendCore core) : FrameTimerSender(core)
{
    public override ArqCloseCode OnAck(in AckPacket ack, bool isNewest, long nowNs)
    {
        Span<byte> packet = stackalloc byte[PacketLayout.AckFixedLength + 1];
        packet.Clear();
        PacketLayout.WriteUInt32(packet, PacketLayout.AckSerial, ack.Serial);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckCumulative, (ulong)ack.Cumulative);
        PacketLayout.WriteUInt64(packet, PacketLayout.AckLimit, (ulong)ack.Limit);
        Assert.True(AckPacket.TryParse(packet, out AckPacket cumulative));
        return base.OnAck(cumulative, isNewest, nowNs);
    }
}

/// <summary>Timers that run for the first copy of a frame alone.</summary>
internal sealed class OneShotTimers(SendCore core) : FrameTimerSender(core)
{
    public override void OnSent(in FrameChoice choice, long packetNumber, long nowNs)
    {
        base.OnSent(choice, packetNumber, nowNs);
        if (choice.IsRetransmission)
        {
            Core.Packets.Settle(ref Core.Packets[packetNumber], SentPacketState.Retired);
            Core.Packets.Prune(Core.Packets.Tail);
        }
    }

    public override void CheckInvariants()
    {
        // The sender itself would notice; those who watch it from outside shall.
    }
}

/// <summary>Timers of which an acknowledgement of any frame stops the one that would fire next.</summary>
internal sealed class MistakenTimers(SendCore core) : FrameTimerSender(core)
{
    public override ArqCloseCode OnAck(in AckPacket ack, bool isNewest, long nowNs)
    {
        int before = Core.Packets.OutstandingCount;
        ArqCloseCode code = base.OnAck(ack, isNewest, nowNs);
        if (Core.Packets.OutstandingCount < before && Core.Packets.OutstandingCount > 0)
        {
            Core.Packets.Settle(ref Core.Packets[Core.Packets.OldestOutstanding], SentPacketState.Retired);
            Core.Packets.Prune(Core.Packets.Tail);
        }

        return code;
    }

    public override void CheckInvariants()
    {
        // As above.
    }
}
