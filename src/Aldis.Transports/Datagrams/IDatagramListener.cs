using System.Net;

namespace Aldis.Transports.Datagrams;

/// <summary>A bound socket of single datagrams that is served. Disposing stops it and closes the socket.</summary>
internal interface IDatagramListener : IAsyncDisposable
{
    /// <summary>Where it is bound.</summary>
    EndPoint EndPoint { get; }

    /// <summary>Begins to receive.</summary>
    /// <exception cref="IOException">The operating system does not watch the socket.</exception>
    void Start();
}
