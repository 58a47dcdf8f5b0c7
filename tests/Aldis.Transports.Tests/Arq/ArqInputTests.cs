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

    private static Task<TransportHost> StartAsync(ConnectionDelegate handler) =>
        TransportHost.StartAsync(builder => builder.UseAldisArq(), handler, new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));
}
