using Aldis.Protocols.Arq.Wire;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>Which bytes go when, and what an acknowledgement means: the part in which the three strategies differ.</summary>
internal abstract class SendStrategy(SendCore core)
{
    protected SendCore Core { get; } = core;

    /// <summary>When <see cref="OnTimeout"/> is due, or <see cref="TimerTable.Never"/>.</summary>
    public abstract long TimeoutDeadlineNs { get; }

    /// <summary>When <see cref="OnLossTimer"/> is due, or <see cref="TimerTable.Never"/>.</summary>
    public virtual long LossDeadlineNs => TimerTable.Never;

    /// <summary>Whether a packet without data is wanted that asks for an answer, because a probe time-out found no data to
    /// repeat.</summary>
    public virtual bool WantsPing => false;

    /// <summary>Returns to the oldest unacknowledged frame so far; go-back-N's only.</summary>
    public virtual long Rewinds => 0;

    /// <summary>Steps of the loops over packets, ranges and frames so far.</summary>
    public abstract long Steps { get; }

    /// <summary>The position of the next frame to send (NXT): below <see cref="SendStream.Highest"/> after a rewind.</summary>
    public abstract long NextOffset { get; }

    /// <summary>Chooses the next frame. Changes nothing.</summary>
    /// <param name="room">Payload bytes at most.</param>
    /// <param name="allowShort">Whether a frame that is not full may leave.</param>
    /// <param name="allowShortOfCredit">Whether a frame may be cut by the end of credit.</param>
    /// <param name="choice">The frame.</param>
    /// <returns>False if nothing may leave.</returns>
    public abstract bool TryChoose(int room, bool allowShort, bool allowShortOfCredit, out FrameChoice choice);

    /// <summary>Records that a choice left.</summary>
    public abstract void OnSent(in FrameChoice choice, long packetNumber, long nowNs);

    /// <summary>A PING or other probe left.</summary>
    public virtual void OnProbeSent()
    {
    }

    /// <summary>Takes an acknowledgement.</summary>
    /// <returns>What it broke, or <see cref="ArqCloseCode.None"/>.</returns>
    public abstract ArqCloseCode OnAck(in AckPacket ack, bool isNewest, long nowNs);

    public abstract void OnTimeout(long nowNs);

    public virtual void OnLossTimer(long nowNs)
    {
    }

    /// <summary>Whether the next packet number is to be left out, so that an acknowledgement of it gives a lying peer away.</summary>
    public virtual bool ShouldSkipNumber(IArqRandom random) => false;

    /// <summary>Gives memory back that an idle connection does not need.</summary>
    public abstract void Trim();

    /// <summary>Throws if the strategy's books contradict each other.</summary>
    public abstract void CheckInvariants();
}
