using System.Net;
using System.Text;
using Aldis.Transports.Arq;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Arq;

/// <summary>What who holds a connection as a stream may rely on, beside the promises of every transport.</summary>
public sealed class ArqStreamTests
{
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
            while (!ArqLoop.IsAnyCurrent);
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

    private static Task<TransportHost> StartAsync(ConnectionDelegate handler) => TransportHost.StartAsync(
        builder => builder.UseAldisArq(), handler, new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));

    private static ValueTask<ArqStream> ConnectAsync(TransportHost host) =>
        ArqStream.ConnectAsync((ArqEndPoint)host.EndPoint, cancellationToken: Stop);
}
