using Aldis.Protocols.Arq;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Tests.Arq.Exploration;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Every property can fail: for each, an engine broken in one way is caught by exactly that property.</summary>
public sealed class BrokenEngineTests
{
    private const int CumulativeOffset = 24;
    private const int LimitOffset = 32;
    private const int LargestOffset = 40;
    private const byte AlternateBit = 8;

    private static readonly Dictionary<Property, Action> Breakages = new()
    {
        [Property.DeliveredIsAPrefix] = () => RunServer(Repeat(), e => new LyingSeam(e) { ReadResult = SpoilFirstByte }),
        [Property.EndOfStreamIsComplete] = () => RunServer(Repeat(), e => new LyingSeam(e) { ReadResult = (_, n) => n == 0 ? -1 : n }),
        [Property.FinishedMeansReceived] = () => RunClient(Repeat(), e => new LyingSeam(e)
        {
            Event = o => o.Kind == ArqEventKind.Connected ? o with { Kind = ArqEventKind.Finished } : o,
        }),
        [Property.NothingIsFreedEarly] = () => RunClient(Repeat(), e => new LyingSeam(e)
        {
            StatsResult = WithAllAcknowledged,
        }),
        [Property.SentBytesAreThoseWritten] = () => RunClient(Repeat(), e => new TamperingSeam(e)
        {
            Outgoing = p => On(WireType.Data, p, s => s[^1] ^= 1),
        }),
        [Property.SendingStaysWithinCredit] = () => RunClient(SmallCredit(), e => new TamperingSeam(e)
        {
            Incoming = p => On(WireType.Ack, p, s => PacketForge.AddLong(s, LimitOffset, 1 << 20)),
        }),
        [Property.SendingStaysWithinTheWindow] = () => Run(Repeat() with
        {
            CheckedOptions = ConnectionOptions.SelectiveRepeat(1000, 4),
        }),
        [Property.SendingStaysWithinTheCongestionWindow] = () => RunClient(Repeat(), e => new LyingSeam(e)
        {
            StatsResult = s => s with { CongestionWindowBytes = 1 },
        }),
        [Property.StopAndWaitHasOneFrameOutstanding] = () => Run(Frames(ConnectionOptions.GoBackN(1000, 8)) with
        {
            CheckedOptions = ConnectionOptions.StopAndWait(1000) with { WindowFrames = 100 },
        }),
        [Property.StopAndWaitAlternates] = () => RunClient(Frames(ConnectionOptions.StopAndWait(1000)), e => new TamperingSeam(e)
        {
            Outgoing = p => On(WireType.Data, p, s => s[1] |= AlternateBit),
        }),
        [Property.StopAndWaitAnswersEveryFrame] = () => RunServer(
            Frames(ConnectionOptions.StopAndWait(1000)), e => new RepeatingSeam(e, type => type == WireType.Ack ? 0 : 1)),
        [Property.GoBackNKeepsNothingOutOfOrder] = () => RunServer(
            Frames(ConnectionOptions.GoBackN(1000, 8)), e => new LyingSeam(e) { Readable = n => n + 1000 }),
        [Property.AcknowledgedFramesAreNotRepeated] = () => RunClient(
            FrameTimers() with { ToServer = LossyWay() }, e => new SenderSeam(e, core => new NeverStoppedTimers(core))),
        [Property.RepetitionsWaitForTheirTimer] = () => Run(FrameTimers() with
        {
            Options = ConnectionOptions.SelectiveRepeat(1000, 16),
            CheckedOptions = FrameTimers().Options,
            ToServer = LossyWay(),
        }),
        [Property.PacketNumbersIncrease] = () => RunClient(
            Repeat(), e => new RepeatingSeam(e, type => type == WireType.Data ? 2 : 1)),
        [Property.AcknowledgementsNeverShrink] = () => RunServer(Repeat(), ShrinkingLimit),
        [Property.OnlySentBytesAreAcknowledged] = () => RunServer(Repeat(), e => new TamperingSeam(e)
        {
            Outgoing = p => On(WireType.Ack, p, s => PacketForge.AddLong(s, CumulativeOffset, 1 << 20)),
        }),
        [Property.AcknowledgedBytesAreStored] = () => RunServer(Repeat(), e => new TamperingSeam(e)
        {
            Outgoing = p => On(WireType.Ack, p, s => PacketForge.AddLong(s, CumulativeOffset, IsMidway(s) ? 1000 : 0)),
        }),
        [Property.OnlyReceivedPacketsAreAcknowledged] = () => RunServer(Repeat(), e => new TamperingSeam(e)
        {
            Outgoing = p => On(WireType.Ack, p, s => PacketForge.AddLong(s, LargestOffset, 1)),
        }),
        [Property.StaleAcknowledgementsCauseNoSend] = () => RunClient(
            Frames(ConnectionOptions.StopAndWait(1000)) with
            {
                ToClient = Delayed() with { Duplicate = 1, DuplicateDelayNanoseconds = 1000 },
            },
            e => new SorcererSeam(e)),
        [Property.DamagedPacketsChangeNothing] = () => RunServer(
            Repeat() with { ToServer = Delayed() with { BitFlip = 0.5 } }, e => new TamperingSeam(e) { Incoming = _ => true }),
        [Property.EachTransmissionIsSettledOnce] = () => Record(
            Event(TraceEventKind.FrameSent, 1), Event(TraceEventKind.FrameLost, 1), Event(TraceEventKind.FrameAcknowledged, 1)),
        [Property.RetransmissionsNameCauseAndCopy] = () => Record(
            Event(TraceEventKind.FrameSent, 1), Event(TraceEventKind.FrameRetransmitted, 2)),
        [Property.RoundTripsArePossible] = () => Record(Event(TraceEventKind.RoundTripMeasured, 1) with { Value = 999 }),
        [Property.WorkAlwaysHasADeadline] = () => RunClient(Repeat(), e => new LyingSeam(e) { Deadline = _ => long.MaxValue }),
        [Property.TimersDoNotSpin] = () => RunClient(Repeat(), e => new LyingSeam(e) { Deadline = _ => 0 }),
        [Property.BatchesAreWellFormed] = () => RunClient(Repeat(), e => new LyingSeam(e)
        {
            TransmitResult = t => t with { SegmentSize = t.Length + 1 },
        }),
        [Property.RepliesToStrangersAreNotLonger] = () => RunServer(
            Repeat(), e => new RepeatingSeam(e, type => type == WireType.SynAck ? 20 : 1)),
        [Property.StrangersLeaveNoState] = () => OpeningFindsTests.Walk(OpeningFindsTests.RemembersEverySyn),
        [Property.ConfirmationsOpenOnce] = () => OpeningFindsTests.Walk(OpeningFindsTests.ForgetsWhatEnded),
        [Property.ForgeriesChangeNothing] = () => OpeningFindsTests.Walk(OpeningFindsTests.BelievesEveryReset),
        [Property.TransfersFinish] = () => RunServer(Repeat(), e => new TamperingSeam(e)
        {
            Loses = d => PacketForge.TypeOf(d) == WireType.Data,
        }),
        [Property.SilenceWhenIdle] = () => IdleScene.Run(ConnectionOptions.SelectiveRepeat(1000, 16), e => new ChattySeam(e)),
        [Property.EngineAgreesWithItself] = () => RunClient(Repeat(), e => new LyingSeam(e) { Contradicts = true }),
    };

