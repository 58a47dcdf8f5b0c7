namespace Aldis.Lab.Peers;

/// <summary>How far a run with somebody's program has come.</summary>
internal enum PeerOutcome
{
    /// <summary>Nothing of the program was heard yet.</summary>
    Waiting,

    /// <summary>It goes on.</summary>
    Running,

    /// <summary>Everything is acknowledged.</summary>
    Finished,

    /// <summary>The program fell silent before.</summary>
    Silent,

    /// <summary>Nothing new arrived for too long.</summary>
    NoProgress,

    /// <summary>The program sent more datagrams than anybody needs.</summary>
    TooMany,
}
