using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aldis.Tests;

/// <summary>A server of a few lines on a port that the system picks: each connection gets the same script.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private Peer(Func<Socket, CancellationToken, Task> script)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";
        _accepting = AcceptAsync(script);
    }

    public string Address { get; }

    public int Connections { get; private set; }

    /// <summary>Runs a script of the test's own.</summary>
    public static Peer That(Func<Socket, CancellationToken, Task> script) => new(script);

    /// <summary>Takes everything and says nothing.</summary>
    public static Peer ThatIsSilent() => new(async (socket, stop) =>
    {
        byte[] buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, stop) > 0)
        {
        }

        await Task.Delay(Timeout.Infinite, stop);
    });

    public static Peer ThatClosesAtOnce() => new(static (_, _) => Task.CompletedTask);

    /// <summary>Answers whatever comes first like a web server.</summary>
    public static Peer ThatSpeaksHttp() => new(static async (socket, stop) =>
    {
        await socket.ReceiveAsync(new byte[1024], stop);
        await socket.SendAsync("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8.ToArray(), stop);
    });

    /// <summary>Sends back what it gets, in pieces.</summary>
    public static Peer ThatEchoes(int pieceSize = int.MaxValue) => new(async (socket, stop) =>
    {
        socket.NoDelay = true;
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await socket.ReceiveAsync(buffer, stop)) > 0)
        {
            for (int sent = 0; sent < read; sent += Math.Min(pieceSize, read - sent))
            {
                await socket.SendAsync(buffer.AsMemory(sent, Math.Min(pieceSize, read - sent)), stop);
            }
        }
    });

    /// <summary>A port at which nobody listens.</summary>
    public static string Nowhere()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return $"127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}";
    }

    /// <summary>Reads exactly so many bytes; a client that ends before them ends the script.</summary>
    public static async Task<string> ReadAsync(Socket socket, int length, CancellationToken stop)
    {
        byte[] buffer = new byte[length];
        for (int read = 0; read < length;)
        {
            int more = await socket.ReceiveAsync(buffer.AsMemory(read), stop);
            read += more > 0 ? more : throw new EndOfStreamException();
        }

        return Encoding.UTF8.GetString(buffer);
    }

    public static async Task SendByteByByteAsync(Socket socket, string text, CancellationToken stop)
    {
        socket.NoDelay = true;
        foreach (byte one in Encoding.UTF8.GetBytes(text))
        {
            await socket.SendAsync(new[] { one }, stop);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        try
        {
            // What a script asserted fails the test here.
            await _accepting;
        }
        finally
        {
            _stop.Dispose();
        }
    }

    private async Task AcceptAsync(Func<Socket, CancellationToken, Task> script)
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                Connections++;
                running.Add(RunAsync(socket));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(running);
        }

        async Task RunAsync(Socket socket)
        {
            try
            {
                await script(socket, _stop.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or EndOfStreamException)
            {
                // The test is over, or the client under test went away.
            }
            finally
            {
                socket.Dispose();
            }
        }
    }
}
