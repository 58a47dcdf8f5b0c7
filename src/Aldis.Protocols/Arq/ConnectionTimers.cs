using Aldis.Protocols.Arq.Sending;
using Aldis.Protocols.Arq.Wire;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq;

/// <summary>Arms the timers of a connection after everything due was sent, and does what they say.</summary>
internal sealed class ConnectionTimers(ArqConnection connection)
{
    private const long QuietNs = 1_000_000_000;
    private const long MaxProbeIntervalNs = 3_000_000_000;
    private const long MinLingerNs = 5_000_000_000;
    private const long MaxLingerNs = 30_000_000_000;
    private const int LingerTimeouts = 32;

    private int _windowProbes;
    private bool _isTrimmed;

    /// <summary>When the peer was last heard.</summary>
    public long LastHeardNs { get; set; }

    /// <summary>When the peer last acknowledged something new, or something to acknowledge first existed.</summary>
    public long LastProgressNs { get; set; }

    public void OnHeard(long nowNs)
    {
        LastHeardNs = nowNs;
        if (_isTrimmed)
        {
            // It is no longer idle, and when it is again its memory is to be given back again: the next look is not a whole time-out away.
            _isTrimmed = false;
            connection.Timers.Stop(TimerKind.Idle);
        }
    }

    /// <summary>Credit grew: the next window probe, if one is ever needed, comes soon again.</summary>
    public void OnCredit()
    {
        _windowProbes = 0;
        connection.Timers.Stop(TimerKind.WindowProbe);
    }

    public void Rearm(long nowNs)
    {
        if (connection.State is not (ConnectionState.Open or ConnectionState.Confirming))
        {
            return;
        }

        ref TimerTable timers = ref connection.Timers;
        SendCore core = connection.Core!;
        timers.Set(TimerKind.Retransmission, connection.Strategy!.TimeoutDeadlineNs);
        timers.Set(TimerKind.LossDetection, connection.Strategy.LossDeadlineNs);
        timers.Set(TimerKind.AckDelay, connection.Acks!.DeadlineNs);
        timers.Set(TimerKind.Pacing, connection.Output.IsHeldByPacer
            ? core.Pacer.WhenReady(PacingQuantum(core, connection.DatagramSize)) : TimerTable.Never);
        RearmWindowProbe(core, nowNs);
        bool isWaiting = core.Stream.HeldBytes > 0 || (core.Stream.IsFinished && !core.Stream.IsFinAcknowledged);
        if (!isWaiting)
        {
            timers.Stop(TimerKind.UserTimeout);
        }
        else if (!timers.IsArmed(TimerKind.UserTimeout))
        {
            timers.Set(TimerKind.UserTimeout, LastProgressNs + core.Options.UserTimeoutNs);
        }

        if (!timers.IsArmed(TimerKind.Idle) || IsOnlyLastAckMissing(core))
        {
            timers.Set(TimerKind.Idle, IdleDeadline(core));
        }

        if (core.Options.KeepAliveNs > 0 && !timers.IsArmed(TimerKind.KeepAlive))
        {
            timers.Set(TimerKind.KeepAlive, LastHeardNs + core.Options.KeepAliveNs);
        }
    }

    /// <summary>Does what is due. A deadline nearer than the driver's granularity is due.</summary>
    public void OnTimer(long nowNs)
    {
        ref TimerTable timers = ref connection.Timers;
        long limit = nowNs + connection.GranularityNs;
        if (timers.TryExpire(TimerKind.Handshake, limit))
        {
            connection.Handshake?.OnTimer(limit);
        }

        if (connection.Core is not { } core || connection.State is not (ConnectionState.Open or ConnectionState.Confirming))
        {
            return;
        }

        if (timers.TryExpire(TimerKind.LossDetection, limit))
        {
            connection.Strategy!.OnLossTimer(limit);
        }

        // An acknowledgement may have come since the timer was set, and the driver may not have been able to send since.
        if (timers.TryExpire(TimerKind.Retransmission, limit) && connection.Strategy!.TimeoutDeadlineNs <= limit)
        {
            OnRetransmission(nowNs);
        }

        if (timers.TryExpire(TimerKind.AckDelay, limit))
        {
            connection.Trace.Note(TraceEventKind.TimerFired, nowNs, TraceCause.AcknowledgementDelay);
            connection.Acks!.OnDeadline();
        }

        timers.TryExpire(TimerKind.Pacing, limit);
        if (timers.TryExpire(TimerKind.WindowProbe, limit))
        {
            OnWindowProbe(core, nowNs);
        }

        if (timers.TryExpire(TimerKind.KeepAlive, limit))
        {
            OnKeepAlive(core, limit);
        }

        if (timers.TryExpire(TimerKind.UserTimeout, limit))
        {
            OnUserTimeout(core, limit);
        }

        if (timers.TryExpire(TimerKind.Idle, limit))
        {
            OnIdle(core, limit);
        }
    }

