namespace Aldis.Protocols.Arq.Sending;

/// <summary>A token bucket that spreads packets over time. Tokens are bytes.</summary>
internal struct Pacer
{
    /// <summary>Of a pause, what is made up for where nothing is known about the link's queue.</summary>
    public const int DefaultCatchUpMicroseconds = 8_000;

    private const long NsPerSecond = 1_000_000_000;
    private const double MicrosecondsPerSecond = 1e6;
    private const long LeastBucket = 16 << 10;
    private const long BucketNs = 2_000_000;

    private double _tokens;
    private long _lastNs;
    private long _rate;
    private bool _isHeld;

    /// <summary>How much of a pause it makes up for who was held back and is called late.</summary>
    public int CatchUpMicroseconds { get; set; }

    /// <summary>Bytes per second; 0 means without limit.</summary>
    public readonly long BytesPerSecond => _rate;

    /// <summary>Bytes that may leave in one go: what the rate gives in 2 ms, at least 16 KiB.</summary>
    public readonly long BucketBytes => Math.Max(LeastBucket, (long)((double)_rate * BucketNs / NsPerSecond));

    /// <summary>Changes the rate from now on.</summary>
    public void SetRate(long bytesPerSecond, long nowNs)
    {
        if (_rate == 0)
        {
            _rate = bytesPerSecond;
            _tokens = BucketBytes;
            _lastNs = nowNs;
            return;
        }

        Refill(nowNs);
        _rate = bytesPerSecond;
    }

    /// <summary>Whether a packet may leave now. One larger than the bucket leaves when the bucket is full, and is paid off afterwards.</summary>
    public bool MaySend(int size, long nowNs)
    {
        if (_rate == 0)
        {
            return true;
        }

        Refill(nowNs);
        _isHeld = _tokens < Math.Min(size, BucketBytes);
        return !_isHeld;
    }

    public void OnSent(int size)
    {
        if (_rate != 0)
        {
            _tokens -= size;
        }
    }

    /// <summary>When so many tokens will be there.</summary>
    public readonly long WhenReady(long bytes)
        => _lastNs + Math.Max(1, (long)Math.Ceiling((Math.Min(bytes, BucketBytes) - _tokens) * NsPerSecond / _rate));

    // Who was held back and is called late makes up for it, or a busy machine would send below the rate, measure that, and slow down.
    // Who had nothing to send, or no window, has nothing to make up for.
    private readonly long MostTokens =>
        _isHeld ? Math.Max(BucketBytes, (long)(_rate * (CatchUpMicroseconds / MicrosecondsPerSecond))) : BucketBytes;

    private void Refill(long nowNs)
    {
        if (nowNs > _lastNs)
        {
            _tokens = Math.Min(MostTokens, _tokens + ((double)(nowNs - _lastNs) * _rate / NsPerSecond));
            _lastNs = nowNs;
        }
    }
}
