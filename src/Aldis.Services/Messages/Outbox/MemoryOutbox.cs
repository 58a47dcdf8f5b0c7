using Aldis.Protocols.Messages;
using Aldis.Transports.Randomness;

namespace Aldis.Services.Messages.Outbox;

/// <summary>
/// An outbox that lives as long as its process: what is not acknowledged when it ends is lost. Its lines are given out once and not kept.
/// </summary>
internal sealed class MemoryOutbox : IOutbox
{
    private const int IdBytes = 8;

    private readonly Queue<(long Item, byte[] Payload)> _lines = [];
    private long _added;
    private SenderState _notedState;

    /// <summary>Creates an empty outbox.</summary>
    /// <param name="clientId">The id its messages are numbered under; a random one if null.</param>
    /// <exception cref="OutboxException">The id is not allowed.</exception>
    public MemoryOutbox(string? clientId = null)
    {
        if (clientId is not null && !Protocols.Framing.ClientId.IsValid(clientId))
        {
            throw new OutboxException($"'{clientId}' is no client id: 1 to 32 characters of A-Z a-z 0-9 . _ -");
        }

        ClientId = clientId ?? $"send-{Convert.ToHexStringLower(SystemRandom.GetBytes(IdBytes))}";
    }

    /// <inheritdoc/>
    public string ClientId { get; }

    /// <inheritdoc/>
    public long Taken { get; private set; }

    /// <inheritdoc/>
    public bool HoldsInMemory => true;

    /// <inheritdoc/>
    public LineDigest? Digest => null;

    /// <inheritdoc/>
    public SenderState State { get; private set; }

    /// <inheritdoc/>
    public long Add(ReadOnlySpan<byte> line)
    {
        _lines.Enqueue((++_added, line.ToArray()));
        return _added;
    }

    /// <inheritdoc/>
    public void NoteRefused(long item)
    {
        // It was given out and is not given out again.
    }

    /// <inheritdoc/>
    public void NoteState(SenderState state) => _notedState = state;

    /// <inheritdoc/>
    public void Sync()
    {
        Taken = _added;
        State = _notedState;
    }

    /// <inheritdoc/>
    public bool TryReadNext(out long item, out byte[] payload)
    {
        (item, payload) = (0, []);
        if (!_lines.TryPeek(out (long Item, byte[] Payload) next) || next.Item > Taken)
        {
            return false;
        }

        (item, payload) = _lines.Dequeue();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Clear();
}
