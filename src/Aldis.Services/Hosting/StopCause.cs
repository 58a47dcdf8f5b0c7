namespace Aldis.Services.Hosting;

/// <summary>Why a handler is asked to end its connection.</summary>
internal enum StopCause
{
    /// <summary>It is not asked to.</summary>
    None,

    /// <summary>The server stops: finish what is in flight, take nothing new.</summary>
    Draining,

    /// <summary>No byte moved for <see cref="ConnectionLimits.IdleTimeout"/>.</summary>
    Idle,

    /// <summary>A header or preface was begun and not finished within <see cref="ConnectionLimits.UnitTimeout"/>.</summary>
    UnitIncomplete,

    /// <summary>What let the client in counts no longer: finish what is in flight, take nothing new.</summary>
    Revoked,

    /// <summary>Somebody ended it at the dashboard: finish what is in flight, take nothing new.</summary>
    Disconnected,
}
