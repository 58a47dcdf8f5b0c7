using Aldis.Protocols.Arq.Sending;

namespace Aldis.Protocols.Arq.Congestion;

/// <summary>A window that never changes: the textbook's, for a link of one's own.</summary>
/// <param name="windowFrames">Frames that may be in flight.</param>
/// <param name="frameDatagramSize">Bytes of a datagram with a full frame.</param>
internal sealed class FixedWindow(int windowFrames, int frameDatagramSize) : ICongestionController
{
    public long WindowBytes { get; private set; } = (long)windowFrames * frameDatagramSize;

    public long PacingRate => 0;

    public int CatchUpMicroseconds => Pacer.DefaultCatchUpMicroseconds;

    public byte Phase => 0;

    public void OnSent(int size, long nowNs)
    {
    }

    public void OnAck(in AckSample sample)
    {
    }

    public void OnLoss(in LossSample sample)
    {
    }

    public void OnSpuriousLoss(long nowNs)
    {
    }

    public void OnPersistentCongestion(long nowNs)
    {
    }

    public void SetDatagramSize(int datagramSize) => WindowBytes = Math.Max(WindowBytes, (long)windowFrames * datagramSize);
}
