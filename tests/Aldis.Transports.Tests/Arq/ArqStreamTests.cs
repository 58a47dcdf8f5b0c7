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

    private static Task<TransportHost> StartAsync(ConnectionDelegate handler) => TransportHost.StartAsync(
        builder => builder.UseAldisArq(), handler, new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0)));

    private static ValueTask<ArqStream> ConnectAsync(TransportHost host) =>
        ArqStream.ConnectAsync((ArqEndPoint)host.EndPoint, cancellationToken: Stop);
}
