namespace Aldis.Lab.Ladder;

/// <summary>Where the events of a ladder come from.</summary>
internal enum LadderView : byte
{
    /// <summary>Both sides and both directions of the link, as in the laboratory. Every datagram is a send of its own.</summary>
    Everything = 0,

    /// <summary>The client alone, as on a real network.</summary>
    Client = 1,

    /// <summary>The server alone, as on a real network.</summary>
    Server = 2,
}
