using Aldis.Protocols.Arq.Sending;

namespace Aldis.Protocols.Arq.Congestion;

/// <summary>CUBIC (RFC 9438) with HyStart++ in slow start and proportional rate reduction in recovery. Counts bytes, so that split
/// acknowledgements gain nothing (RFC 3465).</summary>
internal sealed class Cubic : ICongestionController
{
    private const double Beta = 0.7;
    private const double Scale = 0.4;
    private const double FriendlyGrowth = 3 * (1 - Beta) / (1 + Beta);
    private const double NsPerSecond = 1e9;
    private const double SlowStartPacing = 2;
    private const double AvoidancePacing = 1.25;

    private int _datagramSize;
    private double _window;
    private double _threshold = double.PositiveInfinity;
    private double _lastMaximum;
    private double _origin;
    private double _friendly;
    private double _timeToOrigin;
    private long _epochStartNs = -1;
    private long _smoothedRttNs;
    private long _recoveryStartNs = -1;
    private bool _inRecovery;
    private SlowStartExit _slowStartExit = new();
    private ProportionalRateReduction _reduction;
    private Undo _undo;

    public Cubic(int datagramSize)
    {
        _datagramSize = datagramSize;
        _window = InitialWindow.Bytes(datagramSize);
    }

    public long WindowBytes => Math.Max((long)_window, InitialWindow.MinimumBytes(_datagramSize));

    public long PacingRate => _smoothedRttNs == 0
        ? 0
        : (long)((_window < _threshold ? SlowStartPacing : AvoidancePacing) * Math.Max(_window, InitialWindow.MinimumBytes(_datagramSize))
            / _smoothedRttNs * NsPerSecond);

    public int CatchUpMicroseconds => Pacer.DefaultCatchUpMicroseconds;

    public byte Phase => 0;

    public void SetDatagramSize(int datagramSize)
    {
        if (_smoothedRttNs == 0)
        {
            _window = Math.Max(_window, InitialWindow.Bytes(datagramSize));
        }

        _datagramSize = datagramSize;
    }

    public void OnSent(int size, long nowNs)
    {
        if (_inRecovery)
        {
            _reduction.OnSent(size);
        }
    }

    public void OnAck(in AckSample sample)
    {
        _smoothedRttNs = sample.SmoothedRttNs;
        if (_inRecovery)
        {
            if (sample.NewestSentNs <= _recoveryStartNs)
            {
                _window = _reduction.OnAck(sample.AckedBytes, sample.InFlight, (long)_threshold, _datagramSize);
                return;
            }

            _inRecovery = false;
            _window = _threshold;
        }

        // A window that is not used proves nothing (RFC 9438 section 5.8).
        bool isUsed = sample.InFlightBefore + (3L * _datagramSize) >= _window
            || (_window < _threshold && sample.InFlightBefore * 2 >= _window);
        if (_window < _threshold && _slowStartExit.OnAck(sample))
        {
            _threshold = _window;
        }

        if (!isUsed)
        {
            _epochStartNs = -1;
        }
        else if (_window < _threshold)
        {
            _window += _slowStartExit.IsConservative ? sample.AckedBytes / 4.0 : sample.AckedBytes;
        }
        else
        {
            Avoid(sample);
        }
    }

    public void OnLoss(in LossSample sample)
    {
        if (sample.NewestSentNs <= _recoveryStartNs)
        {
            _undo.Lost += sample.LostPackets;
            return;
        }

        _undo = new Undo(_window, _threshold, _lastMaximum, sample.LostPackets);
        _recoveryStartNs = sample.NowNs;
        _inRecovery = true;
        _epochStartNs = -1;
        double before = Math.Max(_window, InitialWindow.MinimumBytes(_datagramSize));

        // Fast convergence: a flow that did not get back to its last maximum leaves room for newer ones (RFC 9438 section 4.7).
        _lastMaximum = before < _lastMaximum ? before * (1 + Beta) / 2 : before;
        _threshold = Math.Max(before * Beta, InitialWindow.MinimumBytes(_datagramSize));
        _reduction.Start(sample.InFlight + sample.LostBytes);
        _window = Math.Max(Math.Min(before, sample.InFlight + _datagramSize), InitialWindow.MinimumBytes(_datagramSize));
    }

    public void OnSpuriousLoss(long nowNs)
    {
        if (_undo.Lost > 0 && --_undo.Lost == 0)
        {
            _window = Math.Max(_window, _undo.Window);
            _threshold = _undo.Threshold;
            _lastMaximum = _undo.LastMaximum;
            _inRecovery = false;
            _epochStartNs = -1;
        }
    }

    public void OnPersistentCongestion(long nowNs)
    {
        _undo = default;
        _inRecovery = false;
        _recoveryStartNs = nowNs;
        _epochStartNs = -1;
        _lastMaximum = Math.Max(_lastMaximum, _window);
        _threshold = Math.Max(_window * Beta, InitialWindow.MinimumBytes(_datagramSize));
        _window = InitialWindow.MinimumBytes(_datagramSize);
        _slowStartExit = new SlowStartExit();
    }

    private void Avoid(in AckSample sample)
    {
        if (_epochStartNs < 0)
        {
            _epochStartNs = sample.NowNs;
            _friendly = _window;
            _origin = Math.Max(_lastMaximum, _window);
            _timeToOrigin = Math.Cbrt((_origin - _window) / _datagramSize / Scale);
        }

        double time = (sample.NowNs - _epochStartNs) / NsPerSecond;
        _friendly += (_friendly >= _lastMaximum ? 1 : FriendlyGrowth) * sample.AckedBytes / _window * _datagramSize;
        if (CubicAt(time) < _friendly)
        {
            _window = Math.Max(_window, _friendly);
            return;
        }

        double target = Math.Clamp(CubicAt(time + (sample.SmoothedRttNs / NsPerSecond)), _window, 1.5 * _window);
        _window += (target - _window) / _window * sample.AckedBytes;
    }

    private double CubicAt(double seconds)
    {
        double distance = seconds - _timeToOrigin;
        return _origin + (Scale * distance * distance * distance * _datagramSize);
    }

    /// <summary>What a reduction took away, in case every loss behind it was none.</summary>
    private record struct Undo(double Window, double Threshold, double LastMaximum, int Lost);
}
