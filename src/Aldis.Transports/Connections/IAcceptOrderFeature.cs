namespace Aldis.Transports.Connections;

/// <summary>A feature of connections that says which of two was accepted first, whoever comes to serve them first.</summary>
internal interface IAcceptOrderFeature
{
    /// <summary>Higher than that of every connection of this process that was accepted or dialled before.</summary>
    long AcceptOrder { get; }
}
