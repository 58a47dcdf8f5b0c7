namespace Aldis.Transports.Sockets;

/// <summary>The place of a connection that was admitted. It is given back, by disposing it, when the connection's descriptor is free.</summary>
internal interface IConnectionPlace : IDisposable;
