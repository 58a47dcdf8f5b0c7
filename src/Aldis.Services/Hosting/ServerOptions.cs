using Aldis.Services.Events;

namespace Aldis.Services.Hosting;

/// <summary>How a <see cref="ConversationServer"/> behaves; the defaults protect.</summary>
public sealed record ServerOptions
{
    /// <summary>Bounds on connections and their time.</summary>
    public ConnectionLimits Limits { get; init; } = ConnectionLimits.Default;

    /// <summary>Who is told what happens.</summary>
    public IServiceEvents Events { get; init; } = NoServiceEvents.Instance;

    /// <summary>The clock of the deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