    private static long PacingQuantum(SendCore core, int datagramSize)
    {
        const long NsPerSecond = 1_000_000_000;
        const long MostBytes = 64 << 10;
        long perTick = (long)((double)core.Pacer.BytesPerSecond * core.GranularityNs / NsPerSecond);
        return Math.Min(MostBytes, Math.Max(perTick, datagramSize));
    }

    private void OnRetransmission(long nowNs)
    {
        connection.Strategy!.OnTimeout(nowNs);
        if (connection.Strategy is SelectiveRepeatSender repeat && connection.Sizer.OnTimeouts(repeat.ProbeTimeouts))
        {
            connection.ReportDatagramSize(nowNs);
        }
    }

    private void RearmWindowProbe(SendCore core, long nowNs)
    {
        ref TimerTable timers = ref connection.Timers;
        bool isStuck = connection.State == ConnectionState.Open
            && core.Packets.OutstandingCount == 0
            && core.Stream.IsShortOfCredit(connection.FrameRoom)
            && !connection.Output.MayCutToCredit;
        if (!isStuck)
        {
            timers.Stop(TimerKind.WindowProbe);
        }
        else if (!timers.IsArmed(TimerKind.WindowProbe))
        {
            timers.Set(TimerKind.WindowProbe, nowNs + Math.Min(MaxProbeIntervalNs, core.ProbeTimeoutNs << Math.Min(_windowProbes, 10)));
        }
    }

    private void OnWindowProbe(SendCore core, long nowNs)
    {
        connection.Trace.Note(TraceEventKind.TimerFired, nowNs, TraceCause.WindowProbe, secondValue: _windowProbes);
        _windowProbes++;
        if (core.Stream.CreditBytes > 0)
        {
            connection.Output.MayCutToCredit = true;
        }
        else
        {
            connection.Output.ProbeDue = ProbeKind.Blocked;
        }
    }

    private void OnKeepAlive(SendCore core, long nowNs)
    {
        long due = LastHeardNs + core.Options.KeepAliveNs;
        if (due > nowNs)
        {
            connection.Timers.Set(TimerKind.KeepAlive, due);
            return;
        }

        if (core.Packets.OutstandingCount == 0)
        {
            connection.Output.ProbeDue = ProbeKind.KeepAlive;
        }

        connection.Timers.Set(TimerKind.KeepAlive, nowNs + core.Options.KeepAliveNs);
    }

    private void OnUserTimeout(SendCore core, long nowNs)
    {
        long due = LastProgressNs + core.Options.UserTimeoutNs;
        if (due > nowNs)
        {
            connection.Timers.Set(TimerKind.UserTimeout, due);
            return;
        }

        connection.Fail(ArqCloseCode.Timeout, TraceCause.UserTimeout, tellPeer: true, nowNs);
    }

    private void OnIdle(SendCore core, long nowNs)
    {
        long quiet = nowNs - LastHeardNs;
        if (!_isTrimmed && quiet >= QuietNs)
        {
            _isTrimmed = true;
            connection.Trim();
        }

        if (IsOnlyLastAckMissing(core) && nowNs >= LingerEnd(core))
        {
            connection.CloseInOrder(nowNs);
            return;
        }

        if (quiet >= core.Options.IdleTimeoutNs)
        {
            connection.Fail(ArqCloseCode.Timeout, TraceCause.IdleTimeout, tellPeer: false, nowNs);
            return;
        }

        connection.Timers.Set(TimerKind.Idle, IdleDeadline(core));
    }

    private long IdleDeadline(SendCore core)
    {
        long wait = core.Options.IdleTimeoutNs;
        if (!_isTrimmed)
        {
            wait = Math.Min(wait, QuietNs);
        }

        long deadline = LastHeardNs + wait;
        return IsOnlyLastAckMissing(core) ? Math.Min(deadline, LingerEnd(core)) : deadline;
    }

    /// <summary>The peer ended and has all our bytes; only its word on our FIN is missing. It may be gone already, which is no
    /// loss.</summary>
    private bool IsOnlyLastAckMissing(SendCore core)
        => connection.Receive!.IsComplete && core.Stream.IsFinSent && core.Stream.IsAllDataAcknowledged;

    /// <summary>Long enough for many repetitions of the FIN after anything last happened.</summary>
    private long LingerEnd(SendCore core)
        => Math.Max(LastHeardNs, LastProgressNs) + Math.Clamp(LingerTimeouts * core.ProbeTimeoutNs, MinLingerNs, MaxLingerNs);
}
