using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Aldis.Protocols.Datagrams;
using static Aldis.Transports.Datagrams.SocketMessage;

namespace Aldis.Transports.Datagrams;

/// <summary>
/// Batches by recvmmsg(2), and by the offloads of udp(7): UDP_GRO joins datagrams of one peer into one receive, UDP_SEGMENT cuts one
/// send into datagrams. The managed socket has no control messages, which carry the size of a batch's datagrams and, for a socket
/// bound to every address, the address to answer from (IP_PKTINFO of ip(7)).
/// </summary>
internal sealed partial class LinuxDatagramChannel : DatagramChannel
{
    // struct mmsghdr: a msghdr, and the length of what came.
    private const int MessageBytes = 64;
    private const int ReceivedAt = HeaderBytes;
    private const int ControlBytes = 128;
    private const int SlotBytes = MessageBytes + VectorBytes + NameBytes + ControlBytes;

    private const int LevelUdp = 17;
    private const int IPMtuDiscover = 10;
    private const int IPv6MtuDiscover = 23;
    private const int ProbePathMtu = 3;
    private const int IPPacketInfo = 8;
    private const int IPv6ReceivePacketInfo = 49;
    private const int IPv6PacketInfo = 50;
    private const int UdpSegment = 103;
    private const int UdpReceiveOffload = 104;
    private const int NoSignal = 0x4000;

    private const int ErrorInterrupted = 4;
    private const int ErrorInputOutput = 5;
    private const int ErrorInvalid = 22;
    private const int ErrorRefused = 111;

    private readonly SafeSocketHandle _handle;
    private readonly PinnedBuffer _message = new(SlotBytes);
    private readonly bool _isIPv6;
    private bool _hasSegmentation;

    /// <summary>Takes over a socket.</summary>
    /// <param name="socket">Bound or connected.</param>
    /// <param name="mayFragment">Whether datagrams may travel in fragments.</param>
    /// <param name="mayJoin">Whether datagrams that arrive together may be joined.</param>
    /// <param name="isPlace">As <see cref="DatagramChannel"/> has it.</param>
    public LinuxDatagramChannel(Socket socket, bool mayFragment, bool mayJoin, bool isPlace)
        : base(socket, isPlace)
    {
        _handle = socket.SafeHandle;
        _isIPv6 = socket.AddressFamily == AddressFamily.InterNetworkV6;

        if (!mayFragment)
        {
            // Then the engine finds by itself what the path carries, and a router's word on it is not believed.
            // An IPv6 socket keeps one answer for each protocol, because it may talk to IPv4 peers too.
            TrySet(LevelIP, IPMtuDiscover, ProbePathMtu);
            if (_isIPv6)
            {
                TrySet(LevelIPv6, IPv6MtuDiscover, ProbePathMtu);
            }
        }

        bool hasReceiveOffload = !mayJoin || TrySet(LevelUdp, UdpReceiveOffload, 1);
        _hasSegmentation = TrySet(LevelUdp, UdpSegment, 0);
        Lacks = (hasReceiveOffload, _hasSegmentation) switch
        {
            (true, true) => null,
            (false, true) => "UDP_GRO",
            (true, false) => "UDP_SEGMENT",
            _ => "UDP_GRO and UDP_SEGMENT",
        };
        if (LocalEndPoint.Address.Equals(IPAddress.Any) || LocalEndPoint.Address.Equals(IPAddress.IPv6Any))
        {
            // What tells a broadcast of IPv4 apart comes from IPv4 alone, to an IPv6 socket for both too.
            TrySet(LevelIP, IPPacketInfo, 1);
            if (_isIPv6)
            {
                TrySet(LevelIPv6, IPv6ReceivePacketInfo, 1);
            }
        }
    }

