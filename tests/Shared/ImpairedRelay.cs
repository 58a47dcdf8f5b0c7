using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;

namespace Aldis.Tests;

/// <summary>
/// A bad network on this machine, in real time: clients send datagrams to <see cref="EndPoint"/>, a socket for each client passes them
/// on to the server, and a link for each direction decides what becomes of every datagram.
/// </summary>
internal sealed class ImpairedRelay : IAsyncDisposable
{
    private const int BufferBytes = 4 << 20;

    private readonly Socket _front;
    private readonly IPEndPoint _server;
    private readonly ImpairedLink _toServer;
    private readonly ImpairedLink _toClient;
    private readonly Dictionary<SocketAddress, Flow> _flows = [];
    private readonly List<Task> _loops = [];
    private readonly DelayedDatagrams _delayed = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly int _largest;
    private readonly Lock _waiting = new();
    private readonly List<(long Count, TaskCompletionSource Reached)> _waiters = [];
    private long _handed;
    private long _cutAt = long.MaxValue;
    private volatile bool _isCut;

    private ImpairedRelay(IPEndPoint server, LinkOptions toServer, LinkOptions toClient, ulong seed)
    {
        _server = server;
        _largest = Math.Max(toServer.MaximumDatagramBytes, toClient.MaximumDatagramBytes) is int most and > 0
            ? most + 1 : DatagramLimits.MaxPayload;
        _toServer = new ImpairedLink(toServer, seed);
        _toClient = new ImpairedLink(toClient, seed + 1);
        _front = NewSocket(server.AddressFamily);
        _front.Bind(new IPEndPoint(server.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0));
        EndPoint = (IPEndPoint)_front.LocalEndPoint!;
        _loops.Add(Task.Run(ReceiveFromClientsAsync));
    }

    /// <summary>What the server looks like through this network.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Datagrams that were handed to either direction, also while it was cut.</summary>
    public long Datagrams => Interlocked.Read(ref _handed);

    /// <summary>Datagrams that were lost at random in either direction.</summary>
    public long Lost => _toServer.LostAtRandom + _toClient.LostAtRandom;

