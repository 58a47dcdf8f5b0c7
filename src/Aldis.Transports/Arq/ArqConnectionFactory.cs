using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Tracing;
using Aldis.Transports.Addresses;
using Aldis.Transports.Datagrams;
using Aldis.Transports.Randomness;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Arq;

/// <summary>Connects to servers that speak the ARQ protocol.</summary>
/// <param name="trace">Who is told every event of every connection, on the thread where it happens and under a lock: it must be quick
/// and must not call back. Nobody if left out.</param>
internal sealed class ArqConnectionFactory(ITraceSink? trace = null) : IConnectionFactory
{
    private const int SecretBytes = 32;

    /// <summary>
    /// Whether the code of a connection runs on the thread that receives for all clients of the process. Then a reply costs no change
    /// of threads, but code that blocks stops every client connection. Off by default: it runs on the thread pool.
    /// </summary>
    public bool PreferInlineScheduling { get; init; }

    /// <summary>Whether to do without what only Linux has; for tests of the way other systems take.</summary>
    internal bool IsPortable { get; init; }

    /// <summary>Opens a connection.</summary>
    /// <param name="endpoint">An <see cref="ArqEndPoint"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The open connection. Disposing it sends what was written and waits until the peer has it; its code runs on the
    /// thread pool and may block.</returns>
    /// <exception cref="NotSupportedException">The address is of another kind.</exception>
    /// <exception cref="CommunicationException">Nobody listens there, the server refused, or nothing was heard within
    /// <see cref="ConnectionOptions.ConnectTimeoutNs"/>.</exception>
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        if (endpoint is not ArqEndPoint server)
        {
            throw new NotSupportedException($"{endpoint} is no address of the ARQ transport.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        ArqTransportConnection connection = Dial(server);
        try
        {
            await connection.WaitUntilConnectedAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Abort();
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private ArqTransportConnection Dial(ArqEndPoint server)
    {
        DatagramChannel channel;
        try
        {
            channel = DatagramChannel.Connect(server.Udp, IsPortable);
        }
        catch (SocketException exception)
        {
            throw new CommunicationException(
                CommunicationFailure.Network,
                $"cannot send to UDP {server}: {ScopedAddress.Hint(server.Udp.Address) ?? exception.Message.TrimEnd('.')}.",
                exception);
        }

        var options = new EndpointOptions { TimerGranularityNs = DatagramDriver.TimerGranularityNs };
        Span<byte> secret = stackalloc byte[SecretBytes];
        SystemRandom.Fill(secret);
        ArqDriver driver;
        try
        {
            driver = new ArqDriver(
                DatagramLoop.ForClients(IsPortable), channel, options, secret, trace, PreferInlineScheduling, accept: null);
        }
        catch
        {
            channel.Dispose();
            throw;
        }

        ArqTransportConnection connection = driver.Connect(channel.Peer!.Value, server.Options);
        connection.OwnsDriver = true;
        return connection;
    }
}
