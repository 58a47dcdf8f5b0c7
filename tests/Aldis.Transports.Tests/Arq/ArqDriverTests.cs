using System.Collections.Concurrent;
using System.Net;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;
using Aldis.Tests;
using Aldis.Transports.Arq;
using Aldis.Transports.Budgets;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aldis.Transports.Tests.Arq;

public sealed class ArqDriverTests
{
    [Theory]
    [InlineData("0.0.0.0", "127.0.0.2")]
    [InlineData("::", "127.0.0.2")]
    [InlineData("::", "::1")]
    public async Task A_listener_on_every_address_answers_from_the_one_it_was_called_at(string bound, string called)
    {
        await using TransportHost host = await StartAsync(new IPEndPoint(IPAddress.Parse(bound), 0), Handlers.Echo);
        int port = ((ArqEndPoint)host.EndPoint).Udp.Port;
        await using ArqStream client = await ArqStream.ConnectAsync(
            new ArqEndPoint(new IPEndPoint(IPAddress.Parse(called), port)), cancellationToken: TestContext.Current.CancellationToken);
        await client.WriteAsync("over here"u8.ToArray(), TestContext.Current.CancellationToken);
        byte[] reply = new byte[9];
        await client.ReadExactlyAsync(reply, TestContext.Current.CancellationToken);
        Assert.Equal("over here"u8, reply);
    }

