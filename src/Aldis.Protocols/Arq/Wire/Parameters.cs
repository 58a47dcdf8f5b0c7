using System.Buffers.Binary;
using Aldis.Protocols.Datagrams;

namespace Aldis.Protocols.Arq.Wire;

/// <summary>What both sides of a connection agree on: 32 bytes of SYN, SYNACK and CONFIRM (docs/arq.md, "PARAMS").</summary>
internal readonly record struct Parameters(
    ArqMode Mode,
    int MaxDatagramSize,
    int WindowFrames,
    long InitialLimit,
    long IdleTimeoutMs,
    int MaxAckDelayTensOfUs,
    int AckEvery,
    int FrameSize,
    bool FrameYields,
    CongestionProfile ServerProfile)
{
    private const byte HasFixedFrames = 1 << 0;
    private const byte YieldsFrame = 1 << 1;
    private const int FrameSizeLimit = DatagramLimits.MaxPayload - PacketLayout.DataHeaderLength;
    private const int DefaultFixedFrame = 1_024;
    private const long NsPerMs = 1_000_000;
    private const long NsPerTenUs = 10_000;

    /// <summary>What a client asks for.</summary>
    public static Parameters From(ConnectionOptions options)
    {
        int datagram = Math.Clamp(options.MaxDatagramSize, PacketLayout.MinSynLength, DatagramLimits.MaxPayload);
        bool isUnnamed = options.FrameSize == 0 && options.Mode != ArqMode.SelectiveRepeat;
        int frame = isUnnamed ? DefaultFixedFrame : options.FrameSize;
        return new Parameters(
            options.Mode,
            datagram,
            options.Mode == ArqMode.StopAndWait ? 1 : Math.Clamp(options.WindowFrames, 1, ConnectionOptions.LargestWindowFrames),
            Math.Clamp(options.InitialWindowBytes, 1 << 14, StreamLimits.MaxWindowBytes),
            Math.Clamp(options.IdleTimeoutNs / NsPerMs, 1, uint.MaxValue),
            (int)Math.Clamp(options.MaxAckDelayNs / NsPerTenUs, 0, ushort.MaxValue),
            Math.Clamp(options.AckEvery, 1, 64),
            Math.Clamp(frame, 0, Math.Min(FrameSizeLimit, datagram - PacketLayout.DataHeaderLength)),
            isUnnamed || options.FrameSizeYields,
            options.PeerCongestion);
    }

    /// <summary>Reads 32 bytes. False if a value is outside what any version-1 peer may say.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out Parameters parsed)
    {
        parsed = new Parameters(
            (ArqMode)from[0],
            BinaryPrimitives.ReadUInt16LittleEndian(from[2..]),
            (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(from[4..]), int.MaxValue),
            (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(from[8..]), long.MaxValue),
            BinaryPrimitives.ReadUInt32LittleEndian(from[16..]),
            BinaryPrimitives.ReadUInt16LittleEndian(from[20..]),
            BinaryPrimitives.ReadUInt16LittleEndian(from[22..]),
            (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(from[24..]), int.MaxValue),
            (from[1] & YieldsFrame) != 0,
            (CongestionProfile)from[28]);
        return parsed.Mode <= ArqMode.StopAndWait
            && parsed.MaxDatagramSize is >= PacketLayout.MinSynLength and <= DatagramLimits.MaxPayload
            && parsed.WindowFrames is >= 1 and <= ConnectionOptions.LargestWindowFrames
            && parsed.InitialLimit is >= 1 and <= StreamLimits.MaxWindowBytes
            && parsed.IdleTimeoutMs >= 1
            && parsed.AckEvery is >= 1 and <= 64
            && parsed.FrameSize <= FrameSizeLimit
            && parsed.FrameSize <= parsed.MaxDatagramSize - PacketLayout.DataHeaderLength
            && (parsed.FrameSize > 0 || parsed.Mode == ArqMode.SelectiveRepeat)
            && parsed.ServerProfile <= CongestionProfile.Lab;
    }

    /// <summary>Writes 32 bytes.</summary>
    public void Write(Span<byte> to)
    {
        to[..PacketLayout.ParametersLength].Clear();
        to[0] = (byte)Mode;
        to[1] = (byte)((FrameSize > 0 ? HasFixedFrames : 0) | (FrameYields ? YieldsFrame : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(to[2..], (ushort)MaxDatagramSize);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], (uint)WindowFrames);
        BinaryPrimitives.WriteUInt64LittleEndian(to[8..], (ulong)InitialLimit);
        BinaryPrimitives.WriteUInt32LittleEndian(to[16..], (uint)IdleTimeoutMs);
        BinaryPrimitives.WriteUInt16LittleEndian(to[20..], (ushort)MaxAckDelayTensOfUs);
        BinaryPrimitives.WriteUInt16LittleEndian(to[22..], (ushort)AckEvery);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], (uint)FrameSize);
        to[28] = (byte)ServerProfile;
    }

    /// <summary>What a server grants of what a client asks: the smaller of both; the client's mode and frame size, if the datagrams
    /// can hold the frame. A frame the client did not choose yields to the server's, and to what the datagrams hold.</summary>
    /// <returns>False if the request cannot be met.</returns>
    public static bool TryGrant(in Parameters asked, ConnectionOptions own, bool clientChoosesProfile, out Parameters granted)
    {
        int datagram = Math.Min(asked.MaxDatagramSize,
            Math.Clamp(own.MaxDatagramSize, PacketLayout.MinSynLength, DatagramLimits.MaxPayload));
        int room = datagram - PacketLayout.DataHeaderLength;
        bool isChosen = asked.FrameSize > 0 && !asked.FrameYields;
        granted = asked with
        {
            MaxDatagramSize = datagram,
            WindowFrames = Math.Min(asked.WindowFrames, own.WindowFrames),
            InitialLimit = Math.Min(asked.InitialLimit, Math.Max(1 << 14, own.InitialWindowBytes)),
            IdleTimeoutMs = Math.Min(asked.IdleTimeoutMs, Math.Max(1, own.IdleTimeoutNs / NsPerMs)),
            MaxAckDelayTensOfUs = (int)Math.Min(asked.MaxAckDelayTensOfUs, own.MaxAckDelayNs / NsPerTenUs),
            AckEvery = Math.Min(asked.AckEvery, Math.Clamp(own.AckEvery, 1, 64)),
            FrameSize = isChosen ? asked.FrameSize : own.FrameSize > 0 ? own.FrameSize : Math.Min(asked.FrameSize, room),
            FrameYields = false,
            ServerProfile = clientChoosesProfile ? asked.ServerProfile : own.Congestion,
        };
        return granted.FrameSize <= room
            && (own.FrameSize == 0 || own.FrameSize == granted.FrameSize);
    }

    /// <summary>Whether a server's answer stays within what was asked.</summary>
    public bool IsWithin(in Parameters asked)
        => Mode == asked.Mode
        && MaxDatagramSize <= asked.MaxDatagramSize
        && WindowFrames <= asked.WindowFrames
        && InitialLimit <= asked.InitialLimit
        && IdleTimeoutMs <= asked.IdleTimeoutMs
        && MaxAckDelayTensOfUs <= asked.MaxAckDelayTensOfUs
        && AckEvery <= asked.AckEvery
        && (asked.FrameSize == 0 || asked.FrameYields || FrameSize == asked.FrameSize);

    /// <summary>One's own options with what was agreed put in.</summary>
    public ConnectionOptions ApplyTo(ConnectionOptions own, bool isServer) => own with
    {
        Mode = Mode,
        MaxDatagramSize = MaxDatagramSize,
        WindowFrames = WindowFrames,
        InitialWindowBytes = InitialLimit,
        IdleTimeoutNs = IdleTimeoutMs * NsPerMs,
        MaxAckDelayNs = MaxAckDelayTensOfUs * NsPerTenUs,
        AckEvery = AckEvery,
        FrameSize = FrameSize,
        Congestion = isServer ? ServerProfile : own.Congestion,
        PeerCongestion = isServer ? own.PeerCongestion : ServerProfile,
    };
}
