using System.IO.Pipelines;
using System.Net;
using Aldis.Transports.Arq;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Arq;

/// <summary>What reading in place must keep beside the promises of every transport.</summary>
public sealed class ArqInputTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_token_counts_for_its_own_read_alone()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await using ConnectionContext client = await host.ArqFactory.ConnectAsync(host.EndPoint, TestContext.Current.CancellationToken);
        PipeReader input = client.Transport.Input;
        using var giveUp = new CancellationTokenSource();
        ValueTask<ReadResult> pending = input.ReadAsync(giveUp.Token);
        input.CancelPendingRead();
        input.AdvanceTo((await pending).Buffer.End);
        await giveUp.CancelAsync();
        Task<ReadResult> next = input.ReadAsync(CancellationToken.None).AsTask();
        await client.Transport.Output.WriteAsync("x"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(1, (await next.WaitAsync(Patience, TestContext.Current.CancellationToken)).Buffer.Length);
    }

    [Fact]
    public async Task Bytes_that_trickle_in_lie_together_all_the_same()
    {
        const int Bytes = 100;
        var shown = new TaskCompletionSource<(long Length, bool IsSingle)>();
        await using TransportHost host = await StartAsync(async connection =>
        {
            while (true)
            {
                ReadResult read = await connection.Transport.Input.ReadAsync();
                connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                if (read.Buffer.Length == Bytes)
                {
                    shown.SetResult((read.Buffer.Length, read.Buffer.IsSingleSegment));
                    return;
                }

                await connection.Transport.Output.WriteAsync(new byte[1]);
            }
        });
        await using ConformanceClient client = await host.ConnectAsync();
        for (int index = 0; index < Bytes; index++)
        {
            await client.SendAllAsync(new byte[1]);
            if (index < Bytes - 1)
            {
                await client.ReceiveExactlyAsync(1);
            }
        }

        Assert.Equal((Bytes, true), await shown.Task.WaitAsync(Patience, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_read_that_is_pending_at_the_disposal_is_not_told_of_an_end()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await using ArqStream client = await ArqStream.ConnectAsync(
            (ArqEndPoint)host.EndPoint, cancellationToken: TestContext.Current.CancellationToken);
        Task<int> pending = client.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();
        await client.DisposeAsync();
        await Assert.ThrowsAnyAsync<IOException>(() => pending);
    }

    [Fact]
    public async Task A_stream_that_was_aborted_says_so_by_an_input_output_exception()
    {
        await using TransportHost host = await StartAsync(Handlers.Echo);
        await using ArqStream client = await ArqStream.ConnectAsync(
            (ArqEndPoint)host.EndPoint, cancellationToken: TestContext.Current.CancellationToken);
        Task<int> pending = client.ReadAsync(new byte[1], TestContext.Current.CancellationToken).AsTask();
        client.Abort();
        await Assert.ThrowsAnyAsync<IOException>(() => pending);
        await Assert.ThrowsAnyAsync<IOException>(
            async () => await client.WriteAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    private static Task<TransportHost> StartAsync(ConnectionDelegate handler) =>
        TransportHost.StartAsync(builder => builder.UseAldisArq(), handler, new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));
}
