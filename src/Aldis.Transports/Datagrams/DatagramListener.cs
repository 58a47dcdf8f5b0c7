using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;

namespace Aldis.Transports.Datagrams;

/// <summary>
/// A bound UDP socket that serves one engine on a thread of its own. A failed send concerns that datagram only (UDP promises no
/// delivery, RFC 768).
/// </summary>
internal sealed class DatagramListener : IDatagramListener, IDatagramOwner
{
    private readonly DatagramLoop _loop;
    private readonly DatagramDriver _driver;
    private readonly Action? _tell;
    private readonly Action<Exception>? _fault;
    private int _isDisposed;

    private DatagramListener(DatagramChannel channel, IDatagramEngine engine, Action? tell, Action<Exception>? fault)
    {
        _tell = tell;
        _fault = fault;
        EndPoint = channel.LocalEndPoint;
        _loop = new DatagramLoop($"aldis udp {EndPoint.Port}");
        _driver = new DatagramDriver(_loop, channel, engine, this, answersItself: true);
    }

    /// <summary>Where it is bound.</summary>
    public IPEndPoint EndPoint { get; }

    EndPoint IDatagramListener.EndPoint => EndPoint;

    /// <summary>Binds a socket; nothing is received before <see cref="Start"/>.</summary>
    /// <param name="endPoint">Where to.</param>
    /// <param name="engine">Makes the engine, given where the socket is bound.</param>
    /// <param name="tell">Called whenever the engine has run, never twice at once and never while it runs: takes what it has to tell
    /// beside datagrams. Must be quick. Nobody if left out.</param>
    /// <param name="fault">Is told of a defect that ended the listener. Nobody if left out.</param>
    /// <returns>The bound listener.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public static DatagramListener Bind(
        IPEndPoint endPoint, Func<IPEndPoint, IDatagramEngine> engine, Action? tell = null, Action<Exception>? fault = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(engine);
        DatagramChannel channel;
        try
        {
            channel = DatagramChannel.Bind(endPoint, mayFragment: true);
        }
        catch (SocketException exception)
        {
            throw ListenFailure.Describe(endPoint, exception);
        }

        try
        {
            return new DatagramListener(channel, engine(channel.LocalEndPoint), tell, fault);
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    /// <summary>Begins to receive.</summary>
    /// <exception cref="IOException">The operating system does not watch the socket.</exception>
    public void Start() => _driver.Start();

    /// <summary>Stops receiving, sends what the engine has to send, and closes the socket.</summary>
    /// <returns>A task that ends when the thread has.</returns>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _driver.Close();
            _loop.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    bool IDatagramOwner.TryTell()
    {
        _tell?.Invoke();
        return false;
    }

    void IDatagramOwner.OnDefect(Exception defect)
    {
        // The listener has nobody who waits for the engine.
    }

    void IDatagramOwner.OnFault(Exception defect) => _fault?.Invoke(defect);
}
