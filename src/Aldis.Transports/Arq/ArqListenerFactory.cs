using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Arq;
using Aldis.Transports.Budgets;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Randomness;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Aldis.Transports.Arq;

/// <summary>Listens on <see cref="ArqEndPoint"/>s for Kestrel and leaves every other kind of address to others.</summary>
/// <param name="options">How.</param>
/// <param name="governor">Bounds what connections hold.</param>
/// <param name="loggerFactory">Gives the listeners their logger.</param>
internal sealed class ArqListenerFactory(ArqHostingOptions options, ReceiveGovernor governor, ILoggerFactory loggerFactory)
    : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Bytes of a secret at least.</summary>
    public const int LeastSecret = 16;

    private readonly ReadOnlyMemory<byte> _secret =
        options.Secret.IsEmpty ? SystemRandom.GetBytes(2 * LeastSecret) : options.Secret;

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is ArqEndPoint;

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not ArqEndPoint place)
        {
            throw new NotSupportedException($"{endpoint} is no address of the ARQ transport.");
        }

        DatagramChannel channel;
        try
        {
            channel = DatagramChannel.Bind(place.Udp, options.IsPortable);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(exception.Message, exception);
        }

        var granted = new EndpointOptions
        {
            Accept = place.Options,
            MaxConnections = options.MaxConnections,
            MaxConnectionsPerAddress = options.MaxConnectionsPerAddress,
            Bounds = options.Bounds,
            TimerGranularityNs = DatagramDriver.TimerGranularityNs,
            Budget = governor.Budget,
        };
        try
        {
            return ValueTask.FromResult<IConnectionListener>(new ArqListener(
                channel, granted, _secret.Span, options, governor, loggerFactory.CreateLogger<ArqListener>()));
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }
}
