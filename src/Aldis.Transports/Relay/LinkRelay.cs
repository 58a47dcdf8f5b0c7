using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Relay;
using Aldis.Transports.Addresses;
using Aldis.Transports.Listening;
using Aldis.Transports.Randomness;

namespace Aldis.Transports.Relay;

/// <summary>
/// A bad network on this machine: it listens, passes on what comes to a target that is fixed at the start, and what comes back, and does
/// to it what <see cref="LinkFaults"/> say. Datagrams keep their borders, and every client has a port of its own towards the target;
/// streams lose no byte. Its end closes everything. Thread-safe.
/// </summary>
public sealed class LinkRelay : ILinkControl, IAsyncDisposable
{
    private const string OnlyLayer = "link";

    private readonly LinkPlan _plan;
    private readonly RelayOptions _options;
    private readonly List<IRelayListener> _listeners = [];

    private LinkRelay(LinkRelayOptions options, ulong seed, bool isStream)
    {
        _plan = new LinkPlan(seed);
        _options = new RelayOptions(_plan)
        {
            MaximumClients = options.MaximumClients,
            IdleNs = LinkFaults.Nanoseconds(options.IdleTimeout),
            Observer = options.Observer,
            Replay = options.Replay,
            Failed = options.Failed,
            IsStream = isStream,
        };
        ToTarget = options.ToTarget;
        ToClient = options.ToClient;
    }

    /// <summary>Where it listens; the first place if there are several.</summary>
    public EndPoint EndPoint => _listeners[0].EndPoint;

    /// <summary>All places where it listens.</summary>
    public IReadOnlyList<EndPoint> EndPoints => [.. _listeners.Select(static listener => listener.EndPoint)];

    /// <summary>Decides every draw.</summary>
    public ulong Seed => _plan.Seed;

    /// <summary>What happens on the way to the target, from now on. What is on its way already stays as it was decided.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A fault is out of its range; the message names it.</exception>
    public LinkFaults ToTarget
    {
        get => FaultsOf(LinkDirection.ToTarget);
        set => SetFaults(LinkDirection.ToTarget, value);
    }

    /// <summary>What happens on the way back, from now on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A fault is out of its range; the message names it.</exception>
    public LinkFaults ToClient
    {
        get => FaultsOf(LinkDirection.ToClient);
        set => SetFaults(LinkDirection.ToClient, value);
    }

    /// <summary>Whether the cable is pulled: nothing passes in either direction, whatever the faults say.</summary>
    public bool IsCut
    {
        get => _plan.IsCut;
        set
        {
            _plan.IsCut = value;
            _listeners.ForEach(static listener => listener.OnChanged());
        }
    }

    /// <summary>What it has done in both directions together.</summary>
    public LinkCounters Counters => CountersOf(LinkDirection.ToTarget).Plus(CountersOf(LinkDirection.ToClient));

    /// <summary>Clients, or connections, that came so far.</summary>
    public long Clients => _listeners.Sum(static listener => listener.ClientCount);

    /// <summary>Clients, or connections, that are there.</summary>
    public long OpenClients => _listeners.Sum(static listener => listener.OpenCount);

    /// <summary>Datagrams that were dropped in both directions, whatever the reason; of streams none is.</summary>
    public long Dropped => Counters.Dropped;

    /// <summary>Begins to listen.</summary>
    /// <param name="listen">Where: <c>udp://127.0.0.1:0</c>, <c>tcp://127.0.0.1:0</c> or <c>unix:/path</c>; loopback where no host is
    /// named, and port 0 picks one.</param>
    /// <param name="target">Where to: datagrams too, or a stream. A scheme that one of both leaves out is the other's, and TCP where both
    /// do.</param>
    /// <param name="faults">What happens in both directions; nothing if left out.</param>
    /// <returns>The relay.</returns>
    /// <exception cref="FormatException">An address is none, or both do not belong together; the message is one sentence.</exception>
    /// <exception cref="CommunicationException">It cannot listen there, nobody knows the target's name, or it is the relay
    /// itself.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A fault is out of its range; the message names it.</exception>
    public static LinkRelay Start(string listen, string target, LinkFaults? faults = null) => Start(
        EndpointAddress.Parse(listen),
        EndpointAddress.Parse(target),
        new LinkRelayOptions { ToTarget = faults ?? LinkFaults.None, ToClient = faults ?? LinkFaults.None });

    /// <summary>Begins to listen.</summary>
    /// <param name="listen">Where.</param>
    /// <param name="target">Where to.</param>
    /// <param name="options">How it is set up.</param>
    /// <returns>The relay.</returns>
    /// <exception cref="FormatException">Both do not belong together; the message is one sentence.</exception>
    /// <exception cref="CommunicationException">It cannot listen there, nobody knows the target's name, or it is the relay
    /// itself.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A fault is out of its range; the message names it.</exception>
    public static LinkRelay Start(EndpointAddress listen, EndpointAddress target, LinkRelayOptions options)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        LinkPlaces places = LinkPlaces.Resolve(listen, target, options.LooksUpLate);
        ulong seed = options.Seed ?? BitConverter.ToUInt64(SystemRandom.GetBytes(sizeof(ulong)));
        var relay = new LinkRelay(options, seed, !places.IsDatagrams);
        try
        {
            foreach (EndPoint place in places.Listen)
            {
                relay._listeners.Add(places.IsDatagrams
                    ? DatagramRelayListener.Bind((IPEndPoint)place, (IPEndPoint)places.Target, relay._options, options.IsPortable)
                    : StreamRelayListener.Bind(place, places.Target, relay._options));
                places.RefuseItself(relay._listeners[^1].EndPoint);
            }

            relay._listeners.ForEach(static listener => listener.Start());
            return relay;
        }
        catch
        {
            relay._listeners.ForEach(static listener => listener.DisposeAsync().AsTask().GetAwaiter().GetResult());
            throw;
        }
    }

    /// <summary>What it has done in one direction.</summary>
    /// <param name="direction">Which.</param>
    /// <returns>The counters as they are now.</returns>
    public LinkCounters CountersOf(LinkDirection direction) => _options.TallyOf(direction).Read();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (IRelayListener listener in _listeners)
        {
            await listener.DisposeAsync().ConfigureAwait(false);
        }
    }

    IReadOnlyList<LinkLayer> ILinkControl.LayersOf(LinkDirection direction) => _plan.LayersOf(direction);

    void ILinkControl.SetLayers(LinkDirection direction, IReadOnlyList<LinkLayer> layers)
    {
        _plan.SetLayers(direction, layers);
        _listeners.ForEach(static listener => listener.OnChanged());
    }

    private LinkFaults FaultsOf(LinkDirection direction) =>
        _plan.LayersOf(direction).Aggregate(LinkFaults.None, static (faults, layer) => faults.Then(layer.Faults));

    private void SetFaults(LinkDirection direction, LinkFaults faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        ((ILinkControl)this).SetLayers(direction, [new LinkLayer(OnlyLayer, faults)]);
    }
}