    [Fact]
    public async Task A_defect_under_the_lock_ends_the_connections_and_not_the_process()
    {
        await using TransportHost host = await StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), async connection => await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input));

        // What comes from the server is processed on the loop's thread.
        var trace = new FailingSink(TraceEventKind.AcknowledgementReceived);
        ConnectionContext client = await new ArqConnectionFactory(trace).ConnectAsync(host.EndPoint, TestContext.Current.CancellationToken);
        Task<System.IO.Pipelines.ReadResult> pending = client.Transport.Input.ReadAsync(TestContext.Current.CancellationToken).AsTask();
        trace.IsArmed = true;
        await client.Transport.Output.WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        IOException exception = await Assert.ThrowsAsync<IOException>(() => pending);
        Assert.Contains("defect", exception.Message, StringComparison.Ordinal);
        await client.DisposeAsync();

        // The thread of all clients goes on.
        await using ArqStream another = await ArqStream.ConnectAsync(
            (ArqEndPoint)host.EndPoint, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(TraceEventKind.FrameSent)]
    [InlineData(TraceEventKind.BytesDelivered)]
    internal async Task A_defect_on_a_thread_of_the_application_ends_every_connection_of_the_driver_by_the_same_error(TraceEventKind kind)
    {
        var seen = new ConcurrentBag<Exception?>();
        var both = new CountdownEvent(2);
        var trace = new FailingSink(kind);
        await using TransportHost host = await TransportHost.StartAsync(
            builder => builder.UseAldisArq(new ArqHostingOptions { Trace = trace, PreferInlineScheduling = false }),
            async connection =>
            {
                seen.Add(await Record.ExceptionAsync(() => WriteAndConsumeOnceToldAsync(connection, trace)));
                both.Signal();
            },
            new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));
        await using ArqStream resting = await ConnectAsync(host);
        await resting.WriteAsync("-"u8.ToArray(), TestContext.Current.CancellationToken);
        await resting.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        await using ArqStream acting = await ConnectAsync(host);

        // On a thread of the pool the server answers this, and the answer is what fails.
        await acting.WriteAsync("!"u8.ToArray(), TestContext.Current.CancellationToken);

        await Task.Run(() => both.Wait(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.All(seen, static failure =>
        {
            IOException error = Assert.IsType<IOException>(failure);
            Assert.Contains("defect", error.Message, StringComparison.Ordinal);
            Assert.Equal("made for this test", error.InnerException?.Message);
        });
        resting.Abort();
        acting.Abort();
    }

    [Fact]
    public async Task A_defect_in_what_cannot_fail_is_told_by_the_connection()
    {
        await using TransportHost host = await StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0),
            async connection =>
            {
                await connection.Transport.Output.WriteAsync(new byte[1]);
                await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input);
            });
        var trace = new FailingSink(TraceEventKind.BytesDelivered);
        ConnectionContext client = await new ArqConnectionFactory(trace).ConnectAsync(host.EndPoint, TestContext.Current.CancellationToken);
        var closed = new TaskCompletionSource();
        await using CancellationTokenRegistration _ = client.ConnectionClosed.Register(closed.SetResult);
        System.IO.Pipelines.ReadResult read = await client.Transport.Input.ReadAsync(TestContext.Current.CancellationToken);
        client.Transport.Input.AdvanceTo(read.Buffer.Start);
        trace.IsArmed = true;

        await client.Transport.Input.CompleteAsync();

        await closed.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.True((await client.Transport.Output.WriteAsync(new byte[1], TestContext.Current.CancellationToken)).IsCompleted);
        await client.DisposeAsync();
    }

    [Fact]
    public void A_socket_that_cannot_be_watched_leaves_no_driver_in_the_loop()
    {
        Assert.SkipUnless(LinuxDatagramChannel.IsSupported, "epoll watches no socket twice; others do.");
        using var loop = new DatagramLoop("aldis test");
        using DatagramChannel channel = DatagramChannel.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ArqDriver driver = NewDriver();
        Assert.Throws<IOException>(NewDriver);
        Assert.Equal(1, loop.DriverCount);
        driver.Close();
        Assert.Equal(0, loop.DriverCount);

        ArqDriver NewDriver() => new(loop, channel, new EndpointOptions(), new byte[32], trace: null, prefersInline: false, accept: null);
    }

    [Fact]
    public void A_listener_that_cannot_begin_leaves_no_thread()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Threads are looked up in /proc.");
        DatagramChannel channel = DatagramChannel.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        channel.Dispose();
        using var governor = new ReceiveGovernor(new ReceiveMemoryOptions());
        Assert.Throws<ObjectDisposedException>(() => new ArqListener(
            channel, new EndpointOptions(), new byte[32], new ArqHostingOptions(), governor, NullLogger.Instance));
        string name = $"aldis arq {channel.LocalEndPoint.Port}";

        // The system forgets a thread a moment after it was waited for.
        Assert.True(SpinWait.SpinUntil(() => !Directory.EnumerateDirectories("/proc/self/task").Select(NameOf).Contains(name), LabClient.Patience));

        static string NameOf(string task)
        {
            try
            {
                return File.ReadAllText(Path.Combine(task, "comm")).TrimEnd();
            }
            catch (IOException)
            {
                return "ended meanwhile";
            }
        }
    }

    [Fact]
    public async Task A_defect_that_comes_again_while_connections_are_ended_does_not_end_the_process()
    {
        await using TransportHost host = await StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0),
            async connection =>
            {
                await Handlers.SkipOneByteAsync(connection.Transport.Input);
                await connection.Transport.Output.WriteAsync(new byte[1]);
                await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input);
            });
        var trace = new FailingSink(TraceEventKind.FrameReceived, TraceEventKind.BytesDelivered);
        ConnectionContext client = await new ArqConnectionFactory(trace).ConnectAsync(host.EndPoint, TestContext.Current.CancellationToken);
        await client.Transport.Input.CompleteAsync();
        trace.IsArmed = true;
        await client.Transport.Output.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
        var closed = new TaskCompletionSource();
        await using CancellationTokenRegistration _ = client.ConnectionClosed.Register(closed.SetResult);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await client.DisposeAsync();

        // The thread of all clients goes on.
        await using ArqStream another = await ArqStream.ConnectAsync(
            (ArqEndPoint)host.EndPoint, cancellationToken: TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_listener_can_be_disposed_twice()
    {
        using var governor = new ReceiveGovernor(new ReceiveMemoryOptions());
        var factory = new ArqListenerFactory(new ArqHostingOptions(), governor, NullLoggerFactory.Instance);
        IConnectionListener listener = await factory.BindAsync(
            new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)), TestContext.Current.CancellationToken);
        await listener.DisposeAsync();
        await listener.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_for_which_there_is_no_memory_ends_and_the_others_and_those_to_come_are_served()
    {
        var trace = new FailingSink(TraceEventKind.FrameReceived) { Failure = NoMemory };
        await using TransportHost host = await TransportHost.StartAsync(
            builder => builder.UseAldisArq(new ArqHostingOptions { Trace = trace }),
            Handlers.Echo,
            new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));
        await using ArqStream other = await ConnectAsync(host);
        await using ArqStream hungry = await ConnectAsync(host);
        await AskAsync(other);
        await AskAsync(hungry);

        trace.IsArmed = true;
        await hungry.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<IOException>(async () => await hungry.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken));
        trace.IsArmed = false;

        await AskAsync(other);
        await using ArqStream later = await ConnectAsync(host);
        await AskAsync(later);

        static async Task AskAsync(ArqStream stream)
        {
            await stream.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
            await stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        }
    }

    // More than an array can have.
    private static void NoMemory() => GC.KeepAlive(GC.AllocateUninitializedArray<byte>(int.MaxValue));

    private static Task<TransportHost> StartAsync(IPEndPoint endPoint, ConnectionDelegate handler) =>
        TransportHost.StartAsync(builder => builder.UseAldisArq(), handler, new ArqEndPoint(endPoint));

    private static ValueTask<ArqStream> ConnectAsync(TransportHost host) => ArqStream.ConnectAsync(
        (ArqEndPoint)host.EndPoint, cancellationToken: TestContext.Current.CancellationToken);

    private static async Task WriteAndConsumeOnceToldAsync(ConnectionContext connection, FailingSink trace)
    {
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await connection.Transport.Input.ReadAsync();
            trace.IsArmed |= read.Buffer.FirstSpan[0] == (byte)'!';
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            await connection.Transport.Output.WriteAsync(new byte[1]);
        }
    }

    private sealed class FailingSink(params TraceEventKind[] kinds) : ITraceSink
    {
        public bool IsArmed { get; set; }

        public Action? Failure { get; init; }

        public void Record(in TraceEvent traceEvent)
        {
            if (IsArmed && kinds.Contains(traceEvent.Kind))
            {
                Failure?.Invoke();
                throw new InvalidOperationException("made for this test");
            }
        }
    }
}
