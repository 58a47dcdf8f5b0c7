using Aldis.Dashboard.Browser.Tests.Served;

[assembly: AssemblyFixture(typeof(SharedServer))]

namespace Aldis.Dashboard.Browser.Tests.Served;

/// <summary>A server for all tests that leave it as it was but for traffic; each names its own clients.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    internal DashboardProcess Served { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Served = await DashboardProcess.StartAsync();

    public ValueTask DisposeAsync() => Served.DisposeAsync();
}
