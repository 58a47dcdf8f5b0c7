using Aldis.Transports;
using Aldis.Transports.Dialing;

namespace Aldis.Services.Clients;

/// <summary>
/// An open connection of a client: what a conversation needs of it that judges by itself who is late. One read and one write may be
/// under way at the same time; after a failure only disposing makes sense.
/// </summary>
internal interface IClientStream : IAsyncDisposable
{
    /// <summary>Bytes whose writing has ended, since the connection began.</summary>
    long WrittenBytes { get; }

    /// <summary>Bytes that have not left this machine, as <see cref="ClientConnection.HeldBytes"/>.</summary>
    long HeldBytes { get; }

    /// <inheritdoc cref="ClientConnection.PacketsRetransmitted"/>
    long? PacketsRetransmitted => null;

    /// <inheritdoc cref="ClientConnection.NextRetransmission"/>
    TimeSpan? NextRetransmission => null;

    /// <summary>Writes all bytes.</summary>
    /// <param name="bytes">The bytes; unchanged until the task ends.</param>
    /// <param name="timeout">For how long nothing may move; <see cref="Timeout.InfiniteTimeSpan"/> where the caller sees to it.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <returns>A task that ends when the system has taken them.</returns>
    /// <exception cref="CommunicationException">The connection broke, or nothing moved for so long.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Reads what is there, waiting for at least one byte.</summary>
    /// <param name="buffer">Takes it.</param>
    /// <param name="timeout">How long nothing may come; <see cref="Timeout.InfiniteTimeSpan"/> where the caller sees to it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Bytes read; 0 when the peer finished writing.</returns>
    /// <exception cref="CommunicationException">The connection broke, or nothing came for so long.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Breaks the connection, which ends a write that is under way.</summary>
    void Abort();
}
