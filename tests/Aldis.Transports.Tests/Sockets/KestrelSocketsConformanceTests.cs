using Aldis.Transports.Tests.Connections;
using Microsoft.AspNetCore.Hosting;

namespace Aldis.Transports.Tests.Sockets;

/// <summary>Kestrel's own transport: it is the fallback, and the measure of what the conformance may ask.</summary>
public sealed class KestrelSocketsConformanceTests : TransportConformance
{
    protected override void UseTransport(IWebHostBuilder builder) => builder.UseSockets();
}
