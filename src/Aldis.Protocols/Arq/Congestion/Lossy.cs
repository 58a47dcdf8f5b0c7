using Aldis.Protocols.Arq.Sending;

namespace Aldis.Protocols.Arq.Congestion;

/// <summary>Follows the delivery rate and sends as much more as the link loses by itself (docs/arq.md section 7.7). What the link loses
/// by itself is measured only on packets that left while the sender held back: their losses are not its own doing, so the estimate
/// cannot feed itself.</summary>
internal sealed class Lossy : ICongestionController
{
    private const double StartupGain = 2.885;
    private const double DrainGain = 1 / StartupGain;
    private const double FullPipeGrowth = 1.25;
    private const int FullPipeRounds = 3;
    private const double MaxLoss = 0.25;
    private const double LossMemory = 0.9;
    private const double ProbeGain = 1.15;
    private const double HoldBackGain = 0.85;
    private const double RisingWeight = 0.8;
    private const double FallingWeight = 0.125;
    private const double WindowGain = 2;
    private const int CyclePhases = 8;
    private const long MinRttLifetimeNs = 10_000_000_000;
    private const long NsPerMs = 1_000_000;
    private const double NsPerSecond = 1e9;
    private const long MaxQuantum = 64 << 10;
    private const int StartPackets = 64;
    private const long StartBytes = 94_208;
    private const int HoldBackPhase = 1;
    private const double OwnLossOfSmallQueues = 0.03;
    private const int LeastCatchUpMicroseconds = 2_000;
    private const int MostCatchUpMicroseconds = 20_000;

    private int _datagramSize;
    private Mode _mode = Mode.Startup;
    private MaximumFilter _bandwidth;
    private long _round;
    private long _roundEnd;
    private long _fullBandwidth;
    private int _fullRounds;
    private int _cycle;
    private long _cycleStartNs;
    private long _minRttNs;
    private long _minRttSeenNs;
    private long _probeEndNs;
    private long _probedRttNs;
    private double _smoothedRate;
    private double _heldBackBytes;
    private double _heldBackLostBytes;
    private long _cycleBytes;
    private long _cycleLostBytes;
    private long _inFlight;
    private bool _hasCollapsed;

    public Lossy(int datagramSize) => _datagramSize = datagramSize;

    private enum Mode : byte
    {
        Startup,
        Drain,
        Cycle,
        ProbeRtt,
    }

    /// <summary>The share of packets the link loses by itself.</summary>
    public double LossEstimate => _heldBackBytes <= 0 ? 0 : Math.Min(MaxLoss, _heldBackLostBytes / _heldBackBytes);

    public int CatchUpMicroseconds { get; private set; } = Pacer.DefaultCatchUpMicroseconds;

    public byte Phase => _mode == Mode.Cycle && _cycle == HoldBackPhase ? (byte)HoldBackPhase : (byte)0;

    public long WindowBytes
    {
        get
        {
            long least = Math.Max(_mode == Mode.Startup ? StartWindow : InitialWindow.Bytes(_datagramSize), 4L * _datagramSize);
            if (_minRttNs == 0 || _bandwidth.Value == 0)
            {
                return least;
            }

            double product = BandwidthDelay;
            if (_mode == Mode.ProbeRtt)
            {
                return Math.Max((long)(product / 2), 4L * _datagramSize);
            }

            double gain = _mode == Mode.Startup ? StartupGain : WindowGain;
            return Math.Max(least, (long)(gain * product / (1 - LossEstimate)) + (3 * Quantum));
        }
    }

    public long PacingRate
    {
        get
        {
            long start = _minRttNs == 0 ? 0 : (long)(StartupGain * StartWindow / _minRttNs * NsPerSecond);
            if (_bandwidth.Value == 0)
            {
                return start;
            }

            // The few bytes with which a conversation begins are samples too, and say nothing of the link: they hold nobody back.
            return Math.Max(_mode == Mode.Startup ? start : 1, (long)(Gain * _bandwidth.Value / (1 - LossEstimate)));
        }
    }

    private double Gain => _mode switch
    {
        Mode.Startup => StartupGain,
        Mode.Drain => DrainGain,
        Mode.ProbeRtt => 1,
        _ => _cycle switch { 0 => ProbeGain, HoldBackPhase => HoldBackGain, _ => 1 },
    };

    // Each doubling of it spares a round trip of looking for the rate. After a collapse it is what everybody begins with.
    private long StartWindow => _hasCollapsed
        ? InitialWindow.Bytes(_datagramSize)
        : Math.Max(InitialWindow.Bytes(_datagramSize), Math.Min((long)StartPackets * _datagramSize, StartBytes));

    private double BandwidthDelay => _bandwidth.Value / NsPerSecond * _minRttNs;

    // Two of the largest datagrams are more than the bound.
    private long Quantum => Math.Max(2L * _datagramSize, Math.Min(_bandwidth.Value / 1000, MaxQuantum));

    public void SetDatagramSize(int datagramSize) => _datagramSize = datagramSize;

    public void OnSent(int size, long nowNs)
    {
    }

