using Aldis.Protocols.Arq;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>Everything that decides a run: two applications, an engine configuration, a link for each direction and habits of the
/// hosts.</summary>
internal sealed record Scenario
{
    private const long Microsecond = 1_000;
    private const long Millisecond = 1_000_000;
    private const long Hour = 3_600_000_000_000;

    public required ulong Seed { get; init; }

    public required ConnectionOptions Options { get; init; }

    public LinkOptions ToServer { get; init; } = new();

    public LinkOptions ToClient { get; init; } = new();

    /// <summary>What the checkers hold the engine to, if not its own options: for tests of the checkers.</summary>
    public ConnectionOptions? CheckedOptions { get; init; }

    public ApplicationScript Client { get; init; } = ApplicationScript.Nothing;

    public ApplicationScript Server { get; init; } = ApplicationScript.Nothing;

    public int MaxSegments { get; init; } = 64;

    public bool BatchesReceives { get; init; }

    public long TimerLatenessNs { get; init; }

    /// <summary>Whether every transmission is kept account of; the account grows, so a measurement of memory goes without.</summary>
    public bool KeepsLedger { get; init; } = true;

    /// <summary>A transfer that has not ended by then does not end.</summary>
    public long LimitNs { get; init; } = Hour;

    public long LimitSteps { get; init; } = 2_000_000;

    /// <summary>A scenario with everything drawn: strategy by the seed's remainder, all faults together up to 50 % loss each way.</summary>
    public static Scenario FromSeed(ulong seed)
    {
        var random = new SeededRandom(seed ^ 0xA1D15);
        var mode = (ArqMode)(seed % 3);
        int[] frameSizes = [1, 8, 64, 200, 512, 1024, 1444];
        int frameSize = mode == ArqMode.SelectiveRepeat && random.Chance(0.5) ? 0 : frameSizes[random.NextBelow(frameSizes.Length)];
        long delay = Pick(random, 0, 50 * Microsecond, Millisecond, 10 * Millisecond, 50 * Millisecond, 150 * Millisecond);
        LinkOptions forth = DrawLink(random, delay);
        LinkOptions back = random.Chance(0.5) ? forth : DrawLink(random, delay);
        return new Scenario
        {
            Seed = seed,
            Options = DrawOptions(random, mode, frameSize, forth),
            ToServer = forth,
            ToClient = back,
            Client = DrawScript(random, frameSize, slow: random.Chance(0.15)),
            Server = random.Chance(0.5) ? DrawScript(random, frameSize, slow: random.Chance(0.15)) : ApplicationScript.Nothing,
            MaxSegments = random.Chance(0.5) ? 64 : 1,
            BatchesReceives = random.Chance(0.5),
            TimerLatenessNs = random.Chance(0.2) ? (long)random.NextBelow(50UL * Millisecond) : 0,
        };
    }

    /// <summary>The same network and applications with selective repeat of the laboratory, a timer for each frame. A fixed window into a
    /// queue of a few datagrams goes nowhere if no timer backs off, so that they do, as over a socket.</summary>
    public static Scenario WithFrameTimersFromSeed(ulong seed)
    {
        Scenario scenario = FromSeed(seed);
        ConnectionOptions options = scenario.Options;
        return scenario with
        {
            Options = options with
            {
                Mode = ArqMode.SelectiveRepeat,
                FrameTimers = true,
                FrameSize = options.FrameSize == 0 ? 1024 : options.FrameSize,
                Congestion = CongestionProfile.Lab,
                PeerCongestion = CongestionProfile.Lab,
                MtuProbing = false,
                RejectRewinds = false,
                Retransmission = options.Retransmission with { BackOff = RetransmissionBackOff.Exponential },
            },
        };
    }

    private static ConnectionOptions DrawOptions(SeededRandom random, ArqMode mode, int frameSize, LinkOptions link)
    {
        var congestion = (CongestionProfile)random.NextBelow(3);
        return new ConnectionOptions
        {
            Mode = mode,
            FrameSize = frameSize,
            WindowFrames = (int)Pick(random, 2, 3, 8, 32, 128, 1024),
            Congestion = congestion,
            PeerCongestion = congestion,
            MtuProbing = frameSize == 0 && (link.MaximumDatagramBytes != 0 || random.Chance(0.5)),
            InitialWindowBytes = Pick(random, 16 << 10, 64 << 10, 256 << 10),
            MaxWindowBytes = Pick(random, 256 << 10, 16 << 20),
            RejectRewinds = mode == ArqMode.GoBackN && random.Chance(0.5),
            Retransmission = new RetransmissionPolicy(
                random.Chance(0.2) ? (2 * link.DelayNanoseconds) + (50 * Millisecond) : 0, (RetransmissionBackOff)random.NextBelow(3)),
            AckEvery = (int)Pick(random, 2, 8, 64),
            MaxAckDelayNs = Pick(random, 0, Millisecond, 25 * Millisecond),
            Pacing = random.Chance(0.7),
            FlushEachWrite = random.Chance(0.3),
            IdleTimeoutNs = Hour / 3,
            UserTimeoutNs = Hour / 3,
            ConnectTimeoutNs = Hour / 3,
        };
    }

    private static LinkOptions DrawLink(SeededRandom random, long delay)
    {
        long rate = Pick(random, 0, 256_000, 1_000_000, 10_000_000, 100_000_000);
        double heaviest = random.Chance(0.3) ? 0.5 : 0.15;
        return new LinkOptions
        {
            BitsPerSecond = rate,
            DelayNanoseconds = delay,
            JitterNanoseconds = random.Chance(0.3) ? (delay / 4) + 1 : 0,
            QueueBytes = rate == 0 ? 0 : Math.Max(4 * 1500, (long)(rate / 8e9 * 2 * delay * (random.Chance(0.5) ? 0.1 : 1))),
            OverheadBytes = 28,
            MaximumDatagramBytes = random.Chance(0.1) ? 1500 : 0,
            Loss = random.Chance(0.7) ? random.NextUnit() * heaviest : 0,
            BurstLoss = random.Chance(0.15)
                ? GilbertElliottLoss.Bursts(0.01 + (random.NextUnit() * 0.2), 1 + (random.NextUnit() * 5))
                : null,
            Duplicate = random.Chance(0.4) ? random.NextUnit() * 0.2 : 0,
            DuplicateDelayNanoseconds = random.Chance(0.5) ? 3 * delay : 0,
            Reorder = random.Chance(0.4) ? random.NextUnit() * 0.3 : 0,
            ReorderDelayNanoseconds = (delay * 2) + Millisecond,
            BitFlip = random.Chance(0.4) ? random.NextUnit() * 0.15 : 0,
            Truncate = random.Chance(0.3) ? random.NextUnit() * 0.1 : 0,
        };
    }

    private static ApplicationScript DrawScript(SeededRandom random, int frameSize, bool slow)
    {
        int unit = frameSize == 0 ? 1400 : frameSize;
        return new ApplicationScript
        {
            Bytes = random.NextBelow(unit * 100),
            WriteChunk = 1 + random.NextBelow(unit * 8),
            ReadChunk = slow ? 1 + random.NextBelow(unit * 4) : 65_536,
            ReadIntervalNs = slow ? Pick(random, Millisecond, 20 * Millisecond) : 0,
            FirstReadNs = slow ? Pick(random, 0, 2000 * Millisecond) : 0,
            Flushes = random.Chance(0.3),
        };
    }

    private static long Pick(SeededRandom random, params ReadOnlySpan<long> choices) => choices[random.NextBelow(choices.Length)];
}
