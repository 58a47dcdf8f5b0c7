using System.Net.Sockets;

namespace Aldis.Transports.Packets;

/// <summary>
/// A connected socket of packets as a stream: a read returns bytes of one packet alone, the rest of it with the next reads; a write is one
/// packet, or several where it is longer than <see cref="PacketSocket.MostSentBytes"/>. One read and one write may be under way at a time.
/// </summary>
/// <param name="socket">The socket; it is closed with the stream.</param>
internal sealed class PacketStream(Socket socket) : Stream
{
    private readonly byte[] _packet = GC.AllocateUninitializedArray<byte>(PacketSocket.MostReceivedBytes);
    private int _at;
    private int _end;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <returns>0 where the peer finished; a datagram socket has no such end, and passes empty datagrams over.</returns>
    /// <exception cref="IOException">The connection is broken, or a packet is longer than
    /// <see cref="PacketSocket.MostReceivedBytes"/>.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_at == _end)
        {
            (_at, _end) = (0, await ReceiveAsync(cancellationToken).ConfigureAwait(false));
            if (_end == 0 && socket.SocketType == SocketType.Seqpacket)
            {
                return 0;
            }
        }

        int count = Math.Min(buffer.Length, _end - _at);
        _packet.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            ReadOnlyMemory<byte> packet = buffer[..Math.Min(buffer.Length, PacketSocket.MostSentBytes)];
            try
            {
                await socket.SendAsync(packet, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException exception)
            {
                throw new IOException(exception.Message, exception);
            }

            buffer = buffer[packet.Length..];
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) =>
        WriteAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is held back.
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<int> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            int length = await socket.ReceiveAsync(_packet, PacketSocket.TellsLength, cancellationToken).ConfigureAwait(false);
            return length <= _packet.Length
                ? length
                : throw new IOException($"a packet of {length} bytes came, and {_packet.Length} is the most that is taken");
        }
        catch (SocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }
    }
}
