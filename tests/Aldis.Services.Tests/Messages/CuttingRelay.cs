using System.Net.Sockets;
using Aldis.Tests;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// Stands between client and server, passes the client's bytes on, and cuts both sides once a given number of the server's bytes would
/// have passed: what the server answered from there on is lost. Each connection has its own number; after the last one nothing is cut.
/// </summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _target;
    private readonly Queue<int> _cuts;
    private readonly Task _accepting;

    public CuttingRelay(string target, params int[] cutsAfterBytes)
    {
        _target = target["unix:".Length..];
        _cuts = new Queue<int>(cutsAfterBytes);
        _listener.Bind(new UnixDomainSocketEndPoint(_directory.Combine("relay.sock")));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public string Address => $"unix:{_directory.Combine("relay.sock")}";

    public int Connections { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _directory.Dispose();
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

    private async Task RelayAsync(Socket client, int left)
    {
        using (client)
        using (var server = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            try
            {
                await server.ConnectAsync(new UnixDomainSocketEndPoint(_target), _stop.Token);
                Task up = CopyAsync(client, server, int.MaxValue);
                await CopyAsync(server, client, left);
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

    private async Task CopyAsync(Socket from, Socket to, int left)
    {
        byte[] buffer = new byte[16 * 1024];
        try
        {
            int length;
            while (left > 0 && (length = await from.ReceiveAsync(buffer.AsMemory(0, Math.Min(buffer.Length, left)), _stop.Token)) > 0)
            {
                left -= length;
                await to.SendAsync(buffer.AsMemory(0, length), _stop.Token);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // As above.
        }
    }
}
