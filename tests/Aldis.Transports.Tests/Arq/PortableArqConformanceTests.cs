using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Hosting;

namespace Aldis.Transports.Tests.Arq;

/// <summary>The way that systems other than Linux take.</summary>
public sealed class PortableArqConformanceTests : ArqConformanceTests
{
    protected override bool IsPortable => true;

    protected override void UseTransport(IWebHostBuilder builder) => builder.UseAldisArq(new ArqHostingOptions { IsPortable = true });
}
