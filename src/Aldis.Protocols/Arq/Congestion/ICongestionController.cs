namespace Aldis.Protocols.Arq.Congestion;

/// <summary>Decides how many bytes may be in flight and how fast they leave. Called once per acknowledgement, not per packet, but for
/// <see cref="OnSent"/>.</summary>
internal interface ICongestionController
{
    /// <summary>Bytes that may be in flight.</summary>
    long WindowBytes { get; }

    /// <summary>Bytes per second, or 0 for as fast as the window allows.</summary>
    long PacingRate { get; }

    /// <summary>Of a pause in which the pacer was called too late, how much may be made up for at once, in microseconds. The pause left
    /// the link idle, so what is made up for waits in the link's queue, and what the queue does not hold is lost.</summary>
    int CatchUpMicroseconds { get; }

    /// <summary>Kept with every packet sent; what it means is the controller's own.</summary>
    byte Phase { get; }

    void OnSent(int size, long nowNs);

    void OnAck(in AckSample sample);

    void OnLoss(in LossSample sample);

    /// <summary>A packet given up turned out to have arrived.</summary>
    void OnSpuriousLoss(long nowNs);

    /// <summary>Nothing came through for several probe time-outs.</summary>
    void OnPersistentCongestion(long nowNs);

    void SetDatagramSize(int datagramSize);
}
