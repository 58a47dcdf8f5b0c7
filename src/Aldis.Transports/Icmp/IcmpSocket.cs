using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Ping;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Randomness;
using static Aldis.Transports.Datagrams.SocketMessage;

namespace Aldis.Transports.Icmp;

/// <summary>
/// A socket for echo messages of ICMP to one address, on Linux: a datagram socket of icmp(7), which ordinary users have where
/// <c>net.ipv4.ping_group_range</c> says so, else a raw one. What came, and the errors that routers tell (IP_RECVERR of ip(7)), are read by
/// recvmsg(2): the managed socket has neither time to live nor the error queue. One thread may send while another waits and reads.
/// </summary>
internal sealed partial class IcmpSocket : IDisposable
{
    private const int ControlBytes = 512;

    private const int LevelSocket = 1;
    private const int LevelRaw = 255;
    private const int LevelIcmpV6 = 58;
    private const int IPTimeToLive = 2;
    private const int IPReceiveError = 11;
    private const int IPReceiveTimeToLive = 12;
    private const int IPv6ReceiveError = 25;
    private const int IPv6ReceiveHopLimit = 51;
    private const int IPv6HopLimit = 52;
    private const int IcmpFilter = 1;
    private const int ReceiveTimestamp = 35;
    private const int ErrorQueue = 0x2000;

    private const int MostAttempts = 8;

    // struct sock_extended_err of ip(7), with the address of who told the error behind it.
    private const int ErrorBytes = 16;
    private const int OriginAt = 4;
    private const int OriginLocal = 1;
    private const int TypeAt = 5;
    private const int CodeAt = 6;

    private const int MostBytes = 65_535;

    // A wall clock that is set meanwhile must not become a round trip.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly Socket _socket;
    private readonly EpollReadiness _readiness = new();
    private readonly PinnedBuffer _header = new(HeaderBytes + VectorBytes + NameBytes + ControlBytes);
    private readonly PinnedBuffer _bytes = new(MostBytes);
    private readonly IPEndPoint _target;
    private readonly bool _isIPv6;

    private IcmpSocket(Socket socket, IPAddress target)
    {
        _socket = socket;
        _target = new IPEndPoint(target, 0);
        _isIPv6 = target.AddressFamily == AddressFamily.InterNetworkV6;
        IsRaw = socket.SocketType == SocketType.Raw;
        Addresses = _isIPv6 ? AddressesTo(target) : [];
        SetUp();
        Identifier = IsRaw ? BitConverter.ToUInt16(SystemRandom.GetBytes(sizeof(ushort))) : BindTo(socket);
        _readiness.Add(socket, 0);
    }

    /// <summary>Whether it is a raw socket, which gets the answers to others too.</summary>
    public bool IsRaw { get; }

    /// <summary>The identifier of the messages sent.</summary>
    public ushort Identifier { get; }

    /// <summary>Our address and the target's, 16 bytes each, which the checksum of ICMPv6 covers; empty for ICMP.</summary>
    public byte[] Addresses { get; }

