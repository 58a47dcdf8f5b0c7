using System.Net;
using Aldis.Protocols.Tracing;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Dialing;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>
/// Asks a server by connecting to it: what is measured is the time until the connection is there, which over TCP is one round trip (SYN,
/// SYN-ACK), over TLS one or two more. Nothing is said over it, so any server will do.
/// </summary>
internal sealed class ConnectionPinger : IPinger
{
    /// <summary>Attempts that may be under way: a silent server must not cost every descriptor there is.</summary>
    private const int MostAttempts = 64;

    private readonly EndpointAddress _address;
    private readonly DialOptions _options;
    private readonly string _server;
    private readonly Func<PingOutcome, ValueTask> _take;
    private readonly SemaphoreSlim _places = new(MostAttempts);
    private readonly CancellationTokenSource _closed = new();

    private ConnectionPinger(EndpointAddress address, DialOptions options, IPAddress? server, Func<PingOutcome, ValueTask> take)
    {
        _address = address;
        _options = options;
        _take = take;
        _server = server is null ? address.ToString() : new IPEndPoint(server, address.Port!.Value).ToString();
        NumberName = EndpointAddress.SchemeName(address.Scheme) + "_seq";
        Description = server is null ? ": the time to connect" : $" ({server}): the time to connect";
    }

    /// <inheritdoc/>
    public string NumberName { get; }

    /// <inheritdoc/>
    public string Description { get; }

    /// <summary>
    /// Connects once, which is no part of the measurement: it finds out which address to ask, where there are several, and what is done for
    /// the first time takes longer in this process.
    /// </summary>
    /// <param name="address">The server.</param>
    /// <param name="found">The addresses of its host; empty for a Unix socket.</param>
    /// <param name="settings">How it is asked.</param>
    /// <param name="trace">Is told every frame, over <c>arq</c>; null for none.</param>
    /// <param name="take">Takes what became of requests.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    public static async Task<ConnectionPinger> OpenAsync(
        EndpointAddress address,
        IPAddress[] found,
        PingSettings settings,
        ITraceSink? trace,
        Func<PingOutcome, ValueTask> take,
        CancellationToken cancellationToken)
    {
        var options = new DialOptions { ConnectTimeout = settings.Timeout, Resolve = (_, _) => Task.FromResult(found) };
        IPAddress? server = found.FirstOrDefault();
        try
        {
            await using ClientConnection first = await Dialer.ConnectAsync(address, options, cancellationToken);
            server = (first.RemoteEndPoint as IPEndPoint)?.Address ?? server;
        }
        catch (CommunicationException)
        {
            // What is wrong the first request will tell.
        }

        IPAddress[] only = server is null ? [] : [server];
        return new ConnectionPinger(address, options with { Resolve = (_, _) => Task.FromResult(only), Trace = trace }, server, take);
    }

    /// <inheritdoc/>
    public async ValueTask<long> SendAsync(long number, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        long nowNs = MonotonicClock.NowNs;
        _ = AskAsync(number);
        return nowNs;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        for (int place = 0; place < MostAttempts; place++)
        {
            await _places.WaitAsync();
        }

        _places.Dispose();
        _closed.Dispose();
    }

    private async Task AskAsync(long number)
    {
        try
        {
            await using ClientConnection connection = await Dialer.ConnectAsync(_address, _options, _closed.Token);
            await _take(new PingOutcome(number, MonotonicClock.NowNs, _server));
        }
        catch (CommunicationException exception) when (exception.Failure != CommunicationFailure.Timeout)
        {
            await _take(new PingOutcome(number, MonotonicClock.NowNs, string.Empty)
            {
                Reason = exception.Message,
                Failure = exception.Failure,
            });
        }
        catch (Exception exception) when (exception is CommunicationException or OperationCanceledException)
        {
            // Silence: the time of the request is over, which its ping finds out by itself.
        }
        finally
        {
            _places.Release();
        }
    }
}
