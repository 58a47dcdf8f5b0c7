using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Aldis.Protocols.Trials;
using Aldis.Transports.Arq;
using Aldis.Transports.Budgets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Aldis.Transports.Trials;

/// <summary>
/// The other side of a trial over streams: it does with each connection what its first byte says. Every connection has a thread of its own,
/// but for reliable datagrams, whose code runs where they are received.
/// </summary>
internal sealed class TrialServer : IAsyncDisposable
{
    private const int ReadBytes = 128 * 1024;

    private readonly Socket? _listener;
    private readonly ReceiveGovernor? _governor;
    private readonly IConnectionListener? _connections;
    private readonly X509Certificate2? _certificate;
    private readonly List<TrialChannel> _open = [];
    private bool _isDisposed;

    private TrialServer(Socket listener, X509Certificate2? certificate)
    {
        _listener = listener;
        _certificate = certificate;
        EndPoint = listener.LocalEndPoint!;
    }

    private TrialServer(ReceiveGovernor governor, IConnectionListener connections)
    {
        _governor = governor;
        _connections = connections;
        EndPoint = ((ArqEndPoint)connections.EndPoint).Udp;
    }

    /// <summary>Where it listens.</summary>
    public EndPoint EndPoint { get; }

    /// <summary>What the next connection that sends pieces is counted in.</summary>
    public TrialSink Sink { get; set; } = new();

    /// <summary>Begins to listen on a socket.</summary>
    /// <param name="place">Where.</param>
    /// <param name="certificate">Its certificate, where it speaks TLS.</param>
    public static TrialServer Start(EndPoint place, X509Certificate2? certificate)
    {
        var listener = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(place);
        listener.Listen();
        var server = new TrialServer(listener, certificate);
        StartThread(server.Accept);
        return server;
    }

    /// <summary>Begins to listen for reliable datagrams.</summary>
    /// <param name="place">Where.</param>
    public static async Task<TrialServer> StartArqAsync(IPEndPoint place)
    {
        var governor = new ReceiveGovernor(new ReceiveMemoryOptions());
        var factory = new ArqListenerFactory(new ArqHostingOptions(), governor, NullLoggerFactory.Instance);
        var server = new TrialServer(governor, await factory.BindAsync(new ArqEndPoint(place)).ConfigureAwait(false));
        _ = server.AcceptAsync();
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        lock (_open)
        {
            _isDisposed = true;
            _open.ForEach(static channel => channel.Dispose());
        }

        _listener?.Dispose();
        if (_connections is not null)
        {
            await _connections.DisposeAsync().ConfigureAwait(false);
            _governor!.Dispose();
        }
    }

    private static void StartThread(Action body) => new Thread(() => body()) { IsBackground = true, Name = "trial" }.UnsafeStart();

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener!.Accept();
                StartThread(() => Serve(socket));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The trial is over.
        }
    }

    private async Task AcceptAsync()
    {
        while (await _connections!.AcceptAsync().ConfigureAwait(false) is ConnectionContext connection)
        {
            _ = ServeAsync(new ConnectionChannel(connection), connection);
        }
    }

    private void Serve(Socket socket)
    {
        try
        {
            if (EndPoint is IPEndPoint)
            {
                socket.NoDelay = true;
            }

            if (_certificate is null)
            {
                ServeAsync(new SocketChannel(socket), null).GetAwaiter().GetResult();
                return;
            }

            var tls = new SslStream(new NetworkStream(socket));
            tls.AuthenticateAsServer(_certificate);
            ServeAsync(new TlsChannel(tls, socket), null).GetAwaiter().GetResult();
        }
        catch (Exception exception) when (TrialFailure.IsOfConnection(exception))
        {
            socket.Dispose();
        }
    }

    private async Task ServeAsync(TrialChannel channel, ConnectionContext? connection)
    {
        lock (_open)
        {
            _open.Add(channel);
            if (_isDisposed)
            {
                channel.Dispose();
            }
        }

        try
        {
            await ConverseAsync(channel).ConfigureAwait(false);
        }
        catch (Exception exception) when (TrialFailure.IsOfConnection(exception))
        {
            // The client says what became of it.
        }

        lock (_open)
        {
            _open.Remove(channel);
        }

        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        else
        {
            channel.Dispose();
        }
    }

    private async Task ConverseAsync(TrialChannel channel)
    {
        byte[] buffer = new byte[ReadBytes];
        int length = await channel.ReadAsync(buffer).ConfigureAwait(false);
        if (length == 0)
        {
            return;
        }

        var use = (TrialUse)buffer[0];
        if (use == TrialUse.Echo)
        {
            do
            {
                await channel.WriteAsync(buffer.AsMemory(0, length)).ConfigureAwait(false);
            }
            while ((length = await channel.ReadAsync(buffer).ConfigureAwait(false)) > 0);
            return;
        }

        TrialSink sink = Sink;
        var reader = new PieceReader(sink.Ledger, use, sink.PieceBytes);
        try
        {
            do
            {
                reader.Take(buffer.AsSpan(0, length));
                if (use == TrialUse.SlowSink)
                {
                    await TrialSink.RestAsync().ConfigureAwait(false);
                }
            }
            while ((length = await channel.ReadAsync(buffer.AsMemory(0, use == TrialUse.SlowSink ? TrialSink.SlowBytes : ReadBytes))
                .ConfigureAwait(false)) > 0);
        }
        finally
        {
            sink.Finish();
        }
    }
}