    /// <summary>Whether the cable is pulled: nothing passes, in either direction.</summary>
    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }

    /// <summary>Puts a network between a server and its clients.</summary>
    /// <param name="server">Where the server listens.</param>
    /// <param name="link">What each direction does.</param>
    /// <param name="seed">Decides every draw.</param>
    public static ImpairedRelay Start(IPEndPoint server, LinkOptions link, ulong seed = 1) => new(server, link, link, seed);

    /// <summary>Pulls the cable when so many further datagrams have been handed to either direction.</summary>
    public void CutAfter(int count)
    {
        lock (_waiting)
        {
            _cutAt = _handed + count;
        }
    }

    /// <summary>Waits until so many further datagrams were handed to either direction.</summary>
    public Task WaitForDatagramsAsync(int count)
    {
        lock (_waiting)
        {
            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((_handed + count, reached));
            return reached.Task.InTime();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] loops;
        lock (_flows)
        {
            loops = [.. _loops];
        }

        await Task.WhenAll(loops);
        _delayed.Dispose();
        _front.Dispose();
        foreach (Flow flow in _flows.Values)
        {
            flow.Back.Dispose();
        }

        _stop.Dispose();
    }

    private static Socket NewSocket(AddressFamily family) => new(family, SocketType.Dgram, ProtocolType.Udp)
    {
        ReceiveBufferSize = BufferBytes,
        SendBufferSize = BufferBytes,
        Blocking = false,
    };

    private async Task ReceiveFromClientsAsync()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(_largest, pinned: true);
        var from = new SocketAddress(_front.AddressFamily);
        while (!_stop.IsCancellationRequested)
        {
            int length = await ReceiveAsync(() => _front.ReceiveFromAsync(buffer, SocketFlags.None, from, _stop.Token));
            if (length >= 0)
            {
                Flow flow = FlowOf(from);
                Pass(_toServer, buffer, length, flow.Back, null);
            }
        }
    }

    private async Task ReceiveFromServerAsync(Flow flow)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(_largest, pinned: true);
        while (!_stop.IsCancellationRequested)
        {
            int length = await ReceiveAsync(() => flow.Back.ReceiveAsync(buffer, _stop.Token));
            if (length >= 0)
            {
                Pass(_toClient, buffer, length, _front, flow.Client);
            }
        }
    }

    /// <summary>One datagram, or -1 where none came: the relay stops, or the system reported an earlier one as refused.</summary>
    private static async ValueTask<int> ReceiveAsync(Func<ValueTask<int>> receive)
    {
        try
        {
            return await receive();
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return -1;
        }
    }

    private Flow FlowOf(SocketAddress from)
    {
        lock (_flows)
        {
            if (_flows.TryGetValue(from, out Flow? flow))
            {
                return flow;
            }

            var client = new SocketAddress(from.Family, from.Size);
            from.Buffer.CopyTo(client.Buffer);
            Socket back = NewSocket(_server.AddressFamily);
            back.Connect(_server);
            flow = new Flow(client, back);
            _flows.Add(client, flow);
            _loops.Add(Task.Run(() => ReceiveFromServerAsync(flow)));
            return flow;
        }
    }

    private void Pass(ImpairedLink link, byte[] buffer, int length, Socket socket, SocketAddress? to)
    {
        Count();
        if (_isCut)
        {
            return;
        }

        long now = Now();
        LinkDecision decision;
        lock (link)
        {
            decision = link.Decide(length, now);
        }

        if (decision.Copies == 2)
        {
            _delayed.Add(decision.Second, buffer.AsSpan(0, length), socket, to);
        }

        if (decision.Copies > 0 && decision.First.ArrivalNanoseconds <= now)
        {
            Send(socket, to, buffer.AsSpan(0, decision.First.ApplyTo(buffer.AsSpan(0, length))));
        }
        else if (decision.Copies > 0)
        {
            _delayed.Add(decision.First, buffer.AsSpan(0, length), socket, to);
        }
    }

    private void Count()
    {
        lock (_waiting)
        {
            _handed++;
            if (_handed == _cutAt)
            {
                _isCut = true;
            }

            for (int index = _waiters.Count - 1; index >= 0; index--)
            {
                if (_waiters[index].Count <= _handed)
                {
                    _waiters[index].Reached.TrySetResult();
                    _waiters.RemoveAt(index);
                }
            }
        }
    }

    private static void Send(Socket socket, SocketAddress? to, ReadOnlySpan<byte> datagram)
    {
        try
        {
            _ = to is null ? socket.Send(datagram) : socket.SendTo(datagram, SocketFlags.None, to);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Full buffers and refusals are losses too.
        }
    }

    private static long Now() => (long)Stopwatch.GetElapsedTime(0).TotalNanoseconds;

    private sealed record Flow(SocketAddress Client, Socket Back);

    /// <summary>Copies on their way, sent by a thread of their own when they arrive.</summary>
    private sealed class DelayedDatagrams : IDisposable
    {
        private readonly PriorityQueue<Delayed, (long Arrival, long Order)> _queue = new();
        private readonly Thread _thread;
        private long _order;
        private bool _isStopped;

        public DelayedDatagrams()
        {
            _thread = new Thread(Run) { IsBackground = true, Name = "delayed datagrams" };
            _thread.Start();
        }

        public void Add(in LinkCopy copy, ReadOnlySpan<byte> datagram, Socket socket, SocketAddress? to)
        {
            byte[] bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, datagram.Length));
            datagram.CopyTo(bytes);
            int length = copy.ApplyTo(bytes.AsSpan(0, datagram.Length));
            lock (_queue)
            {
                _queue.Enqueue(new Delayed(bytes, length, socket, to), (copy.ArrivalNanoseconds, _order++));
                Monitor.Pulse(_queue);
            }
        }

        public void Dispose()
        {
            lock (_queue)
            {
                _isStopped = true;
                Monitor.Pulse(_queue);
            }

            _thread.Join();
        }

        private void Run()
        {
            while (TryTake(out Delayed? due))
            {
                Send(due.Socket, due.To, due.Bytes.AsSpan(0, due.Length));
                ArrayPool<byte>.Shared.Return(due.Bytes);
            }
        }

        private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Delayed? due)
        {
            lock (_queue)
            {
                while (!_isStopped)
                {
                    bool isAny = _queue.TryPeek(out due, out (long Arrival, long Order) place);
                    long waitNs = place.Arrival - Now();
                    if (isAny && waitNs <= 0)
                    {
                        return _queue.TryDequeue(out due, out _);
                    }

                    Monitor.Wait(_queue, isAny ? (int)Math.Min(1 + (waitNs / 1_000_000), 1_000) : Timeout.Infinite);
                }
            }

            due = null;
            return false;
        }
    }

    private sealed record Delayed(byte[] Bytes, int Length, Socket Socket, SocketAddress? To);
}
