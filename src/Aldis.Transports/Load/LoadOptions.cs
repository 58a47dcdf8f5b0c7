using Aldis.Protocols.Load;
using Aldis.Transports.Addresses;
using Aldis.Transports.Dialing;

namespace Aldis.Transports.Load;

/// <summary>A load that is to be put on a server.</summary>
internal sealed record LoadOptions
{
    /// <summary>The server.</summary>
    public required EndpointAddress Address { get; init; }

    /// <summary>What is said, and what answers it.</summary>
    public required LoadForm Form { get; init; }

    /// <summary>Connections at once, at least 1.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Requests a second of all connections together; null for a closed loop.</summary>
    public double? Rate { get; init; }

    /// <summary>Requests under way on each connection at once, at least 1.</summary>
    public int Window { get; init; } = 1;

    /// <summary>How long is measured.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the opening of connections is spread out; what is answered meanwhile does not count.</summary>
    public TimeSpan Ramp { get; init; }

    /// <summary>How long is sent before it is measured: what is sent then does not count, and programs that compile while they run have
    /// done it.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>How long a connection, and each answer, may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Threads that send and receive, where sockets are driven by readiness; at least 1.</summary>
    public int Threads { get; init; } = Math.Max(1, System.Environment.ProcessorCount / 2);

    /// <summary>Whether to do without what only Linux has.</summary>
    public bool IsPortable { get; init; } = !OperatingSystem.IsLinux();

    /// <summary>What tells the time of day; what is measured goes by a clock that nobody sets.</summary>
    public TimeProvider WallClock { get; init; } = TimeProvider.System;

    /// <summary>How connections are opened.</summary>
    internal DialOptions Dialing => new() { ConnectTimeout = Timeout };
}
