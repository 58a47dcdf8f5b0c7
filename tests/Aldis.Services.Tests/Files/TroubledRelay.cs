using System.Net;
using System.Net.Sockets;

namespace Aldis.Services.Tests.Files;

/// <summary>What is to happen to a connection over a <see cref="TroubledRelay"/>.</summary>
/// <param name="CutAfter">The client's bytes after which both sides are reset; −1 for never.</param>
/// <param name="CutWhen">What such a cut waits for, once those bytes have passed: a reset throws away what the server has not read yet, so
/// who needs to know how far it came says it. Null: nothing.</param>
/// <param name="ServerCut">The server's bytes after which both sides are reset; −1 for never.</param>
/// <param name="ClientFlip">Which of the client's bytes has a bit turned; −1 for none.</param>
/// <param name="ServerFlip">Which of the server's bytes has a bit turned; −1 for none.</param>
internal readonly record struct Trouble(
    long CutAfter = -1, Func<Task>? CutWhen = null, long ServerCut = -1, long ClientFlip = -1, long ServerFlip = -1)
{
    /// <summary>Nothing happens to it.</summary>
    public static Trouble None { get; } = new(CutAfter: -1);
}

/// <summary>Stands between a client and a server, cuts connections and turns bits.</summary>
internal sealed class TroubledRelay : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly EndPoint _server;
    private readonly Func<int, Trouble> _trouble;
    private readonly Task _accepting;

    public TroubledRelay(EndPoint server, Func<int, Trouble> trouble)
    {
        _server = server;
        _trouble = trouble;
        _listener = SocketFor(server);
        _listener.Bind(server is UnixDomainSocketEndPoint ? new UnixDomainSocketEndPoint(server + "-relay") : new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public string Address => $"tcp://{EndPoint}";

    /// <summary>Where it listens: a socket of the same kind as the server's.</summary>
    public EndPoint EndPoint => _listener.LocalEndPoint!;

    public int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private static Socket SocketFor(EndPoint server) =>
        new(server.AddressFamily, SocketType.Stream, server is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);

    private async Task AcceptAsync()
    {
        var relaying = new List<Task>();
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync();
                relaying.Add(RelayAsync(client, _trouble(Connections++)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
        }

        await Task.WhenAll(relaying);
    }

    private async Task RelayAsync(Socket client, Trouble trouble)
    {
        using Socket server = SocketFor(_server);
        using (client)
        {
            await server.ConnectAsync(_server);
            Task up = PumpAsync(client, server, trouble.ClientFlip, trouble.CutAfter, trouble.CutWhen);
            Task down = PumpAsync(server, client, trouble.ServerFlip, trouble.ServerCut, cutWhen: null);
            await Task.WhenAll(up, down);
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, long flip, long cut, Func<Task>? cutWhen)
    {
        byte[] buffer = new byte[64 * 1024];
        long passed = 0;
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and int count)
            {
                if (flip >= passed && flip < passed + count)
                {
                    buffer[flip - passed] ^= 1;
                }

                bool isCut = cut >= 0 && passed + count >= cut;
                int pass = isCut ? (int)(cut - passed) : count;
                passed += pass;
                await to.SendAsync(buffer.AsMemory(0, pass));
                if (isCut)
                {
                    await (cutWhen?.Invoke() ?? Task.CompletedTask);
                    from.Close(0);
                    to.Close(0);
                    return;
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            from.Close(0);
            to.Close(0);
        }
    }
}
