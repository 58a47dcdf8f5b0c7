using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Load;
using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Dialing;

namespace Aldis.Transports.Load;

/// <summary>
/// Puts a load on a server and measures it. Whatever the server does, there is an outcome: what goes wrong is counted by kind, and a
/// connection that breaks is opened again.
/// </summary>
/// <param name="options">The load.</param>
internal sealed class LoadRun(LoadOptions options)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    /// <summary>What two clocks may differ by and nobody set one.</summary>
    private static readonly TimeSpan ClockSlack = TimeSpan.FromMilliseconds(250);

    private readonly LoadTimes _times = new();
    private IReadOnlyList<ILoadDriver> _drivers = [];
    private OpenLoopSchedule? _schedule;

    /// <summary>Answers so far.</summary>
    public long Answered => _drivers.Sum(static driver => driver.Tally.Answered);

    /// <summary>Failures so far.</summary>
    public long Failures => _drivers.Sum(static driver => driver.Tally.Failures);

    /// <summary>Connections that are open.</summary>
    public int OpenConnections => _drivers.Sum(static driver => driver.OpenConnections);

    /// <summary>How long has been measured; null before.</summary>
    public TimeSpan? Elapsed => MonotonicClock.NowNs - _times.MeasureFrom is >= 0 and long elapsed
        ? TimeSpan.FromMicroseconds(Math.Min(elapsed, _times.End - _times.MeasureFrom) / 1e3)
        : null;

    /// <summary>Runs to the end of its time.</summary>
    /// <param name="cancellationToken">Ends it before; there is an outcome all the same.</param>
    /// <returns>The outcome.</returns>
    public async Task<LoadOutcome> RunAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset startedAt = options.WallClock.GetUtcNow();
        long start = MonotonicClock.NowNs;
        IReadOnlyList<ILoadDriver>? drivers = null;
        var unreachable = new LoadTally();
        try
        {
            drivers = await CreateAsync(start, cancellationToken).ConfigureAwait(false);
        }
        catch (CommunicationException exception)
        {
            unreachable.CountFailure(LoadWords.KindOfConnect(exception), 1, exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new LoadOutcome(unreachable, startedAt, TimeSpan.Zero, 0, TimeSpan.Zero, IsInterrupted: true);
        }

        if (drivers is null)
        {
            return new LoadOutcome(unreachable, startedAt, TimeSpan.Zero, 0, TimeSpan.Zero, IsInterrupted: false);
        }

        _drivers = drivers;
        foreach (ILoadDriver driver in drivers)
        {
            driver.Start();
        }

        await ScheduleAsync(start, drivers, cancellationToken).ConfigureAwait(false);
        await Task.WhenAll(drivers.Select(static driver => driver.Completion)).ConfigureAwait(false);
        var tally = new LoadTally();
        foreach (ILoadDriver driver in drivers)
        {
            tally.Add(driver.Tally);
            driver.Dispose();
        }

        long now = MonotonicClock.NowNs;
        TimeSpan jump = options.WallClock.GetUtcNow() - startedAt - TimeSpan.FromMicroseconds((now - start) / 1e3);
        long measuredFor = Math.Min(_times.End, now) - Math.Min(_times.MeasureFrom, now);
        TimeSpan measured = TimeSpan.FromMicroseconds(Math.Max(0, measuredFor) / 1e3);
        return new LoadOutcome(
            tally, startedAt, measured, OpenConnections, jump.Duration() > ClockSlack ? jump : TimeSpan.Zero, cancellationToken.IsCancellationRequested);
    }

    /// <summary>Says when sending, measuring and all of it begins and ends.</summary>
    private async Task ScheduleAsync(long start, IReadOnlyList<ILoadDriver> drivers, CancellationToken cancellationToken)
    {
        long rampEnd = start + (long)options.Ramp.TotalNanoseconds;
        long patience = rampEnd + (long)options.Timeout.TotalNanoseconds;
        await UntilAsync(() => drivers.All(static driver => driver.IsTried), patience, cancellationToken).ConfigureAwait(false);
        await UntilAsync(static () => false, rampEnd, cancellationToken).ConfigureAwait(false);
        long begin = MonotonicClock.NowNs;
        long measureFrom = begin + (long)options.WarmUp.TotalNanoseconds;
        _times.End = measureFrom + (long)options.Duration.TotalNanoseconds;
        _times.DrainUntil = _times.End + (long)options.Timeout.TotalNanoseconds;
        _times.MeasureFrom = measureFrom;
        if (options.Ramp == TimeSpan.Zero)
        {
            _schedule?.StartNanoseconds = begin;
            _times.SendFrom = begin;
        }

        await UntilAsync(static () => false, _times.End, cancellationToken).ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested)
        {
            _times.End = Math.Min(_times.End, MonotonicClock.NowNs);
            _times.DrainUntil = _times.End;
        }
    }

    private static async Task UntilAsync(Func<bool> isSo, long deadline, CancellationToken cancellationToken)
    {
        while (!isSo() && MonotonicClock.NowNs < deadline && !cancellationToken.IsCancellationRequested)
        {
            TimeSpan rest = TimeSpan.FromMicroseconds((deadline - MonotonicClock.NowNs) / 1e3);
            await Task.Delay(rest < Pace ? TimeSpan.FromMilliseconds(1) : Pace, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Finds out where the server is, and that it is there.</summary>
    private async Task<IReadOnlyList<ILoadDriver>> CreateAsync(long start, CancellationToken cancellationToken)
    {
        EndpointAddress address = options.Address;
        EndPoint server = address.Scheme == TransportScheme.Udp
            ? await FindAsync(cancellationToken).ConfigureAwait(false)
            : await ReachAsync(cancellationToken).ConfigureAwait(false);
        bool isPlain = address.Scheme is TransportScheme.Tcp or TransportScheme.Unix or TransportScheme.Udp;
        if (options.Rate is double rate)
        {
            _schedule = new OpenLoopSchedule(rate, options.Connections) { StartNanoseconds = start };
        }

        if (options.Ramp > TimeSpan.Zero)
        {
            _times.SendFrom = start;
        }

        if (!isPlain || options.IsPortable)
        {
            return [new LoadTasks(options, _times, _schedule)];
        }

        int loops = Math.Min(options.Threads, options.Connections);
        var source = new LoadSource(server, address.Scheme == TransportScheme.Udp);
        return [.. Enumerable.Range(0, loops).Select(part => new LoadLoop(options, source, _times, _schedule, part, loops))];
    }

    private async Task<EndPoint> ReachAsync(CancellationToken cancellationToken)
    {
        ClientConnection connection =
            await Dialer.ConnectAsync(options.Address, options.Dialing, cancellationToken).ConfigureAwait(false);
        connection.Abort();
        await connection.DisposeAsync().ConfigureAwait(false);
        return options.Address.Scheme == TransportScheme.Unix ? options.Address.ToUnixEndPoint() : connection.RemoteEndPoint!;
    }

    private async Task<EndPoint> FindAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await HostAddresses.FindAsync(options.Address, options.Dialing, cancellationToken).ConfigureAwait(false))[0];
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(CommunicationFailure.Network, DialFailure.Describe(options.Address, exception), exception);
        }
    }
}
