using System.IO.Pipelines;
using System.Net;
using System.Text;
using Aldis.Tests;
using Aldis.Transports.Arq;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Arq;

/// <summary>What who holds a connection as a stream may rely on, beside the promises of every transport.</summary>
public sealed class ArqStreamTests
{
    // More than the windows and the queues of both sides hold.
    private const int Much = 8 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_whose_token_is_cancelled_already_takes_nothing()
    {
        var received = new TaskCompletionSource<byte[]>();
        await using TransportHost host = await StartAsync(
            async connection => received.SetResult(await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input)));
        await using ArqStream stream = await ConnectAsync(host);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await stream.WriteAsync("given up "u8.ToArray(), new CancellationToken(canceled: true)));
        await stream.WriteAsync("written"u8.ToArray(), Stop);
        stream.FinishWriting();

        Assert.Equal("written", Encoding.ASCII.GetString(await received.Task.WaitAsync(Patience, Stop)));
    }

    [Fact]
    public async Task Writes_complete_when_the_peer_has_every_byte_and_the_end_and_reading_goes_on()
    {
        var goesOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TransportHost host = await StartAsync(async connection =>
        {
            await goesOn.Task;
            await Handlers.Echo(connection);
        });
        await using ArqStream stream = await ConnectAsync(host);
        await stream.WriteAsync("all of it"u8.ToArray(), Stop);

        // Nobody reads over there: it is the transport that acknowledges.
        await stream.CompleteWritesAsync(Stop).WaitAsync(Patience, Stop);
        Assert.Equal(9, stream.AcknowledgedBytes);
        await stream.CompleteWritesAsync(Stop).WaitAsync(Patience, Stop);

        goesOn.SetResult();
        byte[] reply = new byte[9];
        await stream.ReadExactlyAsync(reply, Stop);
        Assert.Equal("all of it"u8, reply);
        Assert.Equal(0, await stream.ReadAsync(reply, Stop));
        await stream.CompleteWritesAsync(Stop).WaitAsync(Patience, Stop);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await stream.WriteAsync(reply, Stop));
    }

    [Fact]
    public async Task Writes_that_wait_for_a_reader_are_not_complete()
    {
        var goesOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TransportHost host = await StartAsync(async connection =>
        {
            await goesOn.Task;
            await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input);
        });
        await using ArqStream stream = await ConnectAsync(host);

        // More than the first window takes, less than waits to be sent.
        await stream.WriteAsync(new byte[400_000], Stop);
        Task complete = stream.CompleteWritesAsync(Stop);
        using var impatient = new CancellationTokenSource();
        Task givenUp = stream.CompleteWritesAsync(impatient.Token);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.False(complete.IsCompleted);

        goesOn.SetResult();
        await complete.WaitAsync(Patience, Stop);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Writes_that_the_peer_does_not_acknowledge_are_said_to_have_failed(bool isResetByPeer)
    {
        var resting = new TaskCompletionSource<ConnectionContext>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            var closed = new TaskCompletionSource();
            await using CancellationTokenRegistration _ = connection.ConnectionClosed.Register(closed.SetResult);
            resting.SetResult(connection);
            await closed.Task;
        });
        await using ArqStream stream = await ConnectAsync(host);
        await stream.WriteAsync(new byte[400_000], Stop);
        ConnectionContext peer = await resting.Task.WaitAsync(Patience, Stop);
        Task complete = stream.CompleteWritesAsync(Stop);
        Assert.False(complete.IsCompleted);
        if (isResetByPeer)
        {
            peer.Abort();
        }
        else
        {
            stream.Abort();
        }

        IOException failure = await Assert.ThrowsAsync<IOException>(() => complete.WaitAsync(Patience, Stop));
        Assert.Contains("before the peer acknowledged", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => stream.CompleteWritesAsync(Stop));
        await stream.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => stream.CompleteWritesAsync(Stop));
    }

    [Fact]
    public async Task A_write_to_a_connection_that_ended_says_what_ended_it()
    {
        await using TransportHost host = await StartAsync(async connection =>
        {
            await connection.Transport.Input.ReadAsync();
            connection.Abort();
        });
        await using ArqStream stream = await ConnectAsync(host);
        await stream.WriteAsync("x"u8.ToArray(), Stop);
        await Assert.ThrowsAsync<ConnectionResetException>(() => stream.ReadAsync(new byte[1], Stop).AsTask().WaitAsync(Patience, Stop));
        IOException failure = await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync("x"u8.ToArray(), Stop).AsTask());
        Assert.Contains("reset the connection", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_of_another_transport_does_not_claim_to_know_what_its_peer_has()
    {
        await using var stream = new ArqStream(new DefaultConnectionContext { Transport = new SilentPipe() });
        await Assert.ThrowsAsync<NotSupportedException>(() => stream.CompleteWritesAsync(Stop));
    }

    [Fact]
    public async Task Code_that_would_wait_on_the_thread_that_receives_is_told_so_and_stops_nobody()
    {
        var seen = new TaskCompletionSource<(Exception? OnRead, Exception? OnWrite)>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            var stream = new ArqStream(connection);
            do
            {
                // The client writes when it was answered: sooner or later this waits, and goes on where its byte was received.
                await stream.ReadExactlyAsync(new byte[1], Stop);
                await stream.WriteAsync(new byte[1], Stop);
            }
            while (!DatagramLoop.IsAnyCurrent);
            seen.SetResult((
                Record.Exception(() => stream.Read(new byte[1], 0, 1)),
                Record.Exception(() => stream.Write(new byte[1], 0, 1))));
            stream.Flush();
            stream.Dispose();
        });
        await using ArqStream client = await ConnectAsync(host);
        var answers = Task.Run(
            async () =>
            {
                do
                {
                    await client.WriteAsync(new byte[1], Stop);
                }
                while (await client.ReadAsync(new byte[1], Stop) > 0);
            },
            Stop);

        (Exception? onRead, Exception? onWrite) = await seen.Task.WaitAsync(Patience, Stop);
        Assert.Contains("asynchronous", Assert.IsType<InvalidOperationException>(onRead).Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(onWrite);
        await answers.WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task Elsewhere_code_that_waits_gets_its_bytes()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await Task.Run(
            () =>
            {
                using ArqStream client = ConnectAsync(host).AsTask().GetAwaiter().GetResult();
                client.Write("x"u8);
                Assert.Equal('x', client.ReadByte());
            },
            Stop).WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task Code_that_waits_on_the_only_thread_of_an_application_gets_its_bytes()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await OnlyThread.RunAsync(() =>
        {
            ArqStream client = ConnectAsync(host).AsTask().GetAwaiter().GetResult();
            client.Write("x"u8);
            Assert.Equal('x', client.ReadByte());
            client.Dispose();
        }).WaitAsync(Patience, Stop);
    }

    [Fact]
    public async Task A_write_that_waits_for_room_on_the_only_thread_of_an_application_ends()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await using ArqStream client = await ConnectAsync(host);
        Task writing = OnlyThread.RunAsync(() => client.Write(new byte[Much]));

        await client.ReadExactlyAsync(new byte[Much], Stop).AsTask().WaitAsync(Patience, Stop);
        await writing.WaitAsync(Patience, Stop);
    }

    private static Task<TransportHost> StartAsync(ConnectionDelegate handler) => TransportHost.StartAsync(
        builder => builder.UseAldisArq(), handler, new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));

    private static ValueTask<ArqStream> ConnectAsync(TransportHost host) =>
        ArqStream.ConnectAsync((ArqEndPoint)host.EndPoint, cancellationToken: Stop);

    private sealed class SilentPipe : IDuplexPipe
    {
        private readonly Pipe _pipe = new();

        public PipeReader Input => _pipe.Reader;

        public PipeWriter Output => _pipe.Writer;
    }
}
