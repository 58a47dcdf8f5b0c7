using System.Net;
using System.Net.Sockets;

namespace Aldis.Tests;

/// <summary>
/// Stands between clients and a server of streams. Of each connection it lets a set number of the server's bytes pass, waits for more,
/// swallows it and cuts both sides: what the server said from there on has happened, and the client does not know it. After the last
/// number nothing is cut.
/// </summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly EndPoint _server;
    private readonly Queue<int> _cuts;
    private readonly Task _accepting;
    private int _cutCount;

    /// <summary>Begins to listen on a free port of 127.0.0.1.</summary>
    /// <param name="server">Where the server listens: an IP address or a Unix socket.</param>
    /// <param name="bytesToPass">How many bytes to let pass, for each connection in order.</param>
    public CuttingRelay(EndPoint server, params int[] bytesToPass)
    {
        _server = server;
        _cuts = new Queue<int>(bytesToPass);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Address => $"127.0.0.1:{Port}";

    public int Connections { get; private set; }

    /// <summary>Number of connections that were cut.</summary>
    public int Cuts => Volatile.Read(ref _cutCount);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var relaying = new List<Task>();
        try
        {
            while (true)
            {
                Socket client = await _listener.AcceptAsync(_stop.Token);
                Connections++;
                relaying.Add(RelayAsync(client, _cuts.TryDequeue(out int cut) ? cut : int.MaxValue));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(relaying);
        }
    }

    private async Task RelayAsync(Socket client, int bytesToPass)
    {
        using (client)
        using (var server = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Unspecified))
        {
            try
            {
                await server.ConnectAsync(_server, _stop.Token);
                client.NoDelay = true;
                Task up = CopyAsync(client, server, int.MaxValue);
                if (await CopyAsync(server, client, bytesToPass))
                {
                    Interlocked.Increment(ref _cutCount);
                    client.LingerState = new LingerOption(true, 0);
                }

                client.Dispose();
                server.Dispose();
                await up;
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side is gone; so is the other.
            }
        }
    }

    /// <summary>Passes bytes on.</summary>
    /// <returns>True where there were more than may pass.</returns>
    private async Task<bool> CopyAsync(Socket from, Socket to, int left)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            int length;
            while ((length = await from.ReceiveAsync(buffer, _stop.Token)) > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, Math.Min(length, left)), _stop.Token);
                if (length > left)
                {
                    return true;
                }

                left -= length;
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // As above.
        }

        return false;
    }
}
