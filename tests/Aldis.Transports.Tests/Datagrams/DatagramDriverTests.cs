using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Aldis.Protocols.Datagrams;
using Aldis.Tests;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Tests.Datagrams;

/// <summary>One driver for every datagram engine.</summary>
public sealed class DatagramDriverTests
{
    [Fact]
    public async Task An_engine_answers_over_the_socket_it_was_bound_for()
    {
        await using DatagramListener listener = DatagramListener.Bind(Loopback, static bound => new EchoEngine(bound.Port));
        listener.Start();
        using UdpClient client = NewClient();
        for (int length = 0; length <= 3000; length += 600)
        {
            byte[] sent = new byte[length];
            Random.Shared.NextBytes(sent);
            await client.SendAsync(sent, listener.EndPoint, TestContext.Current.CancellationToken);
            UdpReceiveResult reply = await client.ReceiveAsync(TestContext.Current.CancellationToken).InTime();
            Assert.Equal(sent, reply.Buffer);
            Assert.Equal(listener.EndPoint, reply.RemoteEndPoint);
        }
    }

    [Fact]
    public async Task Nothing_is_answered_before_the_start_and_after_the_end()
    {
        DatagramListener listener = DatagramListener.Bind(Loopback, static bound => new EchoEngine(bound.Port));
        using UdpClient client = NewClient();
        await client.SendAsync(new byte[1], listener.EndPoint, TestContext.Current.CancellationToken);
        listener.Start();
        UdpReceiveResult first = await client.ReceiveAsync(TestContext.Current.CancellationToken).InTime();
        Assert.Single(first.Buffer);

        await listener.DisposeAsync();
        using UdpClient again = new(new IPEndPoint(IPAddress.Loopback, listener.EndPoint.Port));
    }

    [Fact]
    public async Task An_engine_that_asks_for_a_socket_of_its_own_gets_one_that_ends_when_it_is_finished()
    {
        var desk = new Desk(talks: 2);
        await using DatagramListener listener = DatagramListener.Bind(Loopback, _ => desk);
        listener.Start();
        using UdpClient client = NewClient();
        await client.SendAsync("hello"u8.ToArray(), listener.EndPoint, TestContext.Current.CancellationToken);
        UdpReceiveResult greeting = await client.ReceiveAsync(TestContext.Current.CancellationToken).InTime();
        Assert.NotEqual(listener.EndPoint.Port, greeting.RemoteEndPoint.Port);
        Assert.Equal("welcome", Encoding.ASCII.GetString(greeting.Buffer));

        await client.SendAsync("one"u8.ToArray(), greeting.RemoteEndPoint, TestContext.Current.CancellationToken);
        UdpReceiveResult answer = await client.ReceiveAsync(TestContext.Current.CancellationToken).InTime();
        Assert.Equal("ONE", Encoding.ASCII.GetString(answer.Buffer));
        Assert.Equal(greeting.RemoteEndPoint, answer.RemoteEndPoint);

        await client.SendAsync("two"u8.ToArray(), greeting.RemoteEndPoint, TestContext.Current.CancellationToken);
        await client.ReceiveAsync(TestContext.Current.CancellationToken).InTime();
        await UntilFree(greeting.RemoteEndPoint);
    }

    [Fact]
    public async Task Sockets_of_their_own_close_with_the_listener()
    {
        var desk = new Desk(talks: int.MaxValue);
        DatagramListener listener = DatagramListener.Bind(Loopback, _ => desk);
        listener.Start();
        using UdpClient client = NewClient();
        await client.SendAsync("hello"u8.ToArray(), listener.EndPoint, TestContext.Current.CancellationToken);
        UdpReceiveResult greeting = await client.ReceiveAsync(TestContext.Current.CancellationToken).InTime();

        await listener.DisposeAsync();
        using UdpClient same = new(greeting.RemoteEndPoint);
    }

    [Fact]
    public async Task A_defect_of_the_engine_ends_the_listener_and_is_told()
    {
        var told = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using DatagramListener listener = DatagramListener.Bind(Loopback, static _ => new BrokenEngine(), fault: told.SetResult);
        listener.Start();
        using UdpClient client = NewClient();
        await client.SendAsync(new byte[1], listener.EndPoint, TestContext.Current.CancellationToken);
        Assert.Equal(BrokenEngine.Defect, (await told.Task.InTime()).Message);
        await UntilFree(listener.EndPoint);
    }

    private static IPEndPoint Loopback => new(IPAddress.Loopback, 0);

    private static UdpClient NewClient() => new(Loopback);

    private static async Task UntilFree(IPEndPoint endPoint)
    {
        while (true)
        {
            try
            {
                new UdpClient(endPoint).Dispose();
                return;
            }
            catch (SocketException)
            {
                await Task.Yield();
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Answers each newcomer from a socket of its own.</summary>
    private sealed class Desk(int talks) : IDatagramSocketRequester
    {
        private readonly Queue<ISpawnedDatagramEngine> _requests = new();

        public long NextDeadlineNs => long.MaxValue;

        public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs) => _requests.Enqueue(new Talk(path, talks));

        public void OnTimer(long nowNs)
        {
        }

        public void OnRefused(in PathKey path, long nowNs)
        {
        }

        public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
        {
            transmit = default;
            return false;
        }

        public bool TryGetSocketRequest([NotNullWhen(true)] out ISpawnedDatagramEngine? engine) => _requests.TryDequeue(out engine);

        public void OnSocketRefused(ISpawnedDatagramEngine engine, long nowNs) => throw new InvalidOperationException("There are sockets.");
    }

    /// <summary>Says welcome, then answers in capitals so many times.</summary>
    private sealed class Talk(PathKey peer, int talks) : ISpawnedDatagramEngine
    {
        private byte[]? _answer = "welcome"u8.ToArray();
        private int _left = talks;

        public bool IsFinished => _left == 0 && _answer is null;

        public long NextDeadlineNs => long.MaxValue;

        public void OnDatagram(in PathKey path, ReadOnlySpan<byte> buffer, int segmentSize, long nowNs)
        {
            _answer = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(buffer).ToUpperInvariant());
            _left--;
        }

        public void OnTimer(long nowNs)
        {
        }

        public void OnRefused(in PathKey path, long nowNs)
        {
        }

        public bool TryGetTransmit(Span<byte> buffer, long nowNs, out Transmit transmit)
        {
            transmit = default;
            if (_answer is null)
            {
                return false;
            }

            _answer.CopyTo(buffer);
            transmit = new Transmit(peer, _answer.Length, _answer.Length);
            _answer = null;
            return true;
        }
    }
}
