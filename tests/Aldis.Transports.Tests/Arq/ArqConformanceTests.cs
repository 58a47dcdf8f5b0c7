using System.Net;
using Aldis.Transports.Arq;
using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Hosting;

namespace Aldis.Transports.Tests.Arq;

/// <summary>Connections over UDP keep every promise that those over TCP keep.</summary>
public class ArqConformanceTests : TransportConformance
{
    protected override EndPoint AnyEndPoint => new ArqEndPoint(new IPEndPoint(IPAddress.Loopback, 0));

    protected override EndPoint[] OtherEndPoints => [new ArqEndPoint(new IPEndPoint(IPAddress.IPv6Loopback, 0))];

    protected override void UseTransport(IWebHostBuilder builder) => builder.UseAldisArq();

    // Nothing distinguishes a server that takes nobody from one that is gone: the port stays bound until the last connection ends.
    private protected override async Task AssertNobodyAcceptsAsync(TransportHost host)
    {
        var server = new ArqEndPoint(((ArqEndPoint)host.EndPoint).Udp, ArqDefaults.Connection with { ConnectTimeoutNs = 500_000_000 });
        await Assert.ThrowsAsync<CommunicationException>(
            async () => await new ArqConnectionFactory().ConnectAsync(server, TestContext.Current.CancellationToken));
    }
}
