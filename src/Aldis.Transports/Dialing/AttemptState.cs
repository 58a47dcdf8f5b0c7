namespace Aldis.Transports.Dialing;

/// <summary>How far the attempt to reach one address came.</summary>
internal enum AttemptState
{
    /// <summary>It was not begun before the race ended.</summary>
    NotBegun,

    /// <summary>It was begun and nothing was heard.</summary>
    Silent,

    /// <summary>It failed.</summary>
    Failed,
}
