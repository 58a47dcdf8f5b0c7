using Aldis.Protocols.Load;
using Aldis.Transports.Dialing;

namespace Aldis.Transports.Load;

/// <summary>One connection of <see cref="LoadTasks"/>. All but the stream is guarded by the lock of those.</summary>
/// <param name="index">Its number among all connections.</param>
/// <param name="lane">What it sends and when.</param>
/// <param name="requestLength">Bytes of a request.</param>
internal sealed class TaskLane(int index, LoadLane lane, int requestLength)
{
    /// <summary>Its number among all connections.</summary>
    public int Index { get; } = index;

    /// <summary>What it sends and when.</summary>
    public LoadLane Lane { get; } = lane;

    /// <summary>Where its requests are made.</summary>
    public byte[] Request { get; } = new byte[requestLength];

    /// <summary>The connection; null while there is none.</summary>
    public ClientConnection? Connection { get; set; }

    /// <summary>Reads what comes over it.</summary>
    public ILoadReader? Reader { get; set; }

    /// <summary>When it was open.</summary>
    public long BeganAt { get; set; }

    /// <summary>Whether it was open, or failed, for the first time.</summary>
    public bool IsTried { get; set; }

    /// <summary>Whether somebody sends on it.</summary>
    public bool IsSending { get; set; }

    /// <summary>Why it was given up, where it was.</summary>
    public LoadFailure? GivenUp { get; set; }

    /// <summary>The number of the request that was sent last.</summary>
    public long LastNumber { get; set; }
}
