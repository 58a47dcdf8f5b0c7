namespace Aldis.Protocols.Arq.Endpoint;

/// <summary>So many a second, with a second's worth saved up.</summary>
internal struct RateLimit(int perSecond)
{
    private const double NsPerSecond = 1e9;

    private double _saved = perSecond;
    private long _lastNs;

    public bool TryTake(long nowNs)
    {
        if (nowNs > _lastNs)
        {
            _saved = Math.Min(perSecond, _saved + ((nowNs - _lastNs) / NsPerSecond * perSecond));
            _lastNs = nowNs;
        }

        if (_saved < 1)
        {
            return false;
        }

        _saved--;
        return true;
    }
}
