using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Listening;
using Aldis.Transports.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Aldis.Benchmarks;

/// <summary>Kestrel with the transports under test.</summary>
internal static class Host
{
    /// <summary>Listens, says so on standard error, and serves until the process ends.</summary>
    public static async Task<WebApplication> StartAsync(
        EndpointAddress address,
        ConnectionHandler handler, ArqHostingOptions? arq = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseAldisSockets();
        builder.WebHost.UseAldisArq(arq);
        ListenOptions? bound = null;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(ListenAddresses.Resolve(address)[0], listen =>
        {
            listen.Protocols = HttpProtocols.None;
            listen.Run(handler.OnConnectedAsync);
            bound = listen;
        }));
        WebApplication application = builder.Build();
        await application.StartAsync();
        await Console.Error.WriteLineAsync($"LISTEN {address.Scheme} {bound!.EndPoint}");
        return application;
    }
}
