using Aldis.Protocols.Arq.Congestion;


namespace Aldis.Protocols.Arq.Sending;

/// <summary>Measures how fast the peer takes bytes in (draft-cheng-iccrg-delivery-rate-estimation): over the time between a packet's
/// departure and its acknowledgement, the smaller of the rates of sending and of acknowledging.</summary>
internal struct DeliveryRate
{
    private const double NsPerSecond = 1e9;

    private long _deliveredNs;
    private long _firstSentNs;
    private long _applicationLimitedUntil;
    private SentPacket _newest;
    private bool _hasNewest;

    /// <summary>Bytes acknowledged so far.</summary>
    public long Delivered { get; private set; }

    /// <summary>Stamps a packet that is about to leave.</summary>
    public void OnSent(ref SentPacket packet, bool nothingInFlight)
    {
        if (nothingInFlight)
        {
            _firstSentNs = packet.SentNs;
            _deliveredNs = packet.SentNs;
        }

        packet.DeliveredBytes = Delivered;
        packet.DeliveredNs = _deliveredNs;
        packet.FirstSentNs = _firstSentNs;
        packet.IsApplicationLimited = _applicationLimitedUntil > Delivered;
    }

    /// <summary>Nothing more to send although the window is open: rates measured until this is acknowledged are the
    /// application's.</summary>
    public void OnApplicationLimited(long bytesInFlight) => _applicationLimitedUntil = Math.Max(1, Delivered + bytesInFlight);

    public void OnAcknowledged(in SentPacket packet, long nowNs)
    {
        Delivered += packet.Size;
        _deliveredNs = nowNs;
        if (!_hasNewest || packet.DeliveredBytes > _newest.DeliveredBytes || packet.SentNs >= _newest.SentNs)
        {
            _newest = packet;
            _hasNewest = true;
        }
    }

    /// <summary>Closes the books of one acknowledgement.</summary>
    public void Fill(ref AckSample sample)
    {
        sample.Delivered = Delivered;
        if (!_hasNewest)
        {
            return;
        }

        _hasNewest = false;
        _firstSentNs = _newest.SentNs;
        sample.NewestSentNs = _newest.SentNs;
        sample.PriorDelivered = _newest.DeliveredBytes;
        sample.IsApplicationLimited = _newest.IsApplicationLimited;
        long sending = _newest.SentNs - _newest.FirstSentNs;
        long acknowledging = sample.NowNs - _newest.DeliveredNs;
        long interval = Math.Max(sending, acknowledging);

        // An interval below the least round trip comes of acknowledgements that were compressed on the way.
        if (interval > 0 && interval >= sample.MinRttNs)
        {
            sample.DeliveryRate = (long)((Delivered - _newest.DeliveredBytes) / (interval / NsPerSecond));
        }
    }
}
