namespace Aldis.Transports.Connections;

/// <summary>A feature of connections whose transport knows why they ended.</summary>
internal interface IConnectionEndFeature
{
    /// <summary>Why the connection broke, as a clause about the peer, for example <c>silent for 60 s</c>; null while it has not, and where
    /// an exception says it as well.</summary>
    string? EndReason { get; }
}
