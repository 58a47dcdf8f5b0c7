using System.Net.Sockets;

namespace Aldis.Transports.Datagrams;

/// <summary>How a loop waits for its sockets: by epoll where there is one (<see cref="EpollReadiness"/>), by what every system has
/// elsewhere (<see cref="SelectReadiness"/>).</summary>
internal interface IReadiness : IDisposable
{
    /// <summary>Begins to watch a socket until it is closed.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="slot">What a report about it says; not negative.</param>
    /// <exception cref="IOException">The operating system refused.</exception>
    void Add(Socket socket, int slot);

    /// <summary>Forgets a socket that is about to be closed.</summary>
    /// <param name="slot">Given to <see cref="Add"/> before.</param>
    void Remove(int slot);

    /// <summary>Waits until a socket can be read, <see cref="Wake"/> is called or time is over.</summary>
    /// <param name="timeoutNanoseconds">How long; 0 only looks; -1 waits as long as it takes.</param>
    /// <param name="slots">Who can be read.</param>
    /// <returns>How many of the slots are filled.</returns>
    int Wait(long timeoutNanoseconds, Span<int> slots);

    /// <summary>Ends the present wait, or the next one.</summary>
    void Wake();
}
