namespace Aldis.Protocols.Tracing;

/// <summary>Where an event happened.</summary>
internal enum TraceSide : byte
{
    /// <summary>At the end that opened the connection.</summary>
    Client = 0,

    /// <summary>At the end that accepted it.</summary>
    Server = 1,

    /// <summary>On the link from client to server.</summary>
    LinkToServer = 2,

    /// <summary>On the link from server to client.</summary>
    LinkToClient = 3,
}
