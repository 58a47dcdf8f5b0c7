using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Toxics;
using Aldis.Transports;
using Aldis.Transports.Addresses;
using Aldis.Transports.Relay;

namespace Aldis.Services.LinkApi;

/// <summary>A proxy of the API: what it is told to be, its toxics, and the relay that runs while it is enabled. One caller at a time.</summary>
internal sealed class LinkProxy
{
    private static readonly LinkDirection[] Directions = [LinkDirection.ToTarget, LinkDirection.ToClient];

    private readonly LinkApiOptions _options;
    private readonly ILinkObserver? _observer;
    private readonly bool _isDatagrams;
    private readonly ulong _seed;
    private string _listen;
    private string _upstream;

    /// <summary>Makes a proxy that does not run yet.</summary>
    /// <param name="settings">What it is to be.</param>
    /// <param name="options">What is allowed.</param>
    public LinkProxy(ProxySettings settings, LinkApiOptions options)
    {
        _options = options;
        _isDatagrams = settings.IsDatagrams;
        _seed = settings.SeedBeside(options.Seed);
        _listen = settings.Listen;
        _upstream = settings.Upstream;
        _observer = options.Observe?.Invoke(settings.Name);
        Name = settings.Name;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its toxics.</summary>
    public ToxicChain Toxics { get; } = new();

    /// <summary>What carries its traffic while it is enabled; otherwise null.</summary>
    public LinkRelay? Relay { get; private set; }

    /// <summary>What it is now.</summary>
    public ProxySettings Settings => new(Name, _listen, _upstream, Relay is not null, _isDatagrams, _seed);

    /// <summary>Begins to listen, unless it does.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>When it listens.</returns>
    /// <exception cref="ApiRefusalException">It cannot; it is as it was before.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Relay is not null)
        {
            return;
        }

        LinkProxyPlaces places = await PlacesAsync(_listen, _upstream, cancellationToken).ConfigureAwait(false);
        try
        {
            string upstream = _upstream;
            Relay = LinkRelay.Start(places.Listen, places.Target, new LinkRelayOptions
            {
                Seed = _seed,
                Observer = _observer,
                LooksUpLate = true,
                Failed = (client, why) => _options.Failed?.Invoke(Name, upstream, client, why),
            });
        }
        catch (CommunicationException exception)
        {
            string why = exception.InnerException is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse }
                ? "address already in use"
                : "failed";
            throw new ApiRefusalException(
                500, $"listen {LinkApiAddresses.SchemeOf(_isDatagrams)} {places.EndPoint}: bind: {why}", exception.Message);
        }

        _listen = Relay.EndPoint.ToString()!;
        ApplyToxics();
    }

    /// <summary>Ends everything that goes through it, and listens no more.</summary>
    /// <returns>When it is so.</returns>
    public async Task StopAsync()
    {
        if (Relay is { } relay)
        {
            Relay = null;
            await relay.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Whether it would have to begin anew to be what it is told to be.</summary>
    /// <param name="settings">What it is told to be.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>True where it listens or sends elsewhere.</returns>
    /// <exception cref="ApiRefusalException">An address is none, or is not allowed.</exception>
    public async Task<bool> DiffersAsync(ProxySettings settings, CancellationToken cancellationToken)
    {
        LinkProxyPlaces places = await PlacesAsync(settings.Listen, settings.Upstream, cancellationToken).ConfigureAwait(false);
        return places.EndPoint.ToString() != _listen || settings.Upstream != _upstream || settings.IsDatagrams != _isDatagrams;
    }

    /// <summary>Becomes what it is told to be: connections end where it listens or sends elsewhere, or is disabled.</summary>
    /// <param name="settings">What it is told to be.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>When it is so.</returns>
    /// <exception cref="ApiRefusalException">It cannot.</exception>
    public async Task ChangeAsync(ProxySettings settings, CancellationToken cancellationToken)
    {
        if (await DiffersAsync(settings, cancellationToken).ConfigureAwait(false))
        {
            await StopAsync().ConfigureAwait(false);
            _listen = settings.Listen;
            _upstream = settings.Upstream;
        }

        await (settings.Enabled ? StartAsync(cancellationToken) : StopAsync()).ConfigureAwait(false);
    }

    /// <summary>Lets the toxics that there are now, and no others, work on the relay that runs.</summary>
    public void ApplyToxics()
    {
        foreach (LinkDirection direction in Directions)
        {
            (Relay as ILinkControl)?.SetLayers(direction, ToxicLayers.Of(Toxics.All, direction, _isDatagrams));
        }
    }

    /// <summary>Takes a toxic away. Where it held connections back, they end with it: what they waited for is lost.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="ApiRefusalException">There is none.</exception>
    public void RemoveToxic(string name)
    {
        Toxic toxic = Toxics.Remove(name);
        if (ToxicLayers.AtRemoval(toxic, _isDatagrams) is { } end && Relay is { } relay)
        {
            LinkDirection direction = ToxicLayers.DirectionOf(toxic.Stream);
            long last = relay.Clients;
            ILinkControl control = relay;
            control.SetLayers(direction, [.. control.LayersOf(direction), end with { Clients = client => client <= last }]);
        }

        ApplyToxics();
    }

    /// <summary>Writes it as toxiproxy does, and what toxiproxy has not behind it.</summary>
    /// <param name="writer">Takes an object.</param>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, Name);
        writer.WriteString("listen"u8, _listen);
        writer.WriteString("upstream"u8, _upstream);
        writer.WriteBoolean("enabled"u8, Relay is not null);
        writer.WritePropertyName("toxics"u8);
        WriteToxics(writer);
        writer.WriteString("protocol"u8, LinkApiAddresses.SchemeOf(_isDatagrams));
        writer.WriteNumber("seed"u8, _seed);
        writer.WriteEndObject();
    }

    /// <summary>Writes its toxics.</summary>
    /// <param name="writer">Takes an array.</param>
    public void WriteToxics(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        foreach (Toxic toxic in Toxics.All)
        {
            WriteToxic(writer, toxic);
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes a toxic of its own.</summary>
    /// <param name="writer">Takes an object.</param>
    /// <param name="toxic">The toxic.</param>
    public void WriteToxic(Utf8JsonWriter writer, Toxic toxic) => ToxicJson.Write(writer, toxic, _isDatagrams);

    private async Task<LinkProxyPlaces> PlacesAsync(string listen, string upstream, CancellationToken cancellationToken)
    {
        IPEndPoint place = await LinkApiAddresses.ListenAsync(listen, _options.AllowsAnyListen, cancellationToken).ConfigureAwait(false);
        var places = new LinkProxyPlaces(
            place,
            EndpointAddress.Parse(EndpointAddress.Format(LinkApiAddresses.SchemeOf(_isDatagrams), place)),
            LinkApiAddresses.Upstream(upstream, _isDatagrams));
        try
        {
            LinkPlaces.Resolve(places.Listen, places.Target, looksUpLate: true).RefuseItself(place);
            return places;
        }
        catch (CommunicationException exception)
        {
            throw new ApiRefusalException(400, "upstream is the listener, or is not known", exception.Message);
        }
    }

    private sealed record LinkProxyPlaces(IPEndPoint EndPoint, EndpointAddress Listen, EndpointAddress Target);
}
