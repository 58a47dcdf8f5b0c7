namespace Aldis.Protocols.Impairment;

/// <summary>What a link did to one datagram or one copy of it.</summary>
internal enum LinkFault : byte
{
    /// <summary>Nothing: it arrives as it was sent.</summary>
    None = 0,

    /// <summary>Lost at random, alone or in a burst.</summary>
    RandomLoss,

    /// <summary>Dropped because the queue was full.</summary>
    QueueFull,

    /// <summary>Swallowed by a blackhole window.</summary>
    Blackhole,

    /// <summary>Longer than the link carries.</summary>
    TooLong,

    /// <summary>Named in <see cref="LinkOptions.DroppedDatagrams"/>.</summary>
    Scripted,

    /// <summary>Bits flipped.</summary>
    BitFlip,

    /// <summary>Cut short.</summary>
    Truncation,

    /// <summary>Swallowed because the cable is pulled.</summary>
    Cut,

    /// <summary>A new connection was refused.</summary>
    Refused,

    /// <summary>A new connection waited before the target heard of it.</summary>
    SlowOpen,

    /// <summary>Nothing more passes on a stream.</summary>
    Stall,

    /// <summary>A stream was ended in one direction.</summary>
    HalfClose,

    /// <summary>A stream was ended in both directions.</summary>
    Close,

    /// <summary>A stream was reset.</summary>
    Reset,
}
