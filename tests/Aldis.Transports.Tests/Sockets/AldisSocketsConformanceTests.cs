using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Aldis.Transports.Sockets;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using static Aldis.Transports.Tests.Sockets.SocketExtensions;

namespace Aldis.Transports.Tests.Sockets;

/// <summary>Aldis's transport: the common contract on several loops, and what it promises beyond.</summary>
public sealed class AldisSocketsConformanceTests : TransportConformance
{
    protected override void UseTransport(IWebHostBuilder builder) => builder.UseAldisSockets(new SocketHostingOptions { LoopCount = 2 });

    private static Task<TransportHost> StartOnOneLoopAsync(ConnectionDelegate handler) =>
        TransportHost.StartAsync(builder => builder.UseAldisSockets(new SocketHostingOptions { LoopCount = 1 }), handler);

    [Fact]
    public async Task A_client_that_floods_leaves_the_others_their_turn()
    {
        await using TransportHost host = await StartOnOneLoopAsync(async connection =>
        {
            // Swallows what comes with a 'f' first, echoes the rest.
            var first = await connection.Transport.Input.ReadAsync();
            bool isFlood = first.Buffer.FirstSpan[0] == (byte)'f';
            connection.Transport.Input.AdvanceTo(first.Buffer.Start, isFlood ? first.Buffer.End : first.Buffer.Start);
            while (isFlood)
            {
                var read = await connection.Transport.Input.ReadAsync();
                connection.Transport.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }

            await Handlers.Echo(connection);
        });
        using Socket flooding = await host.ConnectSocketAsync();
        using var enough = new CancellationTokenSource();
        Task flood = Task.Run(
            () =>
            {
                byte[] bytes = new byte[1_000_000];
                bytes.AsSpan().Fill((byte)'f');
                while (!enough.IsCancellationRequested)
                {
                    _ = flooding.Send(bytes);
                }
            },
            TestContext.Current.CancellationToken);
        using Socket client = await host.ConnectSocketAsync();
        for (int i = 0; i < 100; i++)
        {
            await client.SendAllAsync(new[] { (byte)'p' });
            _ = await client.ReceiveExactlyAsync(1).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }

        await enough.CancelAsync();
        await flood;
    }

    [Fact]
    public async Task A_last_answer_reaches_a_client_whose_bytes_nobody_read()
    {
        await using TransportHost host = await StartOnOneLoopAsync(async connection =>
        {
            var read = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(read.Buffer.Start);
            _ = await connection.Transport.Output.WriteAsync(new byte[] { (byte)'n', (byte)'o' });
        });
        using Socket client = await host.ConnectSocketAsync();
        await client.SendAllAsync(new byte[100_000]);
        Assert.Equal("no"u8.ToArray(), await client.ReceiveToEndAsync().WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_client_that_would_take_a_descriptor_beyond_the_share_of_connections_is_reset()
    {
        var refused = Channel.CreateUnbounded<(EndPoint Listener, EndPoint? Client)>();
        await using TransportHost host = await TransportHost.StartAsync(
            builder => builder.UseAldisSockets(new SocketHostingOptions
            {
                MaxDescriptors = DescriptorBudget.Reserved,
                Refused = (listener, client) => refused.Writer.TryWrite((listener, client)),
            }),
            Handlers.Echo);

        // Each of them is told, not only the first.
        for (int i = 0; i < 3; i++)
        {
            SocketError error = await Record.ExceptionAsync(async () =>
            {
                using Socket client = await host.ConnectSocketAsync();
                _ = await client.ReceiveToEndAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
            }) is SocketException exception ? exception.SocketErrorCode : SocketError.Success;
            Assert.Equal(SocketError.ConnectionReset, error);
            (EndPoint listener, _) = await refused.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask()
                .WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.Equal(host.EndPoint, listener);
        }
    }

    [Fact]
    public void The_limit_of_descriptors_is_known_on_Linux()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have no /proc.");
        Assert.InRange(DescriptorLimit.Read(), DescriptorBudget.Reserved, int.MaxValue);
        Assert.InRange(DescriptorLimit.CountOpen(), 3, DescriptorLimit.Read());
    }

    [Fact]
    public async Task A_half_closed_client_is_not_reported_as_closed()
    {
        var seen = new TaskCompletionSource<bool>();
        await using TransportHost host = await StartOnOneLoopAsync(async connection =>
        {
            CancellationToken closed = connection.ConnectionClosed;
            _ = await Handlers.ReadToEndWithoutConsumingAsync(connection.Transport.Input);
            seen.SetResult(closed.IsCancellationRequested);
        });
        using Socket client = await host.ConnectSocketAsync();
        client.Shutdown(SocketShutdown.Send);
        Assert.False(await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Reading_while_a_read_is_pending_is_refused()
    {
        var seen = new TaskCompletionSource<Exception?>();
        await using TransportHost host = await StartOnOneLoopAsync(async connection =>
        {
            ValueTask<System.IO.Pipelines.ReadResult> pending = connection.Transport.Input.ReadAsync();
            seen.SetResult(Record.Exception(() => connection.Transport.Input.TryRead(out _)));
            connection.Transport.Input.CancelPendingRead();
            _ = await pending;
        });
        using Socket client = await host.ConnectSocketAsync();
        Assert.IsType<InvalidOperationException>(await seen.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }
}
