using System.Net;
using System.Net.Sockets;

namespace Aldis.Cli.Tests.TenLines;

/// <summary>
/// Stands between clients and a server of the native messages form. Of each connection it lets a set number of the server's units pass,
/// waits for the next, swallows it, and cuts both sides: what that unit acknowledged is committed, and the client does not know it.
/// </summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private const int UnitBytes = 64;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint _server;
    private readonly Queue<int> _unitsToPass;
    private readonly Task _serving;

    /// <summary>Begins to listen on a free port of 127.0.0.1.</summary>
    /// <param name="server">Where the server listens.</param>
    /// <param name="unitsToPass">How many units to let pass, for each connection in order; later connections are not cut.</param>
    public CuttingProxy(IPEndPoint server, params int[] unitsToPass)
    {
        _server = server;
        _unitsToPass = new Queue<int>(unitsToPass);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _serving = ServeAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Number of connections that were cut.</summary>
    public int Cuts { get; private set; }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync();
            }
            catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
            {
                return;
            }

            await ServeAsync(client, _unitsToPass.TryDequeue(out int units) ? units : int.MaxValue);
        }
    }

    private async Task ServeAsync(Socket client, int units)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await server.ConnectAsync(_server);
        client.NoDelay = true;
        Task forward = PassAllAsync(client, server);
        await PassUnitsAsync(server, client, units);
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        server.Dispose();
        await forward;
    }

    private async Task PassUnitsAsync(Socket server, Socket client, int units)
    {
        byte[] unit = new byte[UnitBytes];
        for (int passed = 0; await ReceiveUnitAsync(server, unit); passed++)
        {
            if (passed == units)
            {
                Cuts++;
                return;
            }

            await client.SendAsync(unit);
        }
    }

    private static async Task<bool> ReceiveUnitAsync(Socket server, byte[] unit)
    {
        int length = 0;
        while (length < unit.Length)
        {
            int received = await server.ReceiveAsync(unit.AsMemory(length));
            if (received == 0)
            {
                return false;
            }

            length += received;
        }

        return true;
    }

    private static async Task PassAllAsync(Socket client, Socket server)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int received;
            while ((received = await client.ReceiveAsync(buffer)) > 0)
            {
                await server.SendAsync(buffer.AsMemory(0, received));
            }

            server.Shutdown(SocketShutdown.Send);
        }
        catch (Exception cut) when (cut is SocketException or ObjectDisposedException)
        {
            // The connection was cut.
        }
    }
}
