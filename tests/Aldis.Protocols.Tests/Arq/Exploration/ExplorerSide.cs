using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>One end's application, and what an onlooker at that end knows: which packets and which frames arrived. Checks what the end
/// sends and holds against it.</summary>
internal sealed class ExplorerSide(ConnectionOptions options, StreamPattern pattern)
{
    private const long StreamBytes = (long)ExplorerModel.Frames * ExplorerModel.FrameBytes;
    private const byte AlternateBit = 8;

    private long _received;
    private bool _ended;

    /// <summary>Packet numbers that arrived, a bit for each.</summary>
    private ulong _numbers;

    /// <summary>Places of the stream that arrived and had to be kept, in order and ahead, in steps of a frame; the bit behind the
    /// last stands for the end.</summary>
    private ulong _frames;
    private long _end = long.MaxValue;

    /// <summary>The frame that each packet number of ours carried, and the frames of which an acknowledgement named one.</summary>
    private readonly int[] _carried = new int[64];
    private ulong _confirmed;

    private long _unacknowledged;
    private long _highest;
    private long _cumulative;
    private long _limit;

    /// <summary>Whether the application here ended its stream.</summary>
    public bool IsFinished { get; set; }

    /// <summary>Whether the application here was told the end of its peer's stream.</summary>
    public bool HasEnded => _ended;

    public bool IsClosed { get; private set; }

    /// <summary>Whether the application here was told of an error.</summary>
    public bool IsReset { get; private set; }

    /// <summary>Whether the application here gave the connection up.</summary>
    public bool IsAborted { get; set; }

    /// <summary>One past the last place that arrived without a gap; the end of the stream is one place.</summary>
    private long Frontier
    {
        get
        {
            long frames = System.Numerics.BitOperations.TrailingZeroCount(~_frames);
            long bytes = Math.Min(frames * ExplorerModel.FrameBytes, _end);
            return bytes == _end ? _end + 1 : bytes;
        }
    }

    /// <summary>Whether all that a packet carries arrived before and was kept.</summary>
    public bool Has(WaitingDatagram data)
    {
        for (long place = data.Offset; place < data.Offset + data.Length; place += ExplorerModel.FrameBytes)
        {
            if (((_frames >> (int)(place / ExplorerModel.FrameBytes)) & 1) == 0)
            {
                return false;
            }
        }

        return !data.IsFin || _end != long.MaxValue;
    }

    public void AddTo(StateHash hash)
    {
        hash.Add(_received);
        hash.Add((_ended ? 1 : 0) | (IsClosed ? 2 : 0) | (IsFinished ? 4 : 0) | (IsReset ? 8 : 0) | (IsAborted ? 16 : 0));
        hash.Add((long)_frames);
        hash.Add(_end);
        if (options.HasFrameTimers)
        {
            // Frames that were freed never go again.
            long freed = (_unacknowledged + ExplorerModel.FrameBytes - 1) / ExplorerModel.FrameBytes;
            hash.Add((long)(_confirmed & ~WaitingDatagram.BitsBelow(freed)));
        }
    }

    /// <summary>A datagram is about to arrive.</summary>
    public void Arrives(WaitingDatagram datagram, ArqConnection? connection)
    {
        if (datagram.Behind is { } behind)
        {
            Arrives(behind, connection);
        }

        if (datagram.Type is WireType.Confirm)
        {
            _numbers |= 1;
        }

        if (datagram.Type is WireType.Ack && connection is { Established.Core.Packets: { } sent })
        {
            Confirm(datagram.Numbers & WaitingDatagram.BitsBelow(sent.Next) & ~1UL);
        }

        if (datagram.Type is not (WireType.Data or WireType.Probe))
        {
            return;
        }

        _numbers |= 1UL << (int)datagram.PacketNumber;
        bool isKept = options.Mode == ArqMode.SelectiveRepeat || datagram.Offset <= Frontier;
        if (datagram.Type != WireType.Data || !isKept)
        {
            return;
        }

        for (long place = datagram.Offset; place < datagram.Offset + datagram.Length; place += ExplorerModel.FrameBytes)
        {
            _frames |= 1UL << (int)(place / ExplorerModel.FrameBytes);
        }

        _end = datagram.IsFin ? datagram.Offset + datagram.Length : _end;
    }

    /// <summary>Checks a datagram that this end sends.</summary>
    public void Sends(WaitingDatagram datagram, ArqConnection? connection)
    {
        if (datagram.Behind is { } behind)
        {
            Sends(behind, connection);
        }

        switch (datagram.Type)
        {
            case WireType.Data:
                CheckData(datagram, connection!);
                break;
            case WireType.Ack:
                CheckAck(datagram);
                break;
            case WireType.Reset:
                bool isOfVainCookie = PacketLayout.ReadUInt32(datagram.OwnBytes, PacketLayout.ResetCode) == (uint)ArqCloseCode.Expired;
                Require(isOfVainCookie || connection is { State: ConnectionState.Reset }, Property.TransfersFinish,
                    "a RESET by an end that was not reset");
                break;
            default:
                break;
        }
    }

