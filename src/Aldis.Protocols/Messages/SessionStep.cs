namespace Aldis.Protocols.Messages;

/// <summary>What a driver does after <see cref="MessageSession.Read"/>.</summary>
internal enum SessionStep
{
    /// <summary>All of it is understood: wait for more bytes.</summary>
    NeedMore,

    /// <summary>A unit was dealt with: read again, there may be more.</summary>
    Continue,

    /// <summary>A message is to be stored: append it, then say so with <see cref="MessageSession.HandleAppended"/> or
    /// <see cref="MessageSession.HandleRefused"/> before anything else is read.</summary>
    Append,

    /// <summary>The client is not answered yet: an older connection's messages are under way. Nothing was consumed; read again when
    /// <see cref="MessageSession.IsOpen"/>.</summary>
    Blocked,

    /// <summary>Nothing more is taken from this connection. Its last units are still to be sent.</summary>
    Closed,
}
