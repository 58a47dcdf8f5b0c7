using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Aldis.Journal.Stores;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Fairness;
using Aldis.Services.Events;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Connections;
using Aldis.Transports.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aldis.Services.Hosting;

/// <summary>
/// Serves conversations to many clients, hosted by Kestrel: name the conversations with <see cref="Listen(Conversation, EndpointAddress)"/>,
/// then <see cref="StartAsync"/>. Nothing is served before everything is bound. Within an application <see cref="AldisHosting.AddAldis"/>
/// registers one, which starts and stops with the application.
/// </summary>
public sealed class ConversationServer : IAsyncDisposable
{
    /// <summary>Connections that an arq listener takes beyond the limits, so that they are refused with an answer and not by
    /// silence.</summary>
    private const int RefusalRoom = 64;

    private readonly ServerOptions _options;
    private readonly IServiceProvider _services;
    private readonly LoggedEvents _logged;
    private readonly RefusalSummary _events;
    private readonly AcceptRates _rates;
    private readonly ConnectionQuota _quota;
    private readonly ConnectionBounds _arqBounds;
    private readonly HandshakeQuota _handshakes;
    private readonly ServerHealth _health = new();
    private readonly ILogger _logger;
    private readonly List<ListenSite> _sites = [];
    private readonly List<StreamListener> _streams = [];
    private readonly List<DatagramSite> _datagrams = [];
    private readonly List<BoundEndpoint> _endpoints = [];
    private WebApplication? _kestrel;
    private bool _isStarted;
    private bool _isStopped;

    /// <summary>Creates a server that listens nowhere yet.</summary>
    /// <param name="options">Limits and who is told what happens; the defaults if left out.</param>
    /// <param name="services">
    /// The application around the server: what conversations are made of, and where the server finds its log (<c>ILoggerFactory</c>), its
    /// meters (<c>IMeterFactory</c>), limits in the section <c>Aldis</c> of the <c>IConfiguration</c> (<c>MaxConnections</c>,
    /// <c>MaxConnectionsPerAddress</c> and so on, as the properties of <see cref="ConnectionLimits"/> are called; they come before
    /// the options'), and, where the options name none, its clock (<see cref="TimeProvider"/>) and <see cref="IServiceEvents"/>. None if left
    /// out.
    /// </param>
    /// <exception cref="FormatException">The configuration has a limit that is none; the message names it.</exception>
    public ConversationServer(ServerOptions? options = null, IServiceProvider? services = null)
    {
        _services = services ?? NoServices.Instance;
        _options = ServerSurroundings.Complete(options ?? new ServerOptions(), _services);
        _rates = new AcceptRates(_options.Limits, _options.Time);
        _quota = new ConnectionQuota(_options.Limits, DescriptorBudget.Of(_options.MaxDescriptors), _rates);
        _arqBounds = new ConnectionBounds(WithRefusals(_options.Limits.MaxConnections), WithRefusals(_options.Limits.MaxConnectionsPerAddress));
        _handshakes = new HandshakeQuota(_options.Limits.MaxHandshakesPerAddress, _options.Limits.MaxHandshakes);
        Registry = new ConnectionRegistry(_options.Time);
        _logger = _services.GetService<ILoggerFactory>()?.CreateLogger<ConversationServer>() ?? (ILogger)NullLogger.Instance;
        _logged = new LoggedEvents(_options.Events, _logger);
        var refusals = new RefusalCounts();
        _events = new RefusalSummary(_logged, _options.Time, refusals);
        Meters = new ServerMeters(this, refusals, _services.GetService<IMeterFactory>(), _options.Time);
        Certificates = new CertificateWatch(_events, _health, _logger, _options.Time);
    }

    /// <summary>Where the server listens, once it is started, in the order of the calls that asked for it.</summary>
    public IReadOnlyList<BoundEndpoint> Endpoints => _endpoints;

    /// <summary>What was counted since the start.</summary>
    public ServerStatistics Statistics { get; } = new();

    /// <summary>What is known of each connection that is being served now, in the order in which they opened; the values of one are read
    /// one after the other, while it goes on.</summary>
    public IReadOnlyList<OpenConnection> Connections => Registry.Snapshot();

    /// <summary>The connections that are being served.</summary>
    internal ConnectionRegistry Registry { get; }

    /// <summary>What is counted, for those who collect it.</summary>
    internal ServerMeters Meters { get; }

    /// <summary>Connections open now, those included whose last bytes are on their way.</summary>
    public int OpenConnections => _quota.Total;

    /// <summary>
    /// Ends when a listener died and could not be opened again, which was tried five times within 18 s; its result says which and why. The
    /// other listeners go on. It does not end where all is well.
    /// </summary>
    public Task<CommunicationException> ListenerLost => _health.FirstLost;

    /// <summary>How long messages wait for their acknowledgement; null where no store tells.</summary>
    internal IAcknowledgementTimes? AcknowledgementTimes { get; private set; }

    /// <summary>What the store of messages counts; null where none tells.</summary>
    internal IStoreFigures? StoreFigures { get; private set; }

    /// <summary>Which listeners are not there that should be, and which stores have failed.</summary>
    internal ServerHealth Health => _health;

