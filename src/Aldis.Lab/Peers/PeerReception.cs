namespace Aldis.Lab.Peers;

/// <summary>What a receiver does with a frame.</summary>
internal enum PeerReception
{
    /// <summary>The one it expects; taken, with those behind it that it had kept.</summary>
    InOrder,

    /// <summary>Ahead of a gap, and kept.</summary>
    KeptAhead,

    /// <summary>Already there.</summary>
    Duplicate,

    /// <summary>Ahead of a gap, and dropped.</summary>
    OutOfOrder,
}