    public static TheoryData<string> Properties => [.. Enum.GetNames<Property>()];

    [Theory]
    [MemberData(nameof(Properties))]
    public void A_broken_engine_is_caught_by(string property)
    {
        var expected = Enum.Parse<Property>(property);
        var violation = Assert.Throws<PropertyViolationException>(Breakages[expected]);
        Assert.Equal(expected, violation.Property);
    }

    /// <summary>In the random networks too a frame that waits in vain for its timer is found.</summary>
    [Fact]
    public void Timers_that_are_not_started_again_or_are_stopped_by_another_frame_leave_a_transfer_without_end()
    {
        Scenario scenario = FrameTimers() with { ToServer = LossyWay() };
        foreach (Func<ArqEndpoint, EndpointSeam> broken in new Func<ArqEndpoint, EndpointSeam>[]
        {
            e => new SenderSeam(e, core => new OneShotTimers(core)),
            e => new SenderSeam(e, core => new MistakenTimers(core)),
        })
        {
            var violation = Assert.Throws<PropertyViolationException>(() => RunClient(scenario, broken));
            Assert.Equal(Property.TransfersFinish, violation.Property);
        }
    }

    [Fact]
    public void The_scenarios_are_kept_by_the_engine_as_it_is()
    {
        Run(Repeat());
        Run(SmallCredit());
        Run(Frames(ConnectionOptions.StopAndWait(1000)));
        Run(Frames(ConnectionOptions.GoBackN(1000, 8)));
        Run(Repeat() with { ToServer = LossyWay() });
        Run(FrameTimers());
        Run(FrameTimers() with { ToServer = LossyWay(), ToClient = LossyWay() });
        Run(Repeat() with { ToServer = Delayed() with { BitFlip = 0.5 } });
    }