    /// <summary>Reads what can be read and compares it with what was written.</summary>
    public bool Read(EndpointSeam engine, ArqConnection? connection, long nowNs)
    {
        if (connection is null || _ended)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[(int)StreamBytes * 2];
        int count = engine.Read(connection, bytes, nowNs);
        _ended = count < 0;
        if (count > 0)
        {
            Require(_received + count <= StreamBytes && pattern.Matches(_received, bytes[..count]), Property.DeliveredIsAPrefix,
                $"{count} wrong bytes at {_received}");
            _received += count;
        }

        return count != 0;
    }

    public void Learns(in ArqEvent occurred, ExplorerSide peer)
    {
        switch (occurred.Kind)
        {
            case ArqEventKind.Closed:
                IsClosed = true;
                break;
            case ArqEventKind.Finished:
                Require(peer._end != long.MaxValue && peer.Frontier == peer._end + 1, Property.FinishedMeansReceived,
                    "told finished before the peer had everything");
                break;
            case ArqEventKind.Reset:
                Require(IsAborted || peer.IsAborted, Property.TransfersFinish, $"reset by {occurred.Code}");
                IsReset = true;
                break;
            default:
                break;
        }
    }

    /// <summary>Checks this end against what its peer has.</summary>
    public void CheckAgainst(ArqConnection connection, ArqConnection peerConnection, ExplorerSide peer)
    {
        long unacknowledged = connection.Stream.Unacknowledged;
        long highest = connection.Stream.Highest;
        Require(unacknowledged <= peer.Frontier, Property.NothingIsFreedEarly, $"freed to {unacknowledged}, the peer has {peer.Frontier}");
        Require(unacknowledged >= _unacknowledged && highest >= _highest, Property.AcknowledgementsNeverShrink,
            $"UNA {unacknowledged} after {_unacknowledged}, highest {highest} after {_highest}");
        _unacknowledged = unacknowledged;
        _highest = highest;
        Require(!_ended || (peer.IsFinished && Frontier == _end + 1 && _received == _end), Property.EndOfStreamIsComplete,
            $"the end after {_received} bytes");
        Require(!IsClosed || _ended, Property.EndOfStreamIsComplete, "closed in order before the end of the stream");
        Require(!IsClosed || (IsFinished && peer.Frontier >= connection.Stream.Written), Property.FinishedMeansReceived,
            "closed in order before the peer had everything");
        if (connection.Established?.Receive is { } receive)
        {
            Require(receive.InOrderEnd <= Frontier && receive.Cumulative <= peerConnection.Stream.Highest,
                Property.AcknowledgedBytesAreStored, $"in order {receive.InOrderEnd}, arrived {Frontier}");
            Require(options.Mode == ArqMode.SelectiveRepeat || !receive.HasGap, Property.GoBackNKeepsNothingOutOfOrder, "a gap");
        }
    }

    private static void Require(bool holds, Property property, string detail)
    {
        if (!holds)
        {
            throw new PropertyViolationException(property, detail);
        }
    }

    private void CheckData(WaitingDatagram data, ArqConnection connection)
    {
        long unacknowledged = connection.Stream.Unacknowledged;
        long end = data.Offset + data.Length;
        ReadOnlySpan<byte> payload = data.Bytes.AsSpan(WirePacket.DataHeaderBytes);
        Require(end <= connection.Stream.Written && pattern.Matches(data.Offset, payload)
            && (!data.IsFin || (IsFinished && end == connection.Stream.Written)), Property.SentBytesAreThoseWritten, $"{data}");
        Require(end <= connection.Stream.Limit, Property.SendingStaysWithinCredit, $"{data}, limit {connection.Stream.Limit}");
        Require(end - unacknowledged <= (long)options.WindowFrames * ExplorerModel.FrameBytes, Property.SendingStaysWithinTheWindow,
            $"{data} with {unacknowledged} the oldest unacknowledged");
        Require(data.PacketNumber == connection.Established!.Core.Packets.Next - 1, Property.PacketNumbersIncrease, $"{data}");
        int frame = (int)(data.Offset / ExplorerModel.FrameBytes);
        Require(!options.HasFrameTimers || ((_confirmed >> frame) & 1) == 0, Property.AcknowledgedFramesAreNotRepeated, $"{data}");
        _carried[data.PacketNumber] = frame;
        if (options.Mode == ArqMode.StopAndWait)
        {
            Require(data.Offset == unacknowledged, Property.StopAndWaitHasOneFrameOutstanding, $"{data}, UNA {unacknowledged}");
            bool isOdd = (data.Offset / ExplorerModel.FrameBytes) % 2 != 0;
            Require((data.Flags & AlternateBit) != 0 == isOdd, Property.StopAndWaitAlternates, $"{data}");
        }
    }

    private void Confirm(ulong numbers)
    {
        for (; numbers != 0; numbers &= numbers - 1)
        {
            _confirmed |= 1UL << _carried[System.Numerics.BitOperations.TrailingZeroCount(numbers)];
        }
    }

    private void CheckAck(WaitingDatagram ack)
    {
        Require(ack.Offset <= Frontier, Property.AcknowledgedBytesAreStored, $"{ack}, arrived {Frontier}");
        Require(ack.Offset >= _cumulative && ack.Limit >= _limit, Property.AcknowledgementsNeverShrink,
            $"{ack} after {_cumulative}, {_limit}");
        _cumulative = ack.Offset;
        _limit = ack.Limit;
        Require((ack.Numbers & ~_numbers & ~1UL) == 0, Property.OnlyReceivedPacketsAreAcknowledged, $"{ack}");
    }
}