    /// <summary>The TLS files of the listeners, which are read again when they change.</summary>
    internal CertificateWatch Certificates { get; }

    /// <summary>Is told, in a sentence, of each store that fails. Set before the start.</summary>
    internal Action<string>? StoreFailed { get; set; }

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
    /// <param name="address">Where; <c>tls</c> and <c>arq+tls</c> need the options <c>cert</c> and <c>key</c>. It names a port or a path.</param>
    /// <param name="handler">What serves each connection; one instance for all of them.</param>
    /// <returns>This server.</returns>
    /// <inheritdoc cref="Listen(Conversation, EndpointAddress)" path="/exception"/>
    public ConversationServer Listen(string service, EndpointAddress address, ConnectionHandler handler)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(handler);
        return Listen(new Conversation { Name = service, DefaultPort = address.Port ?? 0, Stream = _ => handler }, address);
    }

    /// <summary>Serves a conversation at an address given as text.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="address">For example <c>tcp://127.0.0.1:0</c>; the port is the conversation's where it names none.</param>
    /// <returns>This server.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    public ConversationServer Listen(Conversation conversation, string address) => Listen(conversation, EndpointAddress.Parse(address));

    /// <summary>Serves a conversation at an address.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="address">Where, over a transport that the conversation can be held over; <c>tls</c> and <c>arq+tls</c> need the options
    /// <c>cert</c> and <c>key</c>. Host and port are <c>localhost</c> and the conversation's where it names none.</param>
    /// <returns>This server.</returns>
    /// <exception cref="InvalidOperationException">The server was started.</exception>
    /// <exception cref="ArgumentException">The conversation's name is not one word.</exception>
    /// <exception cref="FormatException">The conversation cannot be held over that transport, the address names no certificate where it needs
    /// one, or it has an option that is unknown or not allowed.</exception>
    /// <exception cref="CommunicationException">A host name is unknown, or a certificate cannot be read.</exception>
    public ConversationServer Listen(Conversation conversation, EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(address);
        ThrowIfStarted();
        var site = ListenSite.Of(conversation, address.WithDefaults("localhost", conversation.DefaultPort));
        _sites.Add(site.Tls is { } tls ? site with { Tls = Certificates.Share(tls) } : site);
        return this;
    }

    /// <summary>Binds everything and begins to serve.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that ends when every listener is bound.</returns>
    /// <exception cref="CommunicationException">An address cannot be bound; the message names it, and nothing stays bound.</exception>
    /// <exception cref="InvalidOperationException">The server was started before, or a conversation lacks a service.</exception>
    /// <exception cref="ObjectDisposedException">It was stopped.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        ThrowIfStarted();
        _isStarted = true;
        try
        {
            List<Func<BoundEndpoint>> places = Prepare();
            if (_streams.Count > 0)
            {
                _kestrel = PrivateKestrel.Build(
                    _streams, _options, _arqBounds, _services, _events, Watch(FindStream), new SocketHostingOptions
                    {
                        Refused = RefuseForWantOfDescriptors,
                        Admit = TryAdmit,
                        MaxDescriptors = _options.MaxDescriptors,
                    });
                await _kestrel.StartAsync(cancellationToken).ConfigureAwait(false);
                TellOfFewDescriptors();
            }

            foreach (DatagramSite site in _datagrams)
            {
                site.Start();
            }

            _endpoints.AddRange(places.Select(static place => place()));
        }
        catch
        {
            await StopAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Asks the threads that serve connections for a sign of life. By one thread at a time, and not while the server stops.</summary>
    /// <returns>Whether they gave the one that they were asked for by the call before this one.</returns>
    internal bool AskForSignOfLife() => _kestrel?.Services.GetService<ReadinessLoops>()?.Ask() ?? true;

    /// <summary>Lets other limits count for the connections that come from now on; those that are open keep what they opened under. How
    /// much memory there is for what is received does not change while a server runs.</summary>
    /// <param name="limits">The limits.</param>
    internal void ChangeLimits(ConnectionLimits limits)
    {
        _quota.Limits = limits;
        _rates.Change(limits);
        _handshakes.Change(limits.MaxHandshakesPerAddress, limits.MaxHandshakes);
        _arqBounds.Change(WithRefusals(limits.MaxConnections), WithRefusals(limits.MaxConnectionsPerAddress));
        TellOfFewDescriptors();
    }

    /// <summary>Stops in order: takes no new connection, ends idle ones, lets the others finish what is in flight.</summary>
    /// <param name="grace">How long they may take before they are cut; <see cref="Timeout.InfiniteTimeSpan"/> leaves it to the token.</param>
    /// <param name="cancellationToken">Cuts them at once.</param>
    /// <returns>A task that ends when no connection is left.</returns>
    public async Task StopAsync(TimeSpan grace, CancellationToken cancellationToken = default)
    {
        _isStopped = true;
        Certificates.Dispose();
        foreach (DatagramSite site in _datagrams)
        {
            await site.DisposeAsync().ConfigureAwait(false);
        }

        _datagrams.Clear();
        if (_kestrel is not null)
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(grace);
            await _kestrel.StopAsync(deadline.Token).ConfigureAwait(false);
            await _kestrel.DisposeAsync().ConfigureAwait(false);
            _kestrel = null;
        }

        _events.Dispose();
        await _logged.FinishAsync().ConfigureAwait(false);
    }

    /// <summary>Stops at once.</summary>
    /// <returns>A task that ends when no connection is left.</returns>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero).ConfigureAwait(false);

        // What was counted can be read after the stop: the last of it is then still to be collected.
        Meters.Dispose();
    }

    private static int WithRefusals(int limit) => Math.Min(limit, int.MaxValue - RefusalRoom) + RefusalRoom;

    private void ThrowIfStarted()
    {
        ObjectDisposedException.ThrowIf(_isStopped, this);
        if (_isStarted)
        {
            throw new InvalidOperationException("The server was started; say before that where it listens, and start it once.");
        }
    }

    /// <summary>Makes every handler and binds the datagrams. The places are given in the order in which they were asked for.</summary>
    private List<Func<BoundEndpoint>> Prepare()
    {
        var active = new Dictionary<string, StrongBox<int>>(StringComparer.Ordinal);
        var places = new List<Func<BoundEndpoint>>();
        var owners = new HashSet<Task<string>>();
        foreach (ListenSite site in _sites)
        {
            if (site.IsDatagrams)
            {
                foreach (EndPoint endPoint in site.EndPoints)
                {
                    var datagrams = new DatagramSite(
                        site, endPoint, _services, _events, _options.Time, bound => Watch(_ => bound));
                    _datagrams.Add(datagrams);
                    places.Add(() => datagrams.Bound);
                }

                continue;
            }

            string name = site.Conversation.Name;
            if (!active.TryGetValue(name, out StrongBox<int>? count))
            {
                active.Add(name, count = new StrongBox<int>());
            }

            ConnectionHandler handler = site.Conversation.Stream!(new ConversationPlace(site.Address, _services));
            if (handler is IStoreOwner owner && owners.Add(owner.StoreFailed))
            {
                _ = TellWhenFailedAsync(name, owner.StoreFailed);
                _health.Watch(name, owner);
                AcknowledgementTimes ??= owner.AcknowledgementTimes;
                StoreFigures ??= owner.Figures;
                Meters.Follow(owner);
            }

            var admission = new Admission(name, handler, _options, _events, _quota, _handshakes, Statistics, Registry, count);
            foreach (EndPoint endPoint in site.EndPoints)
            {
                var stream = new StreamListener(site, endPoint, admission);
                _streams.Add(stream);
                places.Add(() => stream.Bound);
            }
        }

        return places;
    }

    /// <summary>Tells of a store that fails, once for all addresses of the conversation. Forgotten with a store that never does.</summary>
    private async Task TellWhenFailedAsync(string service, Task<string> storeFailed)
    {
        string sentence = await storeFailed.ConfigureAwait(false);
        _health.StoreFailed(sentence);
        _events.Publish(new ServiceEvent(ServiceEventKind.Fault, service, string.Empty)
        {
            Cause = ServiceEventCause.StoreFailed,
            Detail = sentence,
        });
        StoreFailed?.Invoke(sentence);
    }

    private ListenerWatch Watch(Func<EndPoint, BoundEndpoint> find) => new(find, _health, _events, _logger);

    private BoundEndpoint FindStream(EndPoint endPoint) => _streams.Find(stream => stream.WasAskedFor(endPoint))!.Bound;

    private void TellOfFewDescriptors()
    {
        var budget = DescriptorBudget.Of(_options.MaxDescriptors);
        int room = budget.RoomForConnections(DescriptorLimit.CountOpen());
        if (room < _quota.Limits.MaxConnections)
        {
            _events.Publish(new ServiceEvent(ServiceEventKind.Fault, string.Empty, string.Empty)
            {
                Cause = ServiceEventCause.DescriptorLimit,
                Detail = string.Create(
                    CultureInfo.InvariantCulture,
                    $"the process may have {_options.MaxDescriptors} file descriptors, enough for {room} connections and not for the "
                        + $"{_quota.Limits.MaxConnections} of its limit, and for {budget.Files} files received at once; "
                        + $"raise the limit ('ulimit -n'), or take fewer connections"),
            });
        }
    }

    private QuotaPlace? TryAdmit(EndPoint listener, Socket accepted)
    {
        NetworkKey peer = PeerNetwork.Of(accepted);
        if (_quota.TryEnter(peer, accepted.Handle, ReceivedFiles.Count) is not { } met)
        {
            return new QuotaPlace(_quota, peer);
        }

        _streams.Find(stream => stream.IsAt(listener))?.Admission.Refuse(accepted.RemoteEndPoint, met);
        return null;
    }

    private void RefuseForWantOfDescriptors(EndPoint listener, EndPoint? client) =>
        _streams.Find(stream => stream.IsAt(listener))?.Admission
            .Refuse(client, new(
                ServiceEventCause.DescriptorLimit,
                "out of file descriptors: connections have used up their share; raise the limit of the process ('ulimit -n')"));
}
