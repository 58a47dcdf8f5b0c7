using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;

namespace Aldis.Services.Tests.Messages;

/// <summary>An outbox that somebody else wrote: a client knows of it what the interface says.</summary>
internal sealed class OtherOutbox : IOutbox
{
    private readonly MemoryOutbox _outbox = new("pump-7");

    public required bool HoldsInMemory { get; init; }

    public string ClientId => _outbox.ClientId;

    public long Taken => _outbox.Taken;

    public LineDigest? Digest => _outbox.Digest;

    public SenderState State => _outbox.State;

    public long Add(ReadOnlySpan<byte> line) => _outbox.Add(line);

    public void NoteRefused(long item) => _outbox.NoteRefused(item);

    public void NoteState(SenderState state) => _outbox.NoteState(state);

    public void Sync() => _outbox.Sync();

    public bool TryReadNext(out long item, out byte[] payload) => _outbox.TryReadNext(out item, out payload);

    public void Dispose() => _outbox.Dispose();
}