    public void OnAck(in AckSample sample)
    {
        _inFlight = sample.InFlight;
        _heldBackBytes += sample.AckedInPhaseBytes;
        _cycleBytes += sample.AckedBytes;
        bool isNewRound = sample.PriorDelivered >= _roundEnd;
        if (isNewRound)
        {
            _round++;
            _roundEnd = sample.Delivered;
        }

        UpdateMinRtt(sample);

        // A rate that was held down from outside, by the application or by the look for the least round trip, only counts if it is higher.
        if (sample.DeliveryRate > 0 && (sample.DeliveryRate >= _bandwidth.Value
            || !(sample.IsApplicationLimited || _mode == Mode.ProbeRtt)))
        {
            UpdateBandwidth(sample.DeliveryRate, isNewRound);
        }

        Advance(sample, isNewRound);
    }

    public void OnLoss(in LossSample sample)
    {
        _inFlight = sample.InFlight;
        _heldBackBytes += sample.LostInPhaseBytes;
        _cycleBytes += sample.LostBytes;
        _cycleLostBytes += sample.LostBytes;
        _heldBackLostBytes += sample.LostInPhaseBytes;
    }

    public void OnSpuriousLoss(long nowNs)
    {
    }

    public void OnPersistentCongestion(long nowNs)
    {
        _hasCollapsed = true;
        _bandwidth.Reset(_round, 0);
        _fullBandwidth = 0;
        _fullRounds = 0;
        _mode = Mode.Startup;
    }

    /// <summary>Once the rate is known, one sample a round counts, smoothed: the greatest of many samples would be the luckiest of
    /// them, the rounds in which the link happened to lose least, and sending by it would overrun the link.</summary>
    private void UpdateBandwidth(long rate, bool isNewRound)
    {
        if (_mode != Mode.Cycle || rate > _smoothedRate * FullPipeGrowth)
        {
            _smoothedRate = _mode == Mode.Cycle ? rate : Math.Max(rate, _bandwidth.Value);
            _bandwidth.Update(_round, rate);
        }
        else if (isNewRound)
        {
            _smoothedRate += (rate - _smoothedRate) * (rate > _smoothedRate ? RisingWeight : FallingWeight);
            _bandwidth.Update(_round, (long)_smoothedRate);
        }
    }

    private void UpdateMinRtt(in AckSample sample)
    {
        if (sample.RttNs == 0)
        {
            return;
        }

        _probedRttNs = Math.Min(_probedRttNs, sample.RttNs);
        if (_minRttNs == 0 || sample.RttNs < _minRttNs)
        {
            _minRttNs = sample.RttNs;
            _minRttSeenNs = sample.NowNs;
        }
        else if (sample.RttNs <= _minRttNs + Math.Max(NsPerMs, _minRttNs / 16))
        {
            _minRttSeenNs = sample.NowNs;
        }
    }

    private void Advance(in AckSample sample, bool isNewRound)
    {
        switch (_mode)
        {
            case Mode.Startup when isNewRound && !sample.IsApplicationLimited:
                if (_bandwidth.Value >= _fullBandwidth * FullPipeGrowth)
                {
                    _fullBandwidth = _bandwidth.Value;
                    _fullRounds = 0;
                }
                else if (++_fullRounds >= FullPipeRounds)
                {
                    _mode = Mode.Drain;
                }

                break;
            case Mode.Drain when _inFlight <= BandwidthDelay:
                EnterCycle(sample.NowNs);
                break;
            case Mode.Cycle:
                AdvanceCycle(sample.NowNs);
                break;
            case Mode.ProbeRtt when sample.NowNs >= _probeEndNs:
                _minRttSeenNs = sample.NowNs;
                _minRttNs = _probedRttNs == long.MaxValue ? _minRttNs : _probedRttNs;
                EnterCycle(sample.NowNs);
                break;
            default:
                break;
        }
    }

    private void AdvanceCycle(long nowNs)
    {
        if (nowNs - _minRttSeenNs > MinRttLifetimeNs)
        {
            // The least round trip is looked for anew: with half the product in flight no queue of ours remains.
            _mode = Mode.ProbeRtt;
            _probeEndNs = nowNs + (2 * _minRttNs);
            _probedRttNs = long.MaxValue;
            return;
        }

        // Holding back is over once the queue of the probe before it must be empty; longer would only leave the link idle.
        bool isDrained = _cycle == HoldBackPhase && _inFlight <= BandwidthDelay / (1 - LossEstimate);
        if (nowNs - _cycleStartNs < _minRttNs && !isDrained)
        {
            return;
        }

        _cycle = (_cycle + 1) % CyclePhases;
        _cycleStartNs = nowNs;
        if (_cycle == 0)
        {
            _heldBackBytes *= LossMemory;
            _heldBackLostBytes *= LossMemory;
            JudgeCycle();
        }
    }

    /// <summary>Lost was more than the link loses by itself: its queue does not hold what a pause leaves to be made up for. Else it may be
    /// more, until a queue says otherwise: a machine whose processor is away for 10 ms, again and again, sends below the rate else,
    /// measures that, and slows down.</summary>
    private void JudgeCycle()
    {
        double ownLoss = _cycleBytes == 0 ? 0 : ((double)_cycleLostBytes / _cycleBytes) - LossEstimate;
        CatchUpMicroseconds = ownLoss > OwnLossOfSmallQueues
            ? Math.Max(LeastCatchUpMicroseconds, CatchUpMicroseconds / 2)
            : Math.Min(MostCatchUpMicroseconds, CatchUpMicroseconds * 5 / 4);
        _cycleBytes = 0;
        _cycleLostBytes = 0;
    }

    private void EnterCycle(long nowNs)
    {
        // Begins by holding back, so that the link's own loss is known before more is tried.
        _mode = Mode.Cycle;
        _cycle = 1;
        _cycleStartNs = nowNs;
    }
}
