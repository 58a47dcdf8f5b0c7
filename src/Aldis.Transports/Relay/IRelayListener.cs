using System.Net;

namespace Aldis.Transports.Relay;

/// <summary>One place where a relay listens.</summary>
internal interface IRelayListener : IAsyncDisposable
{
    /// <summary>Where it is bound.</summary>
    EndPoint EndPoint { get; }

    /// <summary>Clients, or connections, that came so far.</summary>
    long ClientCount { get; }

    /// <summary>Clients, or connections, that are there.</summary>
    long OpenCount { get; }

    /// <summary>Begins to serve.</summary>
    void Start();

    /// <summary>Does to those who are there what the faults say now.</summary>
    void OnChanged();
}
