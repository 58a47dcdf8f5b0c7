using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using Aldis.Transports.Arq;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Transports.Trials;

/// <summary>
/// One stream of a trial. What the system carries is read and written by calls that block, on a thread of the trial's own, as the programs do
/// that it is compared with: then what it returns has completed already.
/// </summary>
internal abstract class TrialChannel : IDisposable
{
    /// <summary>Reads something.</summary>
    /// <param name="buffer">Takes it.</param>
    /// <returns>Its length; 0 at the end.</returns>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer);

    /// <summary>Writes all of it.</summary>
    /// <param name="bytes">The bytes; the caller's again when the call has ended.</param>
    public abstract ValueTask WriteAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Says that nothing more is written.</summary>
    public abstract void FinishWriting();

    /// <summary>Breaks it off, from any thread: a call that waits ends.</summary>
    public abstract void Dispose();
}

/// <summary>A connected socket.</summary>
/// <param name="socket">The socket.</param>
internal sealed class SocketChannel(Socket socket) : TrialChannel
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => ValueTask.FromResult(socket.Receive(buffer.Span));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        for (ReadOnlySpan<byte> rest = bytes.Span; !rest.IsEmpty;)
        {
            rest = rest[socket.Send(rest)..];
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void FinishWriting() => socket.Shutdown(SocketShutdown.Send);

    /// <inheritdoc/>
    public override void Dispose() => socket.Dispose();
}

/// <summary>TLS over a socket.</summary>
/// <param name="tls">The stream, authenticated.</param>
/// <param name="socket">Its socket.</param>
internal sealed class TlsChannel(SslStream tls, Socket socket) : TrialChannel
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => ValueTask.FromResult(tls.Read(buffer.Span));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        tls.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void FinishWriting() => socket.Shutdown(SocketShutdown.Send);

    /// <inheritdoc/>
    public override void Dispose() => socket.Dispose();
}

/// <summary>The client's side of reliable datagrams.</summary>
/// <param name="stream">The stream.</param>
internal sealed class ArqChannel(ArqStream stream) : TrialChannel
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer) => stream.ReadAsync(buffer);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) => stream.WriteAsync(bytes);

    /// <inheritdoc/>
    public override void FinishWriting() => stream.FinishWriting();

    /// <inheritdoc/>
    public override void Dispose() => stream.Abort();
}

/// <summary>The server's side of reliable datagrams.</summary>
/// <param name="connection">The connection.</param>
internal sealed class ConnectionChannel(ConnectionContext connection) : TrialChannel
{
    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        ReadResult read = await connection.Transport.Input.ReadAsync().ConfigureAwait(false);
        int length = 0;
        foreach (ReadOnlyMemory<byte> segment in read.Buffer)
        {
            int taken = Math.Min(segment.Length, buffer.Length - length);
            segment.Span[..taken].CopyTo(buffer.Span[length..]);
            length += taken;
        }

        connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(length));
        return length;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes) =>
        await connection.Transport.Output.WriteAsync(bytes).ConfigureAwait(false);

    /// <inheritdoc/>
    public override void FinishWriting() => connection.Transport.Output.Complete();

    /// <inheritdoc/>
    public override void Dispose() => connection.Abort();
}
