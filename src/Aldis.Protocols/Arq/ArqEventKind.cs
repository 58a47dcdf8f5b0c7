namespace Aldis.Protocols.Arq;

/// <summary>What an endpoint tells the driver about a connection.</summary>
internal enum ArqEventKind : byte
{
    /// <summary>A connection of ours reached the server: its first packet arrived.</summary>
    Connected = 0,

    /// <summary>A client connected to us; the event carries the new connection.</summary>
    Accepted = 1,

    /// <summary>Bytes or the end of the stream can be read.</summary>
    Readable = 2,

    /// <summary>There is room again after a <see cref="ArqConnection.Write"/> that took less than it was given.</summary>
    Writable = 3,

    /// <summary>Both directions ended in order. The connection is no longer part of the endpoint.</summary>
    Closed = 4,

    /// <summary>The connection ended by an error, whose code the event carries. It is no longer part of the endpoint.</summary>
    Reset = 5,

    /// <summary>Everything written was acknowledged after <see cref="ArqConnection.Finish"/>: our direction ended.</summary>
    Finished = 6,
}
