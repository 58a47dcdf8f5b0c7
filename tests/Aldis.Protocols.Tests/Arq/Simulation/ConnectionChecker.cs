using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>All properties of one connection between two hosts, checked after every event.</summary>
internal sealed class ConnectionChecker(Host client, Host server, ConnectionOptions options, TransmissionLedger ledger) : IWorldObserver
{
    private const int ProbeAllowance = 3;

    private readonly SideView _client = new(client);
    private readonly SideView _server = new(server);
    private readonly WireChecker _wire = new(options);
    private ulong _key;
    private long _strangerBytes;
    private long _bytesToStranger;

    public void OnTransmit(Host from, in Transmit transmit)
    {
        int segment = transmit.SegmentSize;
        bool isWellFormed = segment > 0 && segment <= transmit.Length && transmit.Length <= DatagramLimits.MaxPayload
            && segment <= options.MaxDatagramSize;
        Require(isWellFormed, Property.BatchesAreWellFormed, $"{transmit.Length} bytes in datagrams of {segment}");
    }

    public void OnSent(Host from, Host to, ReadOnlySpan<byte> datagram)
    {
        SideView sender = ViewOf(from);
        SideView receiver = ViewOf(to);
        CheckAmplification(from, datagram.Length);
        ReadOnlySpan<byte> rest = datagram;
        while (WirePacket.TryTake(ref rest, out WirePacket packet))
        {
            if (packet.Type == WireType.Confirm)
            {
                _key = packet.Key; // every SYNACK offers a key; the confirmed one counts
            }

            _wire.Sent(sender, receiver, packet);
        }

        Require(rest.IsEmpty, Property.BatchesAreWellFormed, $"{rest.Length} bytes behind the last packet");
    }

    public void BeforeDelivery(Host to, ReadOnlySpan<byte> buffer, int segmentSize, bool isDamaged)
    {
        SideView receiver = ViewOf(to);
        if (to == server && server.Applications.Count == 0)
        {
            _strangerBytes += buffer.Length;
        }

        if (isDamaged)
        {
            receiver.BeforeDamage = FingerprintOf(receiver);
        }
        else
        {
            receiver.MustStaySilent = IsStaleAcknowledgement(receiver, buffer);
        }
    }

    public void AfterDelivery(Host to, ReadOnlySpan<byte> buffer, int segmentSize, bool isDamaged)
    {
        SideView receiver = ViewOf(to);
        bool foundGood = false;
        for (int offset = 0; offset < buffer.Length; offset += segmentSize)
        {
            ReadOnlySpan<byte> rest = buffer.Slice(offset, Math.Min(segmentSize, buffer.Length - offset));
            while (WirePacket.TryTake(ref rest, out WirePacket packet) && (!isDamaged || packet.HasGoodChecksum(_key)))
            {
                foundGood = true;
                _wire.Received(receiver, packet);
            }
        }

        if (isDamaged && !foundGood)
        {
            Require(
                FingerprintOf(receiver).Equals(receiver.BeforeDamage),
                Property.DamagedPacketsChangeNothing,
                $"{buffer.Length} bytes with a wrong checksum changed the connection");
        }
    }

    public void OnSettled(Host host)
    {
        SideView side = ViewOf(host);
        SideView peer = side == _client ? _server : _client;
        if (ledger.Violation is not null)
        {
            throw ledger.Violation;
        }

        CheckEngine(host);
        if (side.Application?.Connection is { } connection)
        {
            CheckStreams(side, peer);
            CheckLimits(side, host.Endpoint.Stats(connection));
            CheckDeadline(side, connection);
        }

        if (options.Mode == ArqMode.StopAndWait && side.Application?.Connection is { State: ConnectionState.Open })
        {
            Require(side.AcksOwed <= 0, Property.StopAndWaitAnswersEveryFrame, $"{side.AcksOwed} frames without an answer");
        }

        side.AcksOwed = 0;
        side.NewDataSinceSettled = 0;
        side.DataSinceSettled = 0;
        side.MustStaySilent = false;
    }

    /// <summary>Checks what must hold when both ends say that it is over.</summary>
    public void AtTheEnd()
    {
        CheckEnd(_client, _server);
        CheckEnd(_server, _client);
    }

    private static void CheckEnd(SideView side, SideView peer)
    {
        StreamApplication? application = side.Application;
        Require(
            application is not { IsReset: true } || peer.Application is { IsClosed: true },
            Property.TransfersFinish,
            $"reset by {application?.ResetCode} although the peer is not done");
        if (application is { IsClosed: true })
        {
            Require(
                application.EndSeen && application.Received == peer.Application!.Script.Bytes,
                Property.EndOfStreamIsComplete,
                $"closed in order with {application.Received} of {peer.Application!.Script.Bytes} bytes");
        }
    }

    private static void CheckEngine(Host host)
    {
        try
        {
            host.Endpoint.CheckInvariants();
        }
        catch (Exception e) when (e is not PropertyViolationException)
        {
            throw new PropertyViolationException(Property.EngineAgreesWithItself, e.Message, e);
        }
    }

