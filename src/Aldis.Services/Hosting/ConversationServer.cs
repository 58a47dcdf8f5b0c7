using System.Net;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Listening;
using Aldis.Transports.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aldis.Services.Hosting;

/// <summary>
/// Serves conversations to many clients, hosted by Kestrel: name the conversations with <see cref="Listen(string, EndpointAddress, ConnectionHandler)"/>,
/// then <see cref="StartAsync"/>. Nothing is served before everything is bound.
/// </summary>
public sealed class ConversationServer : IAsyncDisposable
{
    /// <summary>Connections that an arq listener takes beyond the limits, so that they are refused with an answer and not by silence.</summary>
    private const int RefusalRoom = 64;

    private readonly ServerOptions _options;
    private readonly RefusalSummary _events;
    private readonly ConnectionQuota _quota;
    private readonly List<Action<KestrelServerOptions>> _streams = [];
    private readonly List<(string Service, string Protocol, ListenOptions Options, Admission Admission)> _bound = [];
    private readonly List<DatagramListener> _datagrams = [];
    private readonly List<BoundEndpoint> _endpoints = [];
    private WebApplication? _kestrel;
    private bool _started;

    /// <summary>Creates a server that listens nowhere yet.</summary>
    /// <param name="options">Limits and who is told what happens; the defaults if left out.</param>
    public ConversationServer(ServerOptions? options = null)
    {
        _options = options ?? new ServerOptions();
        _events = new RefusalSummary(_options.Events, _options.Time);
        _quota = new ConnectionQuota(_options.Limits);
        Connections = new ConnectionRegistry(_options.Time);
    }

    /// <summary>Where the server listens, once it is started, in the order of the calls that asked for it.</summary>
    public IReadOnlyList<BoundEndpoint> Endpoints => _endpoints;

    /// <summary>What was counted since the start.</summary>
    public ServerStatistics Statistics { get; } = new();

    /// <summary>The connections that are being served.</summary>
    public ConnectionRegistry Connections { get; }

    /// <summary>Connections open now, those included whose last bytes are on their way.</summary>
    public int OpenConnections => _quota.Total;

    /// <summary>Serves a stream conversation at an address given as text.</summary>
    /// <param name="service">The conversation's name, for events and readiness lines.</param>
    /// <param name="address">For example <c>tcp://127.0.0.1:0</c>; it names a port or a path.</param>
    /// <param name="handler">What serves each connection; one instance for all of them.</param>
    /// <returns>This server.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    public ConversationServer Listen(string service, string address, ConnectionHandler handler) =>
        Listen(service, EndpointAddress.Parse(address), handler);

    /// <summary>Serves a stream conversation at an address.</summary>
    /// <param name="service">The conversation's name, for events and readiness lines.</param>
    /// <param name="address">Where; <c>tls</c> and <c>arq+tls</c> need the options <c>cert</c> and <c>key</c>.</param>
    /// <param name="handler">What serves each connection; one instance for all of them.</param>
    /// <returns>This server.</returns>
    /// <exception cref="InvalidOperationException">The server is started.</exception>
    /// <exception cref="FormatException">The address names no certificate where it needs one, or has an option that is not allowed.</exception>
    /// <exception cref="CommunicationException">A host name is unknown, or a certificate cannot be read.</exception>
    public ConversationServer Listen(string service, EndpointAddress address, ConnectionHandler handler)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(handler);
        ObjectDisposedException.ThrowIf(_started, this);
        if (address.Scheme == TransportScheme.Udp)
        {
            throw new FormatException($"{service} is a stream conversation and cannot be held over {address}: use tcp, tls, arq, arq+tls or unix.");
        }

