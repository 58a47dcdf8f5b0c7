using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Aldis.Tests;

/// <summary>
/// A socket used as the lab programs use theirs: each send is one send, each receive is one receive, and no code of ours lies between.
/// Every wait ends after <see cref="Patience"/>, which matters only where a test fails.
/// </summary>
internal sealed class LabClient : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;

    private LabClient(Socket socket) => _socket = socket;

    /// <summary>This end as the server shows it.</summary>
    public string Address => _socket.LocalEndPoint!.ToString()!;

    public static async Task<LabClient> ConnectAsync(EndPoint server, IPAddress? from = null, int? receiveBufferBytes = null)
    {
        ProtocolType protocol = server is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified;
        var socket = new Socket(server.AddressFamily, SocketType.Stream, protocol);
        if (protocol == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }

        if (receiveBufferBytes is int bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        if (from is not null)
        {
            socket.Bind(new IPEndPoint(from, 0));
        }

        await (protocol == ProtocolType.Tcp
            ? socket.ConnectWhateverFollowsAsync(server)
            : socket.ConnectAsync(server, TestContext.Current.CancellationToken).AsTask().InTime());
        return new LabClient(socket);
    }

    /// <summary>The server's end of the next connection, for tests in which the lab's server is played and ours is the client.</summary>
    public static async Task<LabClient> AcceptAsync(Socket listener) =>
        new(await listener.AcceptAsync(TestContext.Current.CancellationToken).InTime());

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int sent = await _socket.SendAsync(bytes, TestContext.Current.CancellationToken).InTime();
            bytes = bytes[sent..];
        }
    }

    /// <summary>Sends what the system takes without waiting.</summary>
    /// <returns>Bytes it took; -1 where the connection is broken.</returns>
    public int SendWhatFits(ReadOnlySpan<byte> bytes)
    {
        _socket.Blocking = false;
        try
        {
            int sent = _socket.Send(bytes, SocketFlags.None, out SocketError error);
            return error switch
            {
                SocketError.Success => sent,
                SocketError.WouldBlock => 0,
                _ => -1,
            };
        }
        finally
        {
            _socket.Blocking = true;
        }
    }

    /// <summary>One receive, as the labs do it.</summary>
    /// <returns>What it gave; nothing at the end of the stream.</returns>
    public async Task<string> ReceiveOnceAsync(int most = 1024)
    {
        byte[] buffer = new byte[most];
        return Encoding.UTF8.GetString(buffer, 0, await ReceiveAsync(buffer));
    }

    public async Task<byte[]> ReceiveExactlyAsync(int count)
    {
        byte[] buffer = new byte[count];
        int total = 0;
        while (total < count)
        {
            int received = await ReceiveAsync(buffer.AsMemory(total));
            Assert.True(received > 0, $"The stream ended after {total} of {count} bytes.");
            total += received;
        }

        return buffer;
    }

    public async Task<string> ReceiveTextAsync(int bytes) => Encoding.UTF8.GetString(await ReceiveExactlyAsync(bytes));

    public async Task<byte[]> ReceiveToEndAsync()
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[64 * 1024];
        int received;
        while ((received = await ReceiveAsync(buffer)) > 0)
        {
            all.Write(buffer, 0, received);
        }

        return all.ToArray();
    }

    public async Task<string> ReceiveTextToEndAsync() => Encoding.UTF8.GetString(await ReceiveToEndAsync());

    /// <summary>Waits until the peer ended the connection, in order or by a reset; what still comes is thrown away.</summary>
    public async Task WaitForEndAsync()
    {
        try
        {
            await ReceiveToEndAsync();
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            // An end as well.
        }
    }

    /// <summary>Half-close: the end of the stream, while answers may still come.</summary>
    public void FinishWriting() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Breaks the connection; the peer sees a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();

    private Task<int> ReceiveAsync(Memory<byte> buffer) =>
        _socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken).InTime();
}
