using Aldis.Lab.Grading;
using Aldis.Protocols.Arq;

namespace Aldis.Lab.Peers;

/// <summary>The receiver of a textbook: what it takes, keeps and drops, and what it asks for.</summary>
/// <param name="terms">The strategy, its window and its numbers.</param>
internal sealed class TextbookReceiver(GradeTerms terms)
{
    private readonly FrameNumbers _numbers = new(terms.NumberBits);
    private readonly SortedDictionary<long, ReadOnlyMemory<byte>> _ahead = [];
    private readonly Queue<ReadOnlyMemory<byte>> _delivered = new();

    /// <summary>The frame that it expects.</summary>
    public long Expected { get; private set; }

    /// <summary>The frame without bytes, which is the last; null until it was delivered.</summary>
    public long? Last { get; private set; }

    /// <summary>Frames that it keeps ahead of a gap, in order.</summary>
    public IEnumerable<long> Ahead => _ahead.Keys;

    /// <summary>Takes a frame.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="payload">Its bytes.</param>
    /// <param name="frame">Which frame the number is taken for.</param>
    /// <returns>What it did with it.</returns>
    public PeerReception Take(long number, ReadOnlyMemory<byte> payload, out long frame)
    {
        frame = _numbers.From(number, Math.Max(0, Expected - terms.Window));
        if (frame < Expected || _ahead.ContainsKey(frame))
        {
            return PeerReception.Duplicate;
        }

        if (frame > Expected)
        {
            bool isKept = terms.Strategy == ArqMode.SelectiveRepeat && frame < Expected + terms.Window;
            if (isKept)
            {
                _ahead.Add(frame, payload);
            }

            return isKept ? PeerReception.KeptAhead : PeerReception.OutOfOrder;
        }

        Deliver(payload);
        while (_ahead.Remove(Expected, out ReadOnlyMemory<byte> kept))
        {
            Deliver(kept);
        }

        return PeerReception.InOrder;
    }

    /// <summary>Takes the bytes of the next frame that was delivered.</summary>
    /// <param name="payload">Its bytes.</param>
    /// <returns>False if there is none.</returns>
    public bool TryGetDelivered(out ReadOnlyMemory<byte> payload) => _delivered.TryDequeue(out payload);

    /// <summary>The acknowledgement that it would send now.</summary>
    public PeerMessage Acknowledgement() => new(PeerMessageKind.Ack, _numbers.Of(Expected))
    {
        Ahead = [.. Ahead.Take(PeerMessage.MostAhead).Select(_numbers.Of)],
    };

    private void Deliver(ReadOnlyMemory<byte> payload)
    {
        Last ??= payload.IsEmpty ? Expected : null;
        Expected++;
        _delivered.Enqueue(payload);
    }
}