    private static void CheckStreams(SideView side, SideView peer)
    {
        StreamApplication application = side.Application!;
        StreamApplication? other = peer.Application;
        if (other?.Connection is null)
        {
            return;
        }

        Require(
            !application.EndSeen || (other.Script.Finishes && application.Received == other.Script.Bytes),
            Property.EndOfStreamIsComplete,
            $"end of stream after {application.Received} of {other.Script.Bytes} bytes");
        Require(
            !application.FinishedSeen || peer.ReceivedBytes.Frontier > application.Script.Bytes,
            Property.FinishedMeansReceived,
            $"told finished while the peer has {peer.ReceivedBytes.Frontier} of {application.Script.Bytes} bytes and the end");
        long acknowledged = side.Host.Endpoint.Stats(application.Connection!).BytesAcknowledged;
        Require(
            acknowledged <= peer.ReceivedBytes.Frontier,
            Property.NothingIsFreedEarly,
            $"freed up to {acknowledged} while the peer has {peer.ReceivedBytes.Frontier}");
    }

    private void CheckLimits(SideView side, in ConnectionStats stats)
    {
        StreamApplication application = side.Application!;
        if (options.Mode == ArqMode.GoBackN)
        {
            long kept = application.Received + side.Host.Endpoint.ReadableBytes(application.Connection!);
            Require(
                kept <= side.ReceivedBytes.Frontier,
                Property.GoBackNKeepsNothingOutOfOrder,
                $"{kept} bytes kept, {side.ReceivedBytes.Frontier} received in order");
        }

        if (side.NewDataSinceSettled > 0 && options.Mode == ArqMode.SelectiveRepeat && !application.IsOver)
        {
            long allowed = stats.CongestionWindowBytes + (ProbeAllowance * (long)stats.DatagramSize);
            Require(
                stats.BytesInFlight <= allowed,
                Property.SendingStaysWithinTheCongestionWindow,
                $"{stats.BytesInFlight} in flight, window {stats.CongestionWindowBytes}");
        }
    }

    private static void CheckDeadline(SideView side, ArqConnection connection)
    {
        bool isWorking = connection.State is ConnectionState.SynSent or ConnectionState.Confirming
            || (connection.State == ConnectionState.Open && connection.UnacknowledgedBytes > 0);
        Require(
            !isWorking || side.Host.Endpoint.NextDeadlineNs != long.MaxValue,
            Property.WorkAlwaysHasADeadline,
            $"{connection.State} with {connection.UnacknowledgedBytes} bytes unacknowledged and nothing to wake it");
    }

    private static void Require(bool holds, Property property, string detail)
    {
        if (!holds)
        {
            throw new PropertyViolationException(property, detail);
        }
    }

    private static SideView.Fingerprint FingerprintOf(SideView side)
    {
        ArqEndpoint endpoint = side.Host.Endpoint.Endpoint;
        if (side.Application?.Connection is not { } connection)
        {
            return new SideView.Fingerprint(default, default, 0, 0, endpoint.NextDeadlineNs, endpoint.ConnectionCount);
        }

        ConnectionStats stats = side.Host.Endpoint.Stats(connection);
        stats.Counters.CorruptReceived = 0;
        return new SideView.Fingerprint(
            connection.State,
            stats,
            connection.UnacknowledgedBytes,
            connection.ReadableBytes,
            endpoint.NextDeadlineNs,
            endpoint.ConnectionCount);
    }

    private void CheckAmplification(Host from, int length)
    {
        if (from == server && server.Applications.Count == 0)
        {
            _bytesToStranger += length;
            Require(
                _bytesToStranger <= _strangerBytes,
                Property.RepliesToStrangersAreNotLonger,
                $"{_bytesToStranger} bytes for {_strangerBytes}");
        }
    }

    /// <summary>
    /// Stop-and-wait, and go-back-N without gap reports, act on an acknowledgement only if it raises something. A timer that is due at
    /// the same instant may send all the same, and a paced sender whose estimate of the round trip has changed may send a little earlier.
    /// </summary>
    private bool IsStaleAcknowledgement(SideView receiver, ReadOnlySpan<byte> datagram)
    {
        bool isPaced = options.Pacing && options.Congestion != CongestionProfile.Lab;
        if (options.Mode == ArqMode.SelectiveRepeat || options.RejectRewinds || isPaced
            || receiver.Application?.Connection is not { State: ConnectionState.Open }
            || receiver.Host.WakeNs <= receiver.Host.NowNs)
        {
            return false;
        }

        ReadOnlySpan<byte> rest = datagram;
        return WirePacket.TryTake(ref rest, out WirePacket packet) && rest.IsEmpty && packet.Type == WireType.Ack
            && packet.Cumulative <= receiver.Acknowledged && packet.Limit <= receiver.Credit;
    }

    private SideView ViewOf(Host host) => host == client ? _client : _server;
}
