using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aldis.Benchmarks.Hostile;

/// <summary>Uploads of plain files, many at once and each step when it is asked for.</summary>
internal sealed class Uploads : IDisposable
{
    private readonly List<Socket> _sockets = [];

    /// <summary>Uploads that are open.</summary>
    public int Count => _sockets.Count;

    /// <summary>Opens connections that say nothing.</summary>
    /// <param name="server">The files conversation.</param>
    /// <param name="count">How many.</param>
    /// <param name="network">The second byte of their addresses.</param>
    /// <param name="perAddress">How many share an address.</param>
    public async Task ConnectAsync(IPEndPoint server, int count, int network, int perAddress = 250)
    {
        for (int number = 0; number < count; number++)
        {
            if (await Wire.TryConnectAsync(server, Wire.From(network, 1 + (number / perAddress))) is { } socket)
            {
                _sockets.Add(socket);
            }
        }
    }

    /// <summary>Greets on every connection, and reads the answer where there is one.</summary>
    /// <returns>How many were answered.</returns>
    public async Task<int> GreetAsync(TimeSpan patience)
    {
        using var over = new CancellationTokenSource(patience);
        byte[] answer = new byte[Wire.Greeting.Length];
        bool[] answered = await Task.WhenAll(_sockets.Select(async socket =>
            await Wire.TrySendAsync(socket, Wire.Greeting, over.Token)
            && await Wire.ReceiveAsync(socket, new byte[answer.Length], over.Token) == answer.Length));
        return answered.Count(static each => each);
    }

    /// <summary>Greets on one connection after the other, until there are enough.</summary>
    public async Task GreetUntilAsync(Func<bool> isEnough, TimeSpan patience)
    {
        using var over = new CancellationTokenSource(patience);
        for (int index = 0; index < _sockets.Count && !isEnough(); index++)
        {
            await Wire.TrySendAsync(_sockets[index], Wire.Greeting, over.Token);
            await Wire.ReceiveAsync(_sockets[index], new byte[Wire.Greeting.Length], over.Token);
        }
    }

    /// <summary>Sends on every connection.</summary>
    public Task SendAsync(int bytes)
    {
        byte[] piece = Encoding.ASCII.GetBytes(new string('u', bytes));
        return Task.WhenAll(_sockets.Select(socket => Wire.TrySendAsync(socket, piece)));
    }

    /// <summary>Ends every file at once, and waits until the server has ended too.</summary>
    /// <returns>How many were not reset: of those the server says that it stored them.</returns>
    public async Task<int> FinishAsync(TimeSpan patience)
    {
        using var over = new CancellationTokenSource(patience);
        bool[] ended = await Task.WhenAll(_sockets.Select(socket => FinishAsync(socket, over.Token)));
        return ended.Count(static each => each);
    }

    public void Dispose()
    {
        foreach (Socket socket in _sockets)
        {
            socket.Dispose();
        }

        _sockets.Clear();
    }

    private static async Task<bool> FinishAsync(Socket socket, CancellationToken cancellation)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            return await socket.ReceiveAsync(new byte[1], cancellation) == 0;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
