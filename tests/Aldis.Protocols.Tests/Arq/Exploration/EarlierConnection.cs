using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>A connection between two endpoints without faults, of which somebody keeps the SYNACK and the CONFIRM.</summary>
internal sealed class EarlierConnection(EndpointSeam[] engines, PathKey[] addresses, long[] nowNs)
{
    private const int MostRounds = 100;

    private readonly byte[] _buffer = new byte[DatagramLimits.MaxPayload];
    private readonly Dictionary<WireType, byte[]> _kept = [];

    /// <summary>Opens it and closes it in order, or gives it up before its CONFIRM arrives.</summary>
    /// <returns>Its SYNACK and its CONFIRM.</returns>
    public List<byte[]> Run(bool isConfirmed, ConnectionOptions options)
    {
        ArqConnection client = engines[0].Endpoint.Connect(addresses[1], options, nowNs[0]);
        ArqConnection? server = null;
        client.Finish(nowNs[0]);
        for (int round = 0; round < MostRounds && (client.State != ConnectionState.Closed || server!.State != client.State); round++)
        {
            Carry(0, arrives: isConfirmed || round == 0);
            if (!isConfirmed && _kept.ContainsKey(WireType.Confirm))
            {
                client.Abort(ArqCloseCode.Aborted, nowNs[0]);
                Carry(0, arrives: false);
                break;
            }

            Drain(ref server);
            server?.Finish(nowNs[1]);
            Carry(1, arrives: true);
        }

        Drain(ref server);
        Assert.True(!isConfirmed || (client.State == ConnectionState.Closed && server!.State == ConnectionState.Closed));
        return [_kept[WireType.SynAck], _kept[WireType.Confirm]];
    }

    private void Carry(int from, bool arrives)
    {
        while (engines[from].TryGetTransmit(_buffer, nowNs[from], out Transmit transmit))
        {
            byte[] datagram = _buffer[..transmit.Length];
            _kept.TryAdd(PacketForge.TypeOf(datagram), datagram);
            if (arrives)
            {
                engines[1 - from].OnDatagram(addresses[from], datagram, datagram.Length, nowNs[1 - from]);
            }
        }
    }

    private void Drain(ref ArqConnection? server)
    {
        while (engines[0].TryGetEvent(out _))
        {
        }

        while (engines[1].TryGetEvent(out ArqEvent occurred))
        {
            server = occurred.Connection;
        }
    }
}