        var certificate = address.UsesTls ? ServerCertificate.Load(address) : null;
        var admission = new Admission(service, handler, _options, _events, _quota, Statistics, Connections);
        foreach (EndPoint endPoint in ListenAddresses.Resolve(address, AckOptions.PerLineOption))
        {
            _streams.Add(kestrel => kestrel.Listen(endPoint, listen =>
            {
                // No HTTP is spoken here: a TLS handshake must not offer its versions (ALPN, RFC 7301).
                listen.Protocols = HttpProtocols.None;
                listen.Use(next => admission.Admit(next, address.UsesTls));
                if (certificate is not null)
                {
                    listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = certificate });
                }

                listen.Run(admission.ServeAsync);
                _bound.Add((service, EndpointAddress.SchemeName(address.Scheme), listen, admission));
            }));
        }

        return this;
    }

    /// <summary>Serves the datagram echo at a <c>udp</c> address.</summary>
    /// <param name="address">Where.</param>
    /// <returns>This server.</returns>
    /// <exception cref="CommunicationException">It cannot be bound.</exception>
    public ConversationServer ListenDatagramEcho(EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        foreach (EndPoint endPoint in ListenAddresses.Resolve(address))
        {
            _datagrams.Add(DatagramEcho.Bind((IPEndPoint)endPoint, _events));
        }

        return this;
    }

    /// <summary>Binds everything and begins to serve.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when every listener is bound.</returns>
    /// <exception cref="CommunicationException">An address cannot be bound; the message names it.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_started, this);
        _started = true;
        if (_streams.Count > 0)
        {
            _kestrel = BuildKestrel();
            await _kestrel.StartAsync(cancellationToken);
            _endpoints.AddRange(_bound.Select(bound => new BoundEndpoint(
                bound.Service, bound.Protocol, ListenAddresses.NetworkEndPoint(bound.Options.EndPoint))));
        }

        foreach (DatagramListener listener in _datagrams)
        {
            listener.Start();
            _endpoints.Add(new BoundEndpoint("echo", "udp", listener.EndPoint));
        }
    }

    /// <summary>Stops in order: takes no new connection, ends idle ones, lets the others finish what is in flight.</summary>
    /// <param name="grace">How long they may take before they are cut.</param>
    /// <param name="cancellationToken">Cuts them at once.</param>
    /// <returns>A task that ends when no connection is left.</returns>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken = default)
    {
        foreach (DatagramListener listener in _datagrams)
        {
            await listener.DisposeAsync();
        }

        _datagrams.Clear();
        if (_kestrel is not null)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(grace);
            await _kestrel.StopAsync(deadline.Token);
            await _kestrel.DisposeAsync();
            _kestrel = null;
        }

        _events.Dispose();
    }

    /// <summary>Stops at once.</summary>
    /// <returns>A task that ends when no connection is left.</returns>
    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);

    private WebApplication BuildKestrel()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseAldisSockets(new SocketHostingOptions { Refused = RefuseForWantOfDescriptors });
        builder.WebHost.UseAldisArq(new ArqHostingOptions
        {
            Secret = _options.ArqSecret,
            MaxConnections = _options.Limits.MaxConnections + RefusalRoom,
            MaxConnectionsPerAddress = _options.Limits.MaxConnectionsPerAddress + RefusalRoom,
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.AddProvider(new EventLogger(_events)).AddFilter(EventLogger.HandshakeCategory, LogLevel.Debug);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (Action<KestrelServerOptions> listen in _streams)
            {
                listen(kestrel);
            }
        });

        // The caller decides when to stop: a library that takes the process's signals surprises.
        builder.Services.AddSingleton<IHostLifetime, CallerDecides>();
        DescribeBindFailures(builder.Services);
        return builder.Build();
    }

    private void RefuseForWantOfDescriptors(EndPoint listener, EndPoint? client) =>
        _bound.Find(bound => bound.Options.EndPoint.Equals(listener)).Admission?
            .Refuse(client, new(
                ServiceEventCause.DescriptorLimit, "the process has few file descriptors left; raise its limit ('ulimit -n')"));

    private static void DescribeBindFailures(IServiceCollection services)
    {
        for (int index = 0; index < services.Count; index++)
        {
            ServiceDescriptor factory = services[index];
            if (factory.ServiceType == typeof(IConnectionListenerFactory))
            {
                services[index] = ServiceDescriptor.Singleton<IConnectionListenerFactory>(provider => new DescribingListenerFactory(
                    (IConnectionListenerFactory)ActivatorUtilities.CreateInstance(provider, factory.ImplementationType!)));
            }
        }
    }

    private sealed class CallerDecides : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
