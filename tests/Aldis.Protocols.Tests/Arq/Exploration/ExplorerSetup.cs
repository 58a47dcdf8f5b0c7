using Aldis.Protocols.Arq;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>What the explorer walks through.</summary>
internal sealed record ExplorerSetup(ConnectionOptions Options)
{
    /// <summary>Datagrams that one direction of a <see cref="ExplorerNetwork.Counted"/> network holds.</summary>
    public const int BagLimit = 4;

    public ExplorerNetwork Network { get; init; }

    /// <summary>Whether each frame is written, and each stream ended, at any time; else the client writes and ends at once, and the server
    /// ends its stream when it has read the client's end.</summary>
    public bool WritesAtAnyTime { get; init; }

    /// <summary>Frames that the client sends.</summary>
    public int Frames { get; init; } = ExplorerModel.Frames;

    /// <summary>Whether the walk begins with the opening; null begins behind it.</summary>
    public OpeningSetup? Opening { get; init; }

    public Func<ArqEndpoint, EndpointSeam>? BreakClient { get; init; }

    public Func<ArqEndpoint, EndpointSeam>? BreakServer { get; init; }

    /// <summary>A strategy with a window, as in the laboratory, on frames of a few bytes.</summary>
    public static ExplorerSetup Of(ArqMode mode, int window) => new(new ConnectionOptions
    {
        Mode = mode,
        FrameSize = ExplorerModel.FrameBytes,
        WindowFrames = window,
        Congestion = CongestionProfile.Lab,
        PeerCongestion = CongestionProfile.Lab,
        MtuProbing = false,
        MaxAckDelayNs = 0,
        AckEvery = 1,
        Retransmission = RetransmissionPolicy.Auto,
        SendBufferBytes = 4096,
        InitialWindowBytes = 16 << 10,
        MaxWindowBytes = 16 << 10,
    });
}
