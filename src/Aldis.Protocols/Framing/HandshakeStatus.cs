namespace Aldis.Protocols.Framing;

/// <summary>How far a <see cref="PrefaceReader"/> is.</summary>
internal enum HandshakeStatus
{
    /// <summary>More must arrive.</summary>
    NeedMore,

    /// <summary>The client said who it is; whether it may be that is to be decided.</summary>
    Claimed,

    /// <summary>The client is known by its id, and may take over what is kept under it.</summary>
    Accepted,

    /// <summary>The client is turned away with <see cref="PrefaceReader.Error"/>.</summary>
    Refused,
}
