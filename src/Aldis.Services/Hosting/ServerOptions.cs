using Aldis.Protocols.Tracing;
using Aldis.Services.Events;
using Aldis.Transports.Sockets;

namespace Aldis.Services.Hosting;

/// <summary>How a <see cref="ConversationServer"/> behaves; the defaults protect.</summary>
public sealed record ServerOptions
{
    /// <summary>Bounds on connections and their time.</summary>
    public ConnectionLimits Limits { get; init; } = ConnectionLimits.Default;

    /// <summary>Who is told what happens.</summary>
    public IServiceEvents Events { get; init; } = NoServiceEvents.Instance;

    /// <summary>
    /// At least 16 bytes nobody else knows, for listeners at <c>arq</c> addresses: a server restarted with the same ones can tell the peers of
    /// its predecessor that their connections are gone. Empty (the default) makes new ones at each start.
    /// </summary>
    public ReadOnlyMemory<byte> ArqSecret { get; init; }

    /// <summary>The clock of the deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many descriptors the process may open.</summary>
    internal int MaxDescriptors { get; init; } = DescriptorLimit.Read();

    /// <summary>Is told every frame of the connections of <c>arq</c> listeners; what it throws is a defect there. For tests.</summary>
    internal ITraceSink? ArqTrace { get; init; }
}
