using Aldis.Protocols.Load;

namespace Aldis.Transports.Load;

/// <summary>Opens the connections of a load, or of a part of it, and sends and receives on them until its time is over. It is
/// disposed of when <see cref="Completion"/> has ended.</summary>
internal interface ILoadDriver : IDisposable
{
    /// <summary>Its books; whole when <see cref="Completion"/> has ended, and of a moment ago before.</summary>
    LoadTally Tally { get; }

    /// <summary>Whether each connection was tried: it is open and requests may be sent, or it failed for the first time.</summary>
    bool IsTried { get; }

    /// <summary>Connections that are open.</summary>
    int OpenConnections { get; }

    /// <summary>Ends when the load is over and everything is closed.</summary>
    Task Completion { get; }

    /// <summary>Begins.</summary>
    void Start();
}
