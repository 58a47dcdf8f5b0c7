using System.Net;
using System.Net.Sockets;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Tests.Connections;

/// <summary>The client's end of a connection under test, whatever carries it.</summary>
internal sealed class ConformanceClient(Stream stream, EndPoint? local, EndPoint? remote, Action finish, Action reset) : IAsyncDisposable
{
    public Stream Stream => stream;

    public EndPoint? Local => local;

    public EndPoint? Remote => remote;

    public static ConformanceClient From(Socket socket) => new(
        new NetworkStream(socket, ownsSocket: true),
        socket.LocalEndPoint,
        socket.RemoteEndPoint,
        () => socket.Shutdown(SocketShutdown.Send),
        () =>
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Dispose();
        });

    public static ConformanceClient From(ConnectionContext connection)
    {
        var stream = new ArqStream(connection);
        return new(stream, connection.LocalEndPoint, connection.RemoteEndPoint, stream.FinishWriting, connection.Abort);
    }

    /// <summary>Tells the server that nothing more comes.</summary>
    public void Finish() => finish();

    /// <summary>Closes so that the server sees a reset.</summary>
    public void Reset() => reset();

    public async Task SendAllAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes, TestContext.Current.CancellationToken);

    public async Task<byte[]> ReceiveExactlyAsync(int count)
    {
        byte[] received = new byte[count];
        await stream.ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        return received;
    }

    public async Task<byte[]> ReceiveToEndAsync()
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, TestContext.Current.CancellationToken);
        return all.ToArray();
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
