using Aldis.Protocols.Arq.Congestion;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Arq.Sending;

/// <summary>What the sending half of a connection consists of, whatever its strategy.</summary>
internal sealed class SendCore
{
    public SendCore(SendStream stream, ConnectionOptions options, ICongestionController congestion, long granularityNs, Tracer tracer)
    {
        Stream = stream;
        Options = options;
        Congestion = congestion;
        GranularityNs = granularityNs;
        Trace = tracer;
    }

    public SendStream Stream { get; }

    public ConnectionOptions Options { get; }

    public ICongestionController Congestion { get; }

    public SentPackets Packets { get; } = new();

    public long GranularityNs { get; }

    public Tracer Trace { get; set; }

#pragma warning disable CA1051 // Mutable values that belong to this object's owner alone; properties would copy them.
    public RoundTripEstimator RoundTrip = new();
    public DeliveryRate Rate;
    public Pacer Pacer;
    public ConnectionCounters Stats;
#pragma warning restore CA1051

    /// <summary>When the last packet that asks for an acknowledgement left.</summary>
    public long LastElicitingSentNs { get; set; }

    /// <summary>The serial number of the newest ACK.</summary>
    public uint LastAckSerial { get; set; }

    public bool HasAck { get; set; }

    /// <summary>The least margin of a time-out is this part of the round trip.</summary>
    public int MarginDivisor => Options.Congestion == CongestionProfile.Lab
        ? RoundTripEstimator.LaboratoryMarginDivisor
        : RoundTripEstimator.MarginDivisor;

    /// <summary>RFC 9002's probe time-out without back-off.</summary>
    public long ProbeTimeoutNs => RoundTrip.SmoothedNs
        + Math.Max(4 * RoundTrip.VariationNs, Math.Max(GranularityNs, RoundTrip.SmoothedNs / MarginDivisor)) + Options.MaxAckDelayNs;

    /// <summary>Takes a round trip: the packet must have been named for the first time, by the newest ACK.</summary>
    public long SampleRoundTrip(long packetNumber, long sentNs, long peerDelayNs, long nowNs)
    {
        // A peer that waited longer than agreed says nothing about the path.
        if (peerDelayNs > Options.MaxAckDelayNs)
        {
            return 0;
        }

        long elapsed = Math.Max(1, nowNs - sentNs);
        RoundTrip.Sample(elapsed, peerDelayNs);
        Trace.Note(TraceEventKind.RoundTripMeasured, nowNs, value: elapsed, secondValue: RoundTrip.SmoothedNs, packetNumber: packetNumber);
        return elapsed;
    }

    /// <summary>Reports changes of window and rate made by the controller since the values given.</summary>
    public void ReportCongestion(long windowBefore, long nowNs)
    {
        long window = Congestion.WindowBytes;
        if (window != windowBefore)
        {
            Trace.Note(
                TraceEventKind.CongestionWindowChanged, nowNs, value: window, secondValue: windowBefore,
                    length: (int)Math.Min(int.MaxValue, Packets.BytesInFlight));
        }

        UpdatePacing(nowNs);
    }

    private void UpdatePacing(long nowNs)
    {
        const long TooShortToPaceNs = 1_000_000;
        Pacer.CatchUpMicroseconds = Congestion.CatchUpMicroseconds;
        long rate = Options.Pacing && RoundTrip.MinimumNs >= TooShortToPaceNs ? Congestion.PacingRate : 0;
        if (rate != Pacer.BytesPerSecond)
        {
            Trace.Note(TraceEventKind.PacingRateChanged, nowNs, value: rate, secondValue: Pacer.BytesPerSecond);
            Pacer.SetRate(rate, nowNs);
        }
    }
}
