using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aldis.Transports.Tests.Connections;

/// <summary>A Kestrel with one listener over the transport under test, and clients for it.</summary>
internal sealed class TransportHost : IAsyncDisposable
{
    private readonly WebApplication _application;

    private TransportHost(WebApplication application, EndPoint endPoint)
    {
        _application = application;
        EndPoint = endPoint;
    }

    public EndPoint EndPoint { get; }

    public static async Task<TransportHost> StartAsync(
        Action<IWebHostBuilder> useTransport,
        ConnectionDelegate handler,
        EndPoint? endPoint = null,
        Action<ListenOptions>? configure = null,
        bool isPortable = false)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        ListenOptions? bound = null;
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0), listen =>
        {
            bound = listen;
            configure?.Invoke(listen);
            listen.Run(connection => handler(connection));
        }));
        useTransport(builder.WebHost);
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        WebApplication application = builder.Build();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new TransportHost(application, bound!.EndPoint) { ArqFactory = new ArqConnectionFactory { IsPortable = isPortable } };
    }

    public ArqConnectionFactory ArqFactory { get; init; } = new();

    public async Task<ConformanceClient> ConnectAsync() => EndPoint is ArqEndPoint arq
        ? ConformanceClient.From(await ArqFactory.ConnectAsync(arq, TestContext.Current.CancellationToken))
        : ConformanceClient.From(await ConnectSocketAsync());

    public async Task<Socket> ConnectSocketAsync()
    {
        bool isUnix = EndPoint is UnixDomainSocketEndPoint;
        var socket = new Socket(EndPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        if (!isUnix)
        {
            socket.NoDelay = true;
        }

        await socket.ConnectAsync(EndPoint, TestContext.Current.CancellationToken);
        return socket;
    }

    public async Task StopAsync() => await _application.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
