using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Budgets;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Arq;

/// <summary>The connections of one UDP socket: they share its <see cref="DatagramDriver"/>, whose lock guards them and their engine.</summary>
internal sealed class ArqDriver : IDatagramOwner, ITrimmablePool
{
    private readonly DatagramDriver _datagrams;
    private readonly ArqEndpoint _endpoint;
    private readonly Action<ArqTransportConnection>? _accept;
    private readonly Action<Exception>? _fault;
    private readonly HashSet<ArqTransportConnection> _connections = [];

    /// <summary>Begins to drive.</summary>
    /// <param name="loop">The thread it is served by.</param>
    /// <param name="channel">The socket; closed by <see cref="Close"/> and by a defect, the caller's where this constructor throws.</param>
    /// <param name="options">What the engine allows.</param>
    /// <param name="secret">The engine's secret.</param>
    /// <param name="trace">Who is told every event, or null.</param>
    /// <param name="prefersInline">Whether the code of connections runs on the loop's thread.</param>
    /// <param name="accept">Takes each new connection of a listener; called under the driver's lock.</param>
    /// <param name="fault">Is told of a defect that ended the driver.</param>
    /// <exception cref="IOException">The operating system does not watch the socket.</exception>
    public ArqDriver(
        DatagramLoop loop,
        DatagramChannel channel,
        EndpointOptions options,
        ReadOnlySpan<byte> secret,
        ITraceSink? trace,
        bool prefersInline,
        Action<ArqTransportConnection>? accept,
        Action<Exception>? fault = null)
    {
        _accept = accept;
        _fault = fault;
        _endpoint = new ArqEndpoint(options, new CryptographicArqRandom(), secret, trace);
        _datagrams = new DatagramDriver(loop, channel, _endpoint, this, prefersInline);
        _datagrams.Start();
    }

    /// <summary>The socket.</summary>
    public DatagramChannel Channel => _datagrams.Channel;

    /// <summary>Connections that were not disposed.</summary>
    public int ConnectionCount => Do(_connections, static connections => connections.Count);

    /// <inheritdoc/>
    public long DroppedBytes => Do(_endpoint, static endpoint => endpoint.Chunks.DroppedBytes);

    /// <inheritdoc cref="DatagramDriver.HasFailed"/>
    public bool HasFailed => _datagrams.HasFailed;

    /// <inheritdoc cref="DatagramDriver.Do{TState, TResult}(TState, Func{TState, TResult})"/>
    public TResult Do<TState, TResult>(TState state, Func<TState, TResult> action) => _datagrams.Do(state, action);

    /// <inheritdoc cref="DatagramDriver.Do{TState}(TState, Action{TState})"/>
    public void Do<TState>(TState state, Action<TState> action) => _datagrams.Do(state, action);

    /// <inheritdoc cref="DatagramDriver.Resume"/>
    public void Resume(IResumable resumable) => _datagrams.Resume(resumable);

    /// <inheritdoc cref="DatagramDriver.Fail"/>
    public void Fail(Exception exception) => _datagrams.Fail(exception);

    /// <summary>Starts a connection.</summary>
    /// <param name="path">The server.</param>
    /// <param name="options">How it shall work.</param>
    /// <returns>The connection, not yet connected.</returns>
    public ArqTransportConnection Connect(in PathKey path, ConnectionOptions options) => Do(
        (Driver: this, Path: path, Options: options),
        static arguments => arguments.Driver.Add(
            arguments.Driver._endpoint.Connect(arguments.Path, arguments.Options, MonotonicClock.NowNs)));

    /// <summary>What the engine counted; null after a defect.</summary>
    public EndpointStats? Statistics => Do(this, static driver => driver.HasFailed ? (EndpointStats?)null : driver._endpoint.Stats);

    /// <inheritdoc/>
    public void Trim() => Do(_endpoint, static endpoint => endpoint.Chunks.Trim());

    /// <summary>Takes no further clients.</summary>
    public void StopAccepting() => Do(_endpoint, static endpoint => endpoint.StopAccepting());

    /// <summary>Forgets a connection that is over and was disposed.</summary>
    /// <param name="connection">The connection.</param>
    public void Remove(ArqTransportConnection connection) => Do(connection, static connection =>
    {
        ArqDriver driver = connection.Driver;
        driver._connections.Remove(connection);
        if (!driver._datagrams.IsClosed)
        {
            connection.Engine.DiscardReceived();
        }
    });

    /// <summary>Gives every connection up, says once more what was said last, and closes the socket.</summary>
    public void Close()
    {
        foreach (ArqTransportConnection connection in Do(_connections, static connections => connections.ToArray()))
        {
            connection.Abort();
        }

        Do(this, static driver =>
        {
            if (!driver._datagrams.IsClosed)
            {
                driver._endpoint.RepeatLastAcknowledgements(MonotonicClock.NowNs);
            }
        });
        _datagrams.Close();
    }

    /// <inheritdoc/>
    public bool TryTell()
    {
        if (!_endpoint.TryGetEvent(out ArqEvent occurred))
        {
            return false;
        }

        if (occurred.Kind == ArqEventKind.Accepted)
        {
            Accept(occurred.Connection);
        }
        else if (occurred.Connection.Tag is ArqTransportConnection connection)
        {
            connection.On(occurred);
        }

        return true;
    }

    /// <inheritdoc/>
    public void OnDefect(Exception defect)
    {
        foreach (ArqTransportConnection connection in _connections)
        {
            connection.End(DatagramDriver.Describe(defect));
        }
    }

    /// <inheritdoc/>
    public void OnFault(Exception defect) => _fault?.Invoke(defect);

    private void Accept(ArqConnection engine)
    {
        try
        {
            _accept!(Add(engine));
        }
        catch (OutOfMemoryException)
        {
            engine.Abort(ArqCloseCode.Overloaded, MonotonicClock.NowNs);
        }
    }

    private ArqTransportConnection Add(ArqConnection engine)
    {
        var connection = new ArqTransportConnection(this, engine);
        engine.Tag = connection;
        _connections.Add(connection);
        return connection;
    }
}