    /// <summary>Opens a socket.</summary>
    /// <param name="target">Whom it talks to.</param>
    /// <exception cref="CommunicationException">There is no way there.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may open none; the sentence says what allows it.</exception>
    public static IcmpSocket Open(IPAddress target)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new UnauthorizedAccessException(
                "aldis speaks ICMP on Linux only; ping tcp://HOST:PORT, udp://HOST:PORT and arq://HOST:PORT work here.");
        }

        Socket? socket = null;
        try
        {
            ProtocolType protocol = target.AddressFamily == AddressFamily.InterNetworkV6 ? ProtocolType.IcmpV6 : ProtocolType.Icmp;
            socket = OpenEither(type => new Socket(target.AddressFamily, type, protocol));
            return new IcmpSocket(socket, target);
        }
        catch (SocketException exception) when (exception.SocketErrorCode != SocketError.AccessDenied)
        {
            socket?.Dispose();

            // Of the exception's own sentence the end point is a part, with a port that counts for nothing here.
            string reason = new SocketException(exception.ErrorCode).Message;
            throw new CommunicationException(CommunicationFailure.Network, $"{target} cannot be reached: {reason}.", exception);
        }
    }

    /// <summary>Sends a message.</summary>
    /// <param name="packet">From its type on.</param>
    /// <returns>When it was given to the system.</returns>
    /// <exception cref="CommunicationException">The system did not take it.</exception>
    public long Send(ReadOnlySpan<byte> packet)
    {
        try
        {
            return SendOnce(packet);
        }
        catch (SocketException)
        {
            // An error about an earlier message may be told here first; it is in the error queue too, and not about this one.
        }

        try
        {
            return SendOnce(packet);
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(CommunicationFailure.Network, exception.Message, exception);
        }
    }

    /// <summary>Waits until there is something to read, or <see cref="Wake"/> is called.</summary>
    public void Wait()
    {
        Span<int> slots = stackalloc int[1];
        _readiness.Wait(-1, slots);
    }

    /// <summary>Ends the wait of another thread.</summary>
    public void Wake() => _readiness.Wake();

    /// <summary>Takes a message that came.</summary>
    /// <param name="message">The message.</param>
    /// <returns>False where there is none.</returns>
    public bool TryReceive(out IcmpMessage message)
    {
        message = default;
        while (TryRead(0, out int length))
        {
            long arrivalNs = FindArrivalNs();
            if (!PathAddress.TryRead(NameOf(_header), out PathKey from))
            {
                continue;
            }

            ReadOnlySpan<byte> bytes = _bytes.Bytes.AsSpan(0, length);
            int? timeToLive = FindTimeToLive();
            if (IsRaw && !_isIPv6)
            {
                if (!IPv4Packet.TryRead(bytes, out bytes, out byte left))
                {
                    continue;
                }

                timeToLive = left;
            }

            message = new IcmpMessage(bytes.ToArray(), PathAddress.ToEndPoint(from).Address, timeToLive, arrivalNs);
            return true;
        }

        return false;
    }

    /// <summary>Takes an error about a message that was sent.</summary>
    /// <param name="report">The error.</param>
    /// <returns>False where there is none.</returns>
    public bool TryReceiveReport(out IcmpReport report)
    {
        report = default;
        while (TryRead(ErrorQueue, out int length))
        {
            if (FindControl(_isIPv6 ? LevelIPv6 : LevelIP, _isIPv6 ? IPv6ReceiveError : IPReceiveError, ErrorBytes) is not { } error)
            {
                continue;
            }

            byte[] control = _header.Bytes;
            bool isTold = PathAddress.TryRead(control.AsSpan(error + ErrorBytes, NameBytes), out PathKey teller)
                && control[error + OriginAt] != OriginLocal;
            report = new IcmpReport(
                _bytes.Bytes.AsSpan(0, length).ToArray(),
                isTold ? PathAddress.ToEndPoint(teller).Address : null,
                control[error + TypeAt],
                control[error + CodeAt],
                Marshal.GetPInvokeErrorMessage(BitConverter.ToInt32(control, error)));
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _readiness.Dispose();
    }

    /// <summary>Opens the socket that this user may have.</summary>
    /// <param name="open">Opens one of a type.</param>
    internal static Socket OpenEither(Func<SocketType, Socket> open)
    {
        try
        {
            return open(SocketType.Dgram);
        }
        catch (SocketException exception) when (exception.SocketErrorCode
            is SocketError.AccessDenied or SocketError.ProtocolNotSupported or SocketError.SocketNotSupported)
        {
            // Not for this user; perhaps the whole of ICMP is.
        }

        try
        {
            return open(SocketType.Raw);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new UnauthorizedAccessException(
                "this user may send no ICMP: net.ipv4.ping_group_range has none of its groups, and a raw socket needs CAP_NET_RAW. "
                + "'sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"' allows it to everybody; "
                + "aldis ping tcp://HOST:PORT needs neither.",
                exception);
        }
    }

    private static ushort BindTo(Socket socket)
    {
        // The system gives a datagram socket its identifier as it would give it a port.
        socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
        return (ushort)((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static byte[] AddressesTo(IPAddress target)
    {
        // A datagram socket that is connected knows from which address it would send; nothing is sent.
        using var probe = new Socket(target.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        probe.Connect(target, 9);
        return [.. ((IPEndPoint)probe.LocalEndPoint!).Address.GetAddressBytes(), .. target.GetAddressBytes()];
    }

    private static Span<byte> NameOf(PinnedBuffer header) => header.Bytes.AsSpan(HeaderBytes + VectorBytes, NameBytes);

    private void SetUp()
    {
        Set(_isIPv6 ? LevelIPv6 : LevelIP, _isIPv6 ? IPv6ReceiveError : IPReceiveError, BitConverter.GetBytes(1));
        Set(_isIPv6 ? LevelIPv6 : LevelIP, _isIPv6 ? IPv6ReceiveHopLimit : IPReceiveTimeToLive, BitConverter.GetBytes(1));
        Set(LevelSocket, ReceiveTimestamp, BitConverter.GetBytes(1));
        if (!IsRaw)
        {
            return;
        }

        // A set bit keeps a type out: all but the replies, whatever else the machine is told.
        byte[] filter = new byte[_isIPv6 ? 32 : sizeof(uint)];
        Array.Fill(filter, byte.MaxValue);
        int reply = IcmpEcho.ReplyType(_isIPv6);
        int word = reply / 32 * sizeof(uint);
        BitConverter.TryWriteBytes(filter.AsSpan(word), ~(1u << (reply % 32)));
        Set(_isIPv6 ? LevelIcmpV6 : LevelRaw, IcmpFilter, filter);
    }

    private void Set(int level, int name, byte[] value) => _socket.SetRawSocketOption(level, name, value);

    private long SendOnce(ReadOnlySpan<byte> packet)
    {
        long nowNs = MonotonicClock.NowNs;
        _socket.SendTo(packet, SocketFlags.None, _target);
        return nowNs;
    }

    /// <summary>
    /// When the message came to the system, which says so by the wall clock: what this process waited for its turn is no part of a round
    /// trip.
    /// </summary>
    private long FindArrivalNs()
    {
        // The wall clock first: what lies between the two counts for the round trip, not against it.
        TimeSpan now = DateTime.UtcNow - DateTime.UnixEpoch;
        long nowNs = MonotonicClock.NowNs;
        if (FindControl(LevelSocket, ReceiveTimestamp, 2 * sizeof(long)) is not { } at)
        {
            return nowNs;
        }

        long ticks = (_header.GetInt64(at) * TimeSpan.TicksPerSecond) + (_header.GetInt64(at + sizeof(long)) / TimeSpan.NanosecondsPerTick);
        TimeSpan waited = now - TimeSpan.FromTicks(ticks);
        return waited > TimeSpan.Zero && waited < LongestWait ? nowNs - (long)waited.TotalNanoseconds : nowNs;
    }

    private bool TryRead(int flags, out int length)
    {
        const int Vector = HeaderBytes;
        _header.Bytes.AsSpan(Vector + VectorBytes).Clear();
        LayOut(_header, 0, Vector, _bytes.AddressOf(0), MostBytes);
        _header.Put(NameLengthAt, NameBytes);
        _header.Put(ControlLengthAt, (long)ControlBytes);

        // Anything but "nothing there" is an error about an earlier message, told here and in the error queue, gone with the call.
        length = -1;
        for (int attempt = 0; attempt < MostAttempts && length < 0; attempt++)
        {
            length = (int)ReceiveNative(_socket.SafeHandle, _header.AddressOf(0), DoNotWait | flags);
            if (length < 0 && Marshal.GetLastPInvokeError() == ErrorAgain)
            {
                return false;
            }
        }

        return length >= 0;
    }

    private int? FindTimeToLive()
    {
        int? at = FindControl(_isIPv6 ? LevelIPv6 : LevelIP, _isIPv6 ? IPv6HopLimit : IPTimeToLive, sizeof(int));
        return at is { } found ? _header.GetInt32(found) : null;
    }

    /// <summary>Where the data of a control message begin; null where there is none of that kind.</summary>
    private int? FindControl(int level, int type, int leastBytes)
    {
        int at = HeaderBytes + VectorBytes + NameBytes;
        int end = at + (int)Math.Min(_header.GetInt64(ControlLengthAt), ControlBytes);
        while (TryNextControl(_header, ref at, end, out ControlMessage found))
        {
            if (found.Level == level && found.Type == type && found.DataBytes >= leastBytes)
            {
                return found.DataAt;
            }
        }

        return null;
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReceiveNative(SafeHandle socket, nint message, int flags);
}
