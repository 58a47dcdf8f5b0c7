using System.Net;
using System.Threading.Channels;
using Aldis.Protocols.Arq;
using Aldis.Transports.Budgets;
using Aldis.Transports.Datagrams;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Aldis.Transports.Arq;

/// <summary>One bound UDP address and the thread that serves all connections of it.</summary>
internal sealed class ArqListener : IConnectionListener
{
    private readonly Channel<ArqTransportConnection> _accepted =
        Channel.CreateUnbounded<ArqTransportConnection>(new UnboundedChannelOptions { SingleReader = true });

    private readonly DatagramLoop _loop;
    private readonly ArqDriver _driver;
    private readonly ILogger _logger;
    private readonly ReceiveGovernor _governor;
    private int _isDisposed;

    /// <summary>Begins to listen.</summary>
    /// <param name="channel">The bound socket; the caller's where this constructor throws.</param>
    /// <param name="granted">What the engine allows.</param>
    /// <param name="secret">The engine's secret.</param>
    /// <param name="options">How connections are served.</param>
    /// <param name="governor">Has the driver's unused memory given back.</param>
    /// <param name="logger">Is told what the system lacks, of defects, and at the end what was counted.</param>
    public ArqListener(
        DatagramChannel channel,
        EndpointOptions granted,
        ReadOnlySpan<byte> secret,
        ArqHostingOptions options,
        ReceiveGovernor governor,
        ILogger logger)
    {
        _governor = governor;
        EndPoint = new ArqEndPoint(channel.LocalEndPoint, granted.Accept);
        _logger = logger;
        _loop = new DatagramLoop($"aldis arq {channel.LocalEndPoint.Port}", options.IsPortable);
        try
        {
            _driver = new ArqDriver(
                _loop,
                channel,
                granted,
                secret,
                options.Trace,
                options.PreferInlineScheduling,
                connection => _accepted.Writer.TryWrite(connection),
                exception =>
                {
                    TransportLog.DatagramDefect(logger, EndPoint, exception);
                    _accepted.Writer.TryComplete(DatagramDriver.Describe(exception));
                });
        }
        catch
        {
            _loop.Dispose();
            throw;
        }

        governor.Watch(_driver);
        if (channel.Lacks is string lacks)
        {
            TransportLog.DatagramFallback(logger, EndPoint, lacks);
        }
    }

    /// <inheritdoc/>
    public EndPoint EndPoint { get; }

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (_accepted.Reader.TryRead(out ArqTransportConnection? connection))
            {
                return connection;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _driver.StopAccepting();
        _accepted.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await UnbindAsync(CancellationToken.None).ConfigureAwait(false);
        _governor.Forget(_driver);
        _driver.Close();
        if (_driver.Statistics is { } counted)
        {
            TransportLog.DatagramsClosed(_logger, EndPoint, counted);
        }

        _loop.Dispose();
    }
}
