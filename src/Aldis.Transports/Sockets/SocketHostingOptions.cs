using System.Net;
using System.Net.Sockets;

namespace Aldis.Transports.Sockets;

/// <summary>How <see cref="SocketHosting.UseAldisSockets"/> listens.</summary>
internal sealed record SocketHostingOptions
{
    /// <summary>How many connections may wait to be accepted; the operating system may have a lower limit.</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>How many threads wait for sockets and run what their connections do; one for each processor by default.</summary>
    public int LoopCount { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// Is told of each connection that is turned away because the process has few descriptors left: where it came in, and the client's
    /// address where there is one. Nobody by default; then a warning is logged when that begins.
    /// </summary>
    public Action<EndPoint, EndPoint?>? Refused { get; init; }

    /// <summary>
    /// Is asked about each accepted connection, with the place it came in, before anything is made for it; null turns it away. Everybody is
    /// admitted by default. Connections that come faster than they are looked at would otherwise take descriptors that are not theirs.
    /// </summary>
    public Func<EndPoint, Socket, IConnectionPlace?>? Admit { get; init; }

    /// <summary>How many descriptors the process may open. Connections have their share, <see cref="DescriptorBudget"/>.</summary>
    internal int MaxDescriptors { get; init; } = DescriptorLimit.Read();
}