    /// <summary>Whether this system is laid out as this class believes.</summary>
    public static bool IsSupported { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess && BitConverter.IsLittleEndian;

    /// <inheritdoc/>
    public override string? Lacks { get; }

    /// <inheritdoc/>
    public override int Receive(ReceivedBatches batches, out bool isRefused)
    {
        PinnedBuffer control = batches.Control ??= LayOut(batches.Buffer);
        for (int index = 0; index < ReceivedBatches.Capacity; index++)
        {
            // The system has overwritten these two.
            control.Put((index * MessageBytes) + NameLengthAt, NameBytes);
            control.Put((index * MessageBytes) + ControlLengthAt, (long)ControlBytes);
        }

        int count;
        int error = 0;
        do
        {
            count = ReceiveNative(_handle, control.AddressOf(0), ReceivedBatches.Capacity, DoNotWait, 0);
        }
        while (count < 0 && (error = Marshal.GetLastPInvokeError()) == ErrorInterrupted);
        isRefused = count < 0 && error == ErrorRefused;
        for (int index = 0; index < count; index++)
        {
            ReadMessage(batches, control, index);
        }

        return Math.Max(count, 0);
    }

    /// <inheritdoc/>
    public override SendOutcome Send(PinnedBuffer buffer, in Transmit transmit)
    {
        bool isBatch = transmit.Length > transmit.SegmentSize;
        if (!isBatch || _hasSegmentation)
        {
            int error = Send(buffer.AddressOf(0), transmit.Length, isBatch ? transmit.SegmentSize : 0, transmit.Path);
            if (!isBatch || error is not (ErrorInputOutput or ErrorInvalid))
            {
                return OutcomeOf(error);
            }

            // Either this device cannot (udp(7)), or nothing of this kind goes there. The first datagram by itself tells which.
            error = Send(buffer.AddressOf(0), transmit.SegmentSize, 0, transmit.Path);
            if (error != 0)
            {
                return OutcomeOf(error);
            }

            _hasSegmentation = false;
            return SendRest(buffer, transmit, transmit.SegmentSize);
        }

        return SendRest(buffer, transmit, 0);
    }

    private static SendOutcome OutcomeOf(int error) => error switch
    {
        ErrorAgain => SendOutcome.Busy,
        ErrorRefused => SendOutcome.Refused,
        _ => SendOutcome.Done,
    };

    // All messages first, because recvmmsg wants them in a row; then what each of them points to.
    private static PinnedBuffer LayOut(PinnedBuffer memory)
    {
        const int RestBytes = SlotBytes - MessageBytes;
        var control = new PinnedBuffer(ReceivedBatches.Capacity * SlotBytes);
        for (int index = 0; index < ReceivedBatches.Capacity; index++)
        {
            int rest = (ReceivedBatches.Capacity * MessageBytes) + (index * RestBytes);
            nint bytes = memory.AddressOf(index * ReceivedBatches.BatchBytes);
            SocketMessage.LayOut(control, index * MessageBytes, rest, bytes, ReceivedBatches.BatchBytes);
        }

        return control;
    }

    private void ReadMessage(ReceivedBatches batches, PinnedBuffer control, int index)
    {
        const int RestBytes = SlotBytes - MessageBytes;
        int message = index * MessageBytes;
        int name = (ReceivedBatches.Capacity * MessageBytes) + (index * RestBytes) + VectorBytes;
        int length = control.GetInt32(message + ReceivedAt);
        PathKey path = Peer ?? (PathAddress.TryRead(control.Bytes.AsSpan(name, NameBytes), out PathKey from) ? from : default);
        int segmentSize = length;
        int at = name + NameBytes;
        int end = at + (int)Math.Min(control.GetInt64(message + ControlLengthAt), ControlBytes);
        while (TryNextControl(control, ref at, end, out ControlMessage found))
        {
            int data = found.DataAt;
            switch (found.Level, found.Type)
            {
                case (LevelUdp, UdpReceiveOffload):
                    segmentSize = control.GetInt32(data);
                    break;
                case (LevelIP, IPPacketInfo):
                    // ipi_spec_dst, the address to answer from, comes second, and ipi_addr, the one in the datagram's header, third.
                    // They differ where the datagram was sent to many.
                    uint local = BinaryPrimitives.ReadUInt32BigEndian(control.Bytes.AsSpan(data + 4));
                    uint destination = BinaryPrimitives.ReadUInt32BigEndian(control.Bytes.AsSpan(data + 8));
                    path = path with { LocalAddress = local == destination ? PathAddress.MapIPv4(local) : PathKey.Broadcast };
                    break;
                case (LevelIPv6, IPv6PacketInfo) when path.LocalAddress == default:
                    path = path with
                    {
                        LocalAddress = BinaryPrimitives.ReadUInt128BigEndian(control.Bytes.AsSpan(data)),
                    };
                    break;
            }
        }

        batches.Set(index, length, segmentSize, path);
    }

    // Sends each datagram by itself.
    private SendOutcome SendRest(PinnedBuffer buffer, in Transmit transmit, int from)
    {
        for (int at = from; at < transmit.Length; at += transmit.SegmentSize)
        {
            int length = Math.Min(transmit.SegmentSize, transmit.Length - at);
            SendOutcome outcome = OutcomeOf(Send(buffer.AddressOf(at), length, 0, transmit.Path));
            if (outcome == SendOutcome.Refused || (outcome == SendOutcome.Busy && at == 0))
            {
                return outcome;
            }
        }

        return SendOutcome.Done;
    }

    private int Send(nint bytes, int length, int segmentSize, in PathKey path)
    {
        const int Rest = MessageBytes;
        const int Name = Rest + VectorBytes;
        const int Control = Name + NameBytes;
        SocketMessage.LayOut(_message, 0, Rest, bytes, length);
        if (Peer is null)
        {
            _message.Put(NameLengthAt, PathAddress.Write(path, _isIPv6, _message.Bytes.AsSpan(Name)));
        }
        else
        {
            _message.Put(NameAt, 0L);
            _message.Put(NameLengthAt, 0);
        }

        int control = 0;
        if (segmentSize > 0)
        {
            control += PutControlHeader(Control, LevelUdp, UdpSegment, sizeof(ushort));
            _message.Put(Control + ControlHeaderBytes, (ushort)segmentSize);
        }

        if (path.LocalAddress != default)
        {
            control += PutSource(Control + control, path);
        }

        _message.Put(ControlAt, control == 0 ? 0L : _message.AddressOf(Control));
        _message.Put(ControlLengthAt, (long)control);
        nint sent;
        int error = 0;
        do
        {
            sent = SendNative(_handle, _message.AddressOf(0), DoNotWait | NoSignal);
        }
        while (sent < 0 && (error = Marshal.GetLastPInvokeError()) == ErrorInterrupted);
        return sent < 0 ? error : 0;
    }

    private int PutControlHeader(int at, int level, int type, int dataBytes)
    {
        _message.Put(at, (long)(ControlHeaderBytes + dataBytes));
        _message.Put(at + sizeof(long), level);
        _message.Put(at + sizeof(long) + sizeof(int), type);
        return Align(ControlHeaderBytes + dataBytes);
    }

    private int PutSource(int at, in PathKey path)
    {
        const int IPv4Bytes = 12;
        const int IPv6Bytes = 20;
        Span<byte> data = _message.Bytes.AsSpan(at + ControlHeaderBytes);
        if (_isIPv6)
        {
            data[..IPv6Bytes].Clear();
            BinaryPrimitives.WriteUInt128BigEndian(data, path.LocalAddress);
            return PutControlHeader(at, LevelIPv6, IPv6PacketInfo, IPv6Bytes);
        }

        data[..IPv4Bytes].Clear();
        BinaryPrimitives.WriteUInt32BigEndian(data[sizeof(int)..], (uint)path.LocalAddress);
        return PutControlHeader(at, LevelIP, IPPacketInfo, IPv4Bytes);
    }

    private bool TrySet(int level, int name, int value)
    {
        try
        {
            Socket.SetRawSocketOption(level, name, BitConverter.GetBytes(value));
            return true;
        }
        catch (SocketException)
        {
            // An older kernel: it works without, slower.
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ReceiveNative(SafeHandle socket, nint messages, uint count, int flags, nint timeout);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SendNative(SafeHandle socket, nint message, int flags);
}