    [Fact]
    public void A_violation_shows_the_seed_and_the_last_fifty_events()
    {
        var violation = Assert.Throws<PropertyViolationException>(
            () => RunServer(Repeat(), e => new LyingSeam(e) { ReadResult = SpoilFirstByte }));
        Assert.Contains("seed 1", violation.Message, StringComparison.Ordinal);
        int lines = violation.Message[violation.Message.IndexOf("last events:", StringComparison.Ordinal)..].Split(" ms ").Length - 1;
        Assert.InRange(lines, 1, 50);
    }

    private static Scenario Frames(ConnectionOptions options) => new()
    {
        Seed = 1,
        Options = options,
        ToServer = Delayed(),
        ToClient = Delayed(),
        Client = new ApplicationScript { Bytes = 50_000 },
        LimitNs = 600_000_000_000,
        LimitSteps = 100_000,
    };

    private static Scenario Repeat() => Frames(ConnectionOptions.SelectiveRepeat(1000, 16));

    private static Scenario FrameTimers() => Frames(ConnectionOptions.SelectiveRepeatWithFrameTimers(1000, 16) with
    {
        Retransmission = RetransmissionPolicy.Constant(50_000_000),
    });

    private static ConnectionStats WithAllAcknowledged(ConnectionStats stats)
    {
        stats.Counters.BytesAcknowledged = stats.BytesSent;
        return stats;
    }

    private static Scenario SmallCredit() => Frames(ConnectionOptions.SelectiveRepeat(1000, 1000) with
    {
        InitialWindowBytes = 16 << 10,
        MaxWindowBytes = 16 << 10,
    });

    private static LinkOptions Delayed() => new() { BitsPerSecond = 10_000_000, DelayNanoseconds = 5_000_000, OverheadBytes = 28 };

    private static LinkOptions LossyWay() => Delayed() with { Loss = 0.2 };

    private static TamperingSeam ShrinkingLimit(ArqEndpoint endpoint)
    {
        long amount = 0;
        return new TamperingSeam(endpoint)
        {
            Outgoing = p => On(WireType.Ack, p, s => PacketForge.AddLong(s, LimitOffset, amount -= 10_000)),
        };
    }

    private static bool IsMidway(ReadOnlySpan<byte> ack) => BitConverter.ToInt64(ack[CumulativeOffset..]) is > 5_000 and < 30_000;

    private static int SpoilFirstByte(byte[] bytes, int count)
    {
        bytes[0] ^= count > 0 ? (byte)1 : (byte)0;
        return count;
    }

    private static bool On(WireType type, Memory<byte> packet, Action<Span<byte>> change)
    {
        if (PacketForge.TypeOf(packet.Span) != type)
        {
            return false;
        }

        change(packet.Span);
        return true;
    }

    private static void Run(Scenario scenario) => new ScenarioRunner(scenario).Run();

    private static void RunClient(Scenario scenario, Func<ArqEndpoint, EndpointSeam> broken) =>
        new ScenarioRunner(scenario, breakClient: broken).Run();

    private static void RunServer(Scenario scenario, Func<ArqEndpoint, EndpointSeam> broken) =>
        new ScenarioRunner(scenario, breakServer: broken).Run();

    private static TraceEvent Event(TraceEventKind kind, long packetNumber) => new(kind, 0) { PacketNumber = packetNumber };

    private static void Record(params TraceEvent[] events)
    {
        var ledger = new TransmissionLedger(ArqMode.SelectiveRepeat, 1000);
        foreach (TraceEvent traceEvent in events)
        {
            ledger.Record(traceEvent);
        }

        throw ledger.Violation!;
    }
}
