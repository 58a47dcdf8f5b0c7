using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Datagrams;
using Aldis.Transports.Addresses;

namespace Aldis.Transports.Dialing;

/// <summary>
/// A datagram socket that talks to one server. It is connected, so that datagrams of others are not received and the system reports
/// when nobody listens there. One send and one receive may be under way at the same time.
/// </summary>
internal sealed class ClientDatagramSocket : IDisposable
{
    /// <summary>Room for what arrives in a burst, in bytes; the system may give less.</summary>
    private const int BufferSize = 4 * 1024 * 1024;

    private readonly EndpointAddress _address;
    private readonly IReadOnlyList<IPEndPoint> _candidates;
    private Socket _socket;

    private ClientDatagramSocket(EndpointAddress address, IReadOnlyList<IPEndPoint> candidates)
    {
        _address = address;
        _candidates = candidates;
        _socket = ConnectFirst(candidates);
    }

    /// <summary>Whether the host has more than one address, so that <see cref="AskAsync"/> has something to find out.</summary>
    public bool HasAlternatives => _candidates.Count > 1;

    /// <summary>Whom it talks to.</summary>
    public EndPoint RemoteEndPoint => _socket.RemoteEndPoint!;

    /// <summary>Looks the host up and makes a socket. Nothing is sent, so that success does not mean that somebody listens.</summary>
    /// <param name="address">Where to: <c>udp</c>, with host and port.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <returns>The socket; the caller disposes it.</returns>
    /// <exception cref="CommunicationException">The host is not known or cannot be reached from here.</exception>
    /// <exception cref="FormatException">As <see cref="Dialer.CheckOptions"/>.</exception>
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

        Dialer.CheckOptions(address);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.ConnectTimeout);
        try
        {
            return new ClientDatagramSocket(address, await HostAddresses.FindAsync(address, options, deadline.Token).ConfigureAwait(false));
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
            throw new CommunicationException(CommunicationFailure.Network, DialFailure.Describe(address, exception), exception);
        }
    }

    /// <summary>Sends one datagram.</summary>
    /// <param name="payload">0 to <see cref="DatagramLimits.MaxPayload"/> bytes.</param>
    /// <param name="cancellationToken">Stops waiting for room.</param>
    /// <returns>A task that ends when the system took the datagram; it may still be lost.</returns>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Network"/>: nobody listens there (learnt from an earlier datagram), or it is too long.
    /// </exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        try
        {
            await _socket.SendAsync(payload, cancellationToken).ConfigureAwait(false);
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
            return await _socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception)
        {
            throw Failure(exception);
        }
    }

    /// <summary>
    /// Finds out which address of the host answers, and talks to that one from then on. A datagram socket is "connected" without a word
    /// of the other side, so nothing but a reply proves that somebody is there: the question is asked once on each address, the next one
    /// after 250 ms of silence or at once where nobody listens (RFC 8305), and the first reply decides.
    /// </summary>
    /// <param name="question">What to send, 0 to <see cref="DatagramLimits.MaxPayload"/> bytes; each address may be sent it.</param>
    /// <param name="buffer">Takes the reply; the rest of a longer one is lost.</param>
    /// <param name="timeout">How long to wait for a reply from any of them.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The reply's length in bytes; null where no address answered in time: then the first is kept on which nobody said that
    /// nothing listens.</returns>
    /// <exception cref="CommunicationException"><see cref="CommunicationFailure.Network"/>: nobody listens on any of them.</exception>
    public async ValueTask<int?> AskAsync(
        ReadOnlyMemory<byte> question, Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        var racer = new AddressRacer<(IPEndPoint Server, byte[] Reply)>(
            _candidates,
            (server, stop) => AskOneAsync(server, question, buffer.Length, stop),
            static _ => ValueTask.CompletedTask,
            TimeProvider.System);
        try
        {
            (IPEndPoint server, byte[] reply) = await racer.RunAsync(deadline.Token).ConfigureAwait(false);
            TurnTo(server);
            reply.CopyTo(buffer);
            return reply.Length;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            TurnTo(racer.Attempts.First(static attempt => attempt.State == AttemptState.Silent).Server);
            return null;
        }
        catch (SocketException exception)
        {
            throw HasAlternatives ? DialFailure.Describe(_address, racer.Attempts, timeout, exception) : Failure(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static async Task<(IPEndPoint Server, byte[] Reply)> AskOneAsync(
        IPEndPoint server, ReadOnlyMemory<byte> question, int room, CancellationToken cancellationToken)
    {
        // A socket of its own: a reply that comes late reaches nobody, instead of being taken for the answer to something else.
        using Socket socket = Connect(server);
        byte[] reply = GC.AllocateUninitializedArray<byte>(room);
        await socket.SendAsync(question, cancellationToken).ConfigureAwait(false);
        int length = await socket.ReceiveAsync(reply, cancellationToken).ConfigureAwait(false);
        return (server, reply[..length]);
    }

    private static Socket Connect(IPEndPoint server)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveBufferSize = BufferSize,
            SendBufferSize = BufferSize,
        };
        try
        {
            socket.Connect(server);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes the first address there is a way to.</summary>
    private static Socket ConnectFirst(IReadOnlyList<IPEndPoint> candidates)
    {
        for (int index = 0; ; index++)
        {
            try
            {
                return Connect(candidates[index]);
            }
            catch (SocketException) when (index + 1 < candidates.Count)
            {
                // The system knows no way there; it may know one to the next.
            }
        }
    }

    private void TurnTo(IPEndPoint server)
    {
        Socket before = _socket;
        _socket = Connect(server);
        before.Dispose();
    }

    private CommunicationException Failure(SocketException exception) => new(
        CommunicationFailure.Network,
        exception.SocketErrorCode switch
        {
            SocketError.ConnectionRefused or SocketError.ConnectionReset =>
                $"{_address} refused the datagram: nothing listens there; is the server running, and on that port?",
            SocketError.MessageSize => $"{_address} cannot be sent a datagram of that size: at most {DatagramLimits.MaxPayload} bytes fit.",
            _ => DialFailure.Describe(_address, exception),
        },
        exception);
}
