namespace Aldis.Protocols.Arq.Congestion;

/// <summary>Decides how many bytes may be in flight and how fast they leave. Called once per acknowledgement, not per packet, but for
/// <see cref="OnSent"/>.</summary>
internal interface ICongestionController
{
    /// <summary>Bytes that may be in flight.</summary>
    public long WindowBytes { get; }

    /// <summary>Bytes per second, or 0 for as fast as the window allows.</summary>
    public long PacingRate { get; }

    /// <summary>Kept with every packet sent; what it means is the controller's own.</summary>
    public byte Phase { get; }

    public void OnSent(int size, long nowNs);

    public void OnAck(in AckSample sample);

    public void OnLoss(in LossSample sample);

    /// <summary>A packet given up turned out to have arrived.</summary>
    public void OnSpuriousLoss(long nowNs);

    /// <summary>Nothing came through for several probe time-outs.</summary>
    public void OnPersistentCongestion(long nowNs);

    public void SetDatagramSize(int datagramSize);
}
