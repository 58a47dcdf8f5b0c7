using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Aldis.Protocols.Arq;
using Aldis.Transports.Addresses;
using Aldis.Transports.Arq;
using Aldis.Transports.Tls;

namespace Aldis.Transports.Dialing;

/// <summary>
/// Opens stream connections to an <see cref="EndpointAddress"/>. The addresses of a host name are raced (RFC 8305): where one is silent the
/// next is tried beside it after 250 ms, where one fails at once; the first that connects is taken. <c>localhost</c> may name <c>::1</c>
/// first while the server listens on 127.0.0.1.
/// </summary>
public static class Dialer
{
    /// <summary>Opens a stream connection.</summary>
    /// <param name="address">
    /// Where to: any scheme but <c>udp</c>, with host and port or a path. Options of <c>tls</c> and <c>arq+tls</c>: <c>cafile=FILE</c>
    /// trusts the certificates in a PEM file and no others, <c>servername=NAME</c> is the name to verify, <c>pin=sha256:HASH</c> trusts the
    /// server's key instead (and beside <c>cafile</c>), <c>cert=FILE</c> and <c>key=FILE</c> show a certificate, <c>min-version=1.3</c>
    /// takes nothing older, <c>insecure</c> verifies nothing (docs/tls.md). Those of <c>arq</c> and <c>arq+tls</c> are <see cref="ArqAddressOptions"/>'.
    /// </param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The open connection; the caller disposes it.</returns>
    /// <exception cref="CommunicationException">
    /// <see cref="CommunicationFailure.Network"/> if nobody answers there, <see cref="CommunicationFailure.Timeout"/> if nothing was
    /// heard within the limit, <see cref="CommunicationFailure.Authentication"/> if TLS failed.
    /// </exception>
    /// <exception cref="FormatException">As <see cref="CheckOptions"/>.</exception>
    /// <exception cref="ArgumentException">The address is a datagram address or lacks a port.</exception>
    public static async Task<ClientConnection> ConnectAsync(
        EndpointAddress address, DialOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(address);
        options ??= DialOptions.Default;
        if (address.Scheme == TransportScheme.Udp)
        {
            throw new ArgumentException($"{address} is a datagram address; this conversation needs a stream such as tcp://.", nameof(address));
        }

        CheckOptions(address);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.ConnectTimeout);
        try
        {
            var failure = new TlsFailure(address);
            SslClientAuthenticationOptions? tls = address.UsesTls ? ClientTls.Authentication(address, failure) : null;
            ICarrier carrier = await ConnectCarrierAsync(address, options, deadline.Token, cancellationToken).ConfigureAwait(false);
            Stream stream = tls is null
                ? carrier.Stream
                : await AuthenticateAsync(carrier, tls, failure, deadline.Token).ConfigureAwait(false);
            return new ClientConnection(carrier, stream, options.ResetsUntilFinished);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommunicationException(
                CommunicationFailure.Timeout,
                $"{address} did not answer within {options.ConnectTimeout.TotalSeconds:0.###} s: check the address and what lies between.",
                exception);
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(CommunicationFailure.Network, DialFailure.Describe(address, exception), exception);
        }
        catch (AuthenticationException exception)
        {
            throw new CommunicationException(
                CommunicationFailure.Authentication, $"TLS with {address} failed: {exception.Message}", exception);
        }
        catch (IOException exception) when (exception is not CommunicationException && address.UsesTls)
        {
            throw new CommunicationException(
                CommunicationFailure.Authentication, $"TLS with {address} failed: the peer broke off the handshake; it may not speak TLS.", exception);
        }
        catch (IOException exception) when (exception is not CommunicationException)
        {
            throw new CommunicationException(CommunicationFailure.Network, $"connecting to {address} failed: {exception.Message}", exception);
        }
    }

    /// <summary>Opens a stream over reliable UDP, for who wants what an <see cref="ArqStream"/> has beyond every other stream.</summary>
    /// <param name="address">For example <c>arq://example.net:8888?mode=go-back-n</c>, or <c>example.net:8888</c>. It names a port; its
    /// options are those of <see cref="ArqAddressOptions"/>.</param>
    /// <param name="options">Limits; the defaults if left out.</param>
    /// <param name="cancellationToken">Stops trying.</param>
    /// <returns>The open stream; the caller disposes it.</returns>
    /// <exception cref="FormatException">The text is no <c>arq</c> address, names no port, or has an option that is not allowed.</exception>
    /// <exception cref="CommunicationException">Nobody listens there, the server refused, or nothing was heard.</exception>
    public static async Task<ArqStream> ConnectArqAsync(
        string address, DialOptions? options = null, CancellationToken cancellationToken = default)
    {
        var server = EndpointAddress.Parse(address);
        if (!server.HasScheme)
        {
            server = EndpointAddress.Parse("arq://" + address);
        }

        if (server.Scheme != TransportScheme.Arq)
        {
            throw new FormatException(
                $"{server} is carried by something else than arq; Dialer.ConnectAsync opens a stream to every address, with TLS where it has it.");
        }

        if (server.Port is null)
        {
            throw new FormatException($"{server} names no port: write arq://host:port.");
        }

        return (ArqStream)(await ConnectAsync(server, options, cancellationToken).ConfigureAwait(false)).Stream;
    }

    /// <summary>Looks at the options of an address that is to be dialled, and opens nothing.</summary>
    /// <param name="address">The address, of any scheme.</param>
    /// <exception cref="FormatException">An option is unknown there, or its value is not allowed; the message is one sentence.</exception>
    public static void CheckOptions(EndpointAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.UsesArq)
        {
            _ = ArqAddressOptions.ForClient(address);
        }
        else
        {
            AddressOptions.RefuseUnknown(address, address.UsesTls ? AddressOptions.TlsClient : []);
        }

        if (address.UsesTls)
        {
            ClientTls.Check(address);
        }
    }

    private static Task<ICarrier> ConnectCarrierAsync(
        EndpointAddress address, DialOptions options, CancellationToken cancellationToken, CancellationToken callers)
    {
        if (address.IsUnix)
        {
            return address.Scheme == TransportScheme.Unix
                ? SocketCarrier.ConnectAsync(address.ToUnixEndPoint(), resetsOnClose: false, cancellationToken)
                : PacketCarrier.ConnectAsync(address.ToTypedEndPoint(), cancellationToken);
        }

        if (!address.UsesArq)
        {
            return RaceAsync(
                address,
                options,
                (server, stop) => SocketCarrier.ConnectAsync(server, options.ResetsUntilFinished, stop),
                cancellationToken,
                callers);
        }

        ConnectionOptions asked = ArqAddressOptions.ForClient(address) with
        {
            ConnectTimeoutNs = (long)options.ConnectTimeout.TotalNanoseconds,
        };
        return RaceAsync(
            address,
            options,
            (server, stop) => ArqCarrier.ConnectAsync(new ArqEndPoint(server, asked), options.Trace, stop),
            cancellationToken,
            callers);
    }

    /// <summary>Tries the addresses of the host against each other.</summary>
    private static async Task<ICarrier> RaceAsync(
        EndpointAddress address,
        DialOptions options,
        Func<IPEndPoint, CancellationToken, Task<ICarrier>> connect,
        CancellationToken cancellationToken,
        CancellationToken callers)
    {
        IReadOnlyList<IPEndPoint> servers = await HostAddresses.FindAsync(address, options, cancellationToken).ConfigureAwait(false);
        var racer = new AddressRacer<ICarrier>(servers, connect, DiscardAsync, TimeProvider.System);
        try
        {
            return await racer.RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (
            servers.Count > 1
            && !callers.IsCancellationRequested
            && exception is OperationCanceledException or SocketException or CommunicationException)
        {
            throw DialFailure.Describe(address, racer.Attempts, options.ConnectTimeout, exception);
        }
    }

    private static async ValueTask DiscardAsync(ICarrier loser)
    {
        // The server is told at once; an orderly end would wait for its word.
        loser.Abort();
        await new ClientConnection(loser, loser.Stream, resetsUntilFinished: false).DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<Stream> AuthenticateAsync(
        ICarrier carrier, SslClientAuthenticationOptions authentication, TlsFailure failure, CancellationToken cancellationToken)
    {
        var tls = new SslStream(carrier.Stream, leaveInnerStreamOpen: false);
        try
        {
            await tls.AuthenticateAsClientAsync(authentication, cancellationToken).ConfigureAwait(false);
            return tls;
        }
        catch (Exception exception)
        {
            if (exception is OperationCanceledException)
            {
                // The time is up; an orderly end would wait for the same peer.
                carrier.Abort();
            }

            await new ClientConnection(carrier, tls, resetsUntilFinished: false).DisposeAsync().ConfigureAwait(false);
            if (exception is AuthenticationException)
            {
                throw new AuthenticationException(failure.Reason(), exception);
            }

            throw;
        }
    }
}
