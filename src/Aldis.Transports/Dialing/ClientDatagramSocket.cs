using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Dialing;

/// <summary>
/// A datagram socket that talks to one server. It is connected, so that datagrams of others are not received and the system reports
/// when nobody listens there. One send and one receive may be under way at the same time.
/// </summary>
public sealed class ClientDatagramSocket : IDisposable
{
    /// <summary>Most payload bytes of one datagram over IPv4: 65,535 less the headers of IP and UDP (RFC 768, RFC 791).</summary>
    public const int MaxPayloadSize = 65_507;

    /// <summary>Room for what arrives in a burst, in bytes; the system may give less.</summary>
    private const int BufferSize = 4 * 1024 * 1024;

    private readonly EndpointAddress _address;
    private readonly IPAddress[] _candidates;
    private int _candidate;
    private Socket _socket;

    private ClientDatagramSocket(EndpointAddress address, IPAddress[] candidates)
    {
        _address = address;
        _candidates = candidates;
        _socket = Connect();
    }

    /// <summary>Looks the host up and makes a socket. Nothing is sent, so that success does not mean that somebody listens.</summary>
    /// <param name="address">Where to: <c>udp</c>, with host and port.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>The socket; the caller disposes it.</returns>
    /// <exception cref="CommunicationException">The host is not known or cannot be reached from here.</exception>
    /// <exception cref="ArgumentException">The address is not a datagram address or lacks a port.</exception>
    public static async Task<ClientDatagramSocket> ConnectAsync(
        EndpointAddress address, DialOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= DialOptions.Default;
        if (address.Scheme != TransportScheme.Udp || address.Port is null)
        {
            throw new ArgumentException($"{address} is no datagram address: write udp://host:port.", nameof(address));
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.ConnectTimeout);
        try
        {
            IPAddress[] candidates = IPAddress.TryParse(address.Host, out IPAddress? literal)
                ? [literal]
                : await Dns.GetHostAddressesAsync(address.Host, deadline.Token);
            return candidates.Length == 0
                ? throw new SocketException((int)SocketError.HostNotFound)
                : new ClientDatagramSocket(address, candidates);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommunicationException(
                CommunicationFailure.Timeout,
                $"{address.Host} could not be looked up within {options.ConnectTimeout.TotalSeconds:0.###} s.",
                exception);
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(CommunicationFailure.Network, Dialer.Describe(address, exception), exception);
        }
    }

    /// <summary>Sends one datagram.</summary>
    /// <param name="payload">0 to <see cref="MaxPayloadSize"/> bytes.</param>
    /// <param name="cancellationToken">Stops waiting for room.</param>
    /// <returns>A task that ends when the system took the datagram; it may still be lost.</returns>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Network"/>: nobody listens there (learnt from an earlier datagram), or it is too long.
    /// </exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        try
        {
            await _socket.SendAsync(payload, cancellationToken);
        }
        catch (SocketException exception)
        {
            throw Failure(exception);
        }
    }

    /// <summary>Waits for one datagram.</summary>
    /// <param name="buffer">Takes the payload; the rest of a longer datagram is lost.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The payload's length in bytes, which may be 0.</returns>
    /// <exception cref="CommunicationException"><see cref="CommunicationFailure.Network"/>: nobody listens there.</exception>
    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, cancellationToken);
        }
        catch (SocketException exception)
        {
            throw Failure(exception);
        }
    }

    /// <summary>
    /// Turns to the next address of the host, for a caller that heard nothing but "nobody listens": <c>localhost</c> may name <c>::1</c>
    /// first while the server listens on 127.0.0.1. What was sent must be sent again.
    /// </summary>
    /// <returns>False where the host has no other address.</returns>
    public bool TryNextAddress()
    {
        if (_candidate + 1 >= _candidates.Length)
        {
            return false;
        }

        _candidate++;
        _socket.Dispose();
        _socket = Connect();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private Socket Connect()
    {
        IPAddress candidate = _candidates[_candidate];
        var socket = new Socket(candidate.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = BufferSize,
            SendBufferSize = BufferSize,
        };
        try
        {
            socket.Connect(new IPEndPoint(candidate, _address.Port!.Value));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private CommunicationException Failure(SocketException exception) => new(
        CommunicationFailure.Network,
        exception.SocketErrorCode switch
        {
            SocketError.ConnectionRefused or SocketError.ConnectionReset =>
                $"{_address} refused the datagram: nothing listens there; is the server running, and on that port?",
            SocketError.MessageSize => $"{_address} cannot be sent a datagram of that size: at most {MaxPayloadSize} bytes fit.",
            _ => Dialer.Describe(_address, exception),
        },
        exception);
}
