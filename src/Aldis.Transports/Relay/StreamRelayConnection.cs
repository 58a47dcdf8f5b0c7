using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Relay;

/// <summary>One connection of a client and its own to the target, with a <see cref="StreamPipe"/> for each direction.</summary>
internal sealed class StreamRelayConnection : IDisposable
{
    // How long the other side may take to end after it was told of an end, before the sockets are closed over its head.
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    private readonly Socket _client;
    private readonly Socket _server;
    private readonly EndPoint _target;
    private readonly long _number;
    private readonly RelayOptions _options;
    private readonly long _openNs = MonotonicClock.NowNs;
    private readonly CancellationTokenSource _closed = new();
    private readonly Timer _timer;
    private readonly StreamPipe _toTarget;
    private readonly StreamPipe _toClient;
    private int _isReset;
    private int _isClosed;

    /// <summary>Takes over a connection.</summary>
    /// <param name="client">Accepted.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="number">Its number, counted from 1.</param>
    /// <param name="options">What becomes of it.</param>
    public StreamRelayConnection(Socket client, EndPoint target, long number, RelayOptions options)
    {
        _client = client;
        _target = target;
        _number = number;
        _options = options;
        _server = target is DnsEndPoint
            ? new Socket(SocketType.Stream, ProtocolType.Tcp)
            : new Socket(target.AddressFamily, SocketType.Stream, target is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        _toTarget = new StreamPipe(_client, _server, LinkDirection.ToTarget, number, options, _openNs, Break, _closed.Token);
        _toClient = new StreamPipe(_server, _client, LinkDirection.ToClient, number, options, _openNs, Break, _closed.Token);
        _timer = new Timer(static connection => ((StreamRelayConnection)connection!).OnChanged(), this, Timeout.Infinite, Timeout.Infinite);
    }

    /// <summary>Ends when everything of it is closed.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Begins to pass on.</summary>
    /// <param name="ended">Called at the end.</param>
    public void Run(Action<StreamRelayConnection> ended) => Ended = RunAsync(ended);

    /// <summary>Does what the faults say now, where they say something for now, and looks again when they will.</summary>
    public void OnChanged()
    {
        long nowNs = MonotonicClock.NowNs;
        long nextNs = Math.Min(_toTarget.OnChanged(nowNs), _toClient.OnChanged(nowNs));
        if (nextNs == long.MaxValue)
        {
            return;
        }

        try
        {
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling((nextNs - nowNs) / 1e6)), Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // It has ended.
        }
    }

    /// <summary>Closes both sides at once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            _closed.Cancel();
            _client.Dispose();
            _server.Dispose();
            _timer.Dispose();
            _closed.Dispose();
        }
    }

    private async Task RunAsync(Action<StreamRelayConnection> ended)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            if (await TryOpenAsync().ConfigureAwait(false))
            {
                OnChanged();
                await Task.WhenAll(_toTarget.RunAsync(), _toClient.RunAsync()).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (IsOfTheNetwork(exception))
        {
            _options.Failed?.Invoke(_number, exception);
            Reset();
        }
        finally
        {
            Dispose();
            ended(this);
        }
    }

    /// <summary>Whether an exception is what a peer or the end of the relay brings about.</summary>
    /// <param name="exception">It.</param>
    /// <returns>False for a defect.</returns>
    internal static bool IsOfTheNetwork(Exception exception) =>
        exception is SocketException or ObjectDisposedException or OperationCanceledException;

    private async Task<bool> TryOpenAsync()
    {
        long waitedNs = 0;
        while (true)
        {
            LinkFaults there = _options.Plan.FaultsOf(LinkDirection.ToTarget, _number);
            LinkFaults back = _options.Plan.FaultsOf(LinkDirection.ToClient, _number);
            if (there.IsRefusing || back.IsRefusing)
            {
                Tell(LinkFault.Refused, 0);
                Reset();
                return false;
            }

            long waitNs = LinkFaults.Nanoseconds(there.OpenDelay > back.OpenDelay ? there.OpenDelay : back.OpenDelay) - waitedNs;
            if (waitNs <= 0)
            {
                break;
            }

            waitedNs += waitNs;
            Tell(LinkFault.SlowOpen, waitNs);
            await Task.Delay(TimeSpan.FromTicks(waitNs / TimeSpan.NanosecondsPerTick), _closed.Token).ConfigureAwait(false);
        }

        await _server.ConnectAsync(_target, _closed.Token).ConfigureAwait(false);
        foreach (Socket socket in new[] { _client, _server })
        {
            if (socket.ProtocolType == ProtocolType.Tcp)
            {
                socket.NoDelay = true;
            }
        }

        return true;
    }

    private void Tell(LinkFault fault, long delayNs) => _options.Note(
        LinkDirection.ToTarget,
        _number,
        0,
        -1,
        new LinkVerdict { Drop = fault, DelayNanoseconds = delayNs },
        MonotonicClock.NowNs);

    // What a pipe cannot do alone.
    private void Break(StreamBreakKind kind)
    {
        if (kind == StreamBreakKind.Reset)
        {
            Reset();
            return;
        }

        _toTarget.EndAfter();
        _toClient.EndAfter();
        try
        {
            _closed.CancelAfter(CloseTime);
        }
        catch (ObjectDisposedException)
        {
            // It was closed meanwhile.
        }
    }

    // Both sides see RST: nothing that was not taken yet is delivered.
    private void Reset()
    {
        if (Interlocked.Exchange(ref _isReset, 1) != 0)
        {
            return;
        }

        foreach (Socket socket in new[] { _client, _server })
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception exception) when (IsOfTheNetwork(exception))
            {
                // It is closed already.
            }
        }

        Dispose();
    }
}
