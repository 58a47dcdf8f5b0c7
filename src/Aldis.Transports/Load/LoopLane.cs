using System.Net.Sockets;
using Aldis.Protocols.Load;

namespace Aldis.Transports.Load;

/// <summary>One connection of a <see cref="LoadLoop"/>.</summary>
/// <param name="index">Its number among all connections of the load.</param>
/// <param name="lane">What it sends and when.</param>
internal sealed class LoopLane(int index, LoadLane lane)
{
    /// <summary>Its number among all connections of the load.</summary>
    public int Index { get; } = index;

    /// <summary>What it sends and when.</summary>
    public LoadLane Lane { get; } = lane;

    /// <summary>Its socket; null while there is none.</summary>
    public Socket? Socket { get; set; }

    /// <summary>Reads what comes; of the socket that is open.</summary>
    public ILoadReader? Reader { get; set; }

    /// <summary>Whether the socket is connected.</summary>
    public bool IsOpen { get; set; }

    /// <summary>Whether it was ready for requests, or has failed, for the first time.</summary>
    public bool IsTried { get; set; }

    /// <summary>When it began to connect or, open, to wait for what must be agreed.</summary>
    public long BeganAt { get; set; }

    /// <summary>When it is to be opened, the first time or again.</summary>
    public long OpenAt { get; set; }

    /// <summary>Times it failed one after the other.</summary>
    public int Failures { get; set; }

    /// <summary>Counts its sockets, so that a late report about one is not taken for one about the next.</summary>
    public uint Generation { get; set; }

    /// <summary>The number of the request that was sent last.</summary>
    public long LastNumber { get; set; }

    /// <summary>What is still to be sent of a request.</summary>
    public byte[] Rest { get; set; } = [];

    /// <summary>Where in <see cref="Rest"/> to go on.</summary>
    public int RestOffset { get; set; }

    /// <summary>Begins to connect.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="reader">Reads what comes.</param>
    /// <param name="now">The time.</param>
    public void Begin(Socket socket, ILoadReader reader, long now)
    {
        Generation++;
        Socket = socket;
        Reader = reader;
        BeganAt = now;
        LastNumber = 0;
        Rest = [];
        RestOffset = 0;
    }
}
