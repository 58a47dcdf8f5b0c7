using Aldis.Protocols.Arq;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>
/// Walks breadth-first through every order of delivery, loss, duplication and timers that bounds allow, over the real engine. States
/// are reached by replaying their path from the start and are told apart by <see cref="StateHash"/>. Narrow bounds are walked to the
/// end; the wide ones (3 losses, 2 duplicates, 3 timers) up to a number of states that ALDIS_EXPLORER_STATES raises.
/// </summary>
public sealed class ExplorerTests(ITestOutputHelper output)
{
    private const int WideStatesByDefault = 1500;
    private static readonly StreamPattern Pattern = new(3);
    private static readonly ExplorerBounds Wide = new(3, 2, 3);

    private static int WideStates =>
        int.TryParse(Environment.GetEnvironmentVariable("ALDIS_EXPLORER_STATES"), out int states) ? states : WideStatesByDefault;

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1, 1)]
    [InlineData(ArqMode.GoBackN, 2, 1)]
    [InlineData(ArqMode.GoBackN, 3, 0)]
    [InlineData(ArqMode.SelectiveRepeat, 1, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 2, 0)]
    [InlineData(ArqMode.SelectiveRepeat, 3, 0)]
    public void No_order_of_events_with_few_faults_breaks_the_engine(ArqMode mode, int window, int duplicates)
    {
        Exploration found = Explore(OptionsFor(mode, window), new ExplorerBounds(1, duplicates, 0), int.MaxValue, null);
        output.WriteLine($"{mode}, window {window}, 1 loss, {duplicates} duplicates: {found}");
        Assert.True(found.IsExhausted);
    }

    [Theory]
    [InlineData(ArqMode.StopAndWait, 1)]
    [InlineData(ArqMode.GoBackN, 2)]
    [InlineData(ArqMode.GoBackN, 3)]
    [InlineData(ArqMode.SelectiveRepeat, 1)]
    [InlineData(ArqMode.SelectiveRepeat, 2)]
    [InlineData(ArqMode.SelectiveRepeat, 3)]
    public void No_order_of_events_within_the_wide_bounds_that_was_reached_breaks_the_engine(ArqMode mode, int window)
    {
        Exploration found = Explore(OptionsFor(mode, window), Wide, WideStates, null);
        output.WriteLine($"{mode}, window {window}, {Wide}: {found}");
        Assert.True(found.IsExhausted || found.States >= WideStates);
    }

    [Fact]
    public void The_explorer_finds_an_engine_that_delivers_a_duplicate_twice()
    {
        Assert.Throws<PropertyViolationException>(() => Explore(
            OptionsFor(ArqMode.SelectiveRepeat, 3),
            new ExplorerBounds(0, 1, 0),
            int.MaxValue,
            e => new LyingSeam(e) { ReadResult = RepeatWhenShort }));
    }

    [Fact]
    public void The_explorer_finds_an_engine_that_cannot_end()
    {
        var violation = Assert.Throws<PropertyViolationException>(() => Explore(
            OptionsFor(ArqMode.StopAndWait, 1),
            new ExplorerBounds(1, 0, 0),
            int.MaxValue,
            e => new LyingSeam(e) { Event = o => o.Kind == ArqEventKind.Closed ? o with { Kind = ArqEventKind.Writable } : o }));
        Assert.Equal(Property.TransfersFinish, violation.Property);
    }

    private static ConnectionOptions OptionsFor(ArqMode mode, int window) => new()
    {
        Mode = mode,
        FrameSize = 8,
        WindowFrames = window,
        Congestion = CongestionProfile.Lab,
        PeerCongestion = CongestionProfile.Lab,
        MtuProbing = false,
        MaxAckDelayNs = 0,
        AckEvery = 1,
        Retransmission = RetransmissionPolicy.Auto,
        SendBufferBytes = 4096,
        InitialWindowBytes = 16 << 10,
        MaxWindowBytes = 16 << 10,
    };

    /// <summary>Checks every state that is reached, and that from each both ends can still close in order.</summary>
    private static Exploration Explore(
        ConnectionOptions options, ExplorerBounds bounds, int maximumStates, Func<ArqEndpoint, EndpointSeam>? broken)
    {
        var seen = new HashSet<ulong>();
        var hash = new StateHash(ExplorerModel.EpochNs);
        var open = new Queue<ExplorerStep[]>();
        open.Enqueue([]);
        long steps = 0;
        int depth = 0;
        while (seen.Count < maximumStates && open.TryDequeue(out ExplorerStep[]? path))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            ExplorerModel model = Guarded(path, () => Replay(options, bounds, path, broken));
            steps += path.Length;
            if (!seen.Add(model.Hash(hash)))
            {
                continue;
            }

            depth = Math.Max(depth, path.Length);
            foreach (ExplorerStep step in model.Moves())
            {
                open.Enqueue([.. path, step]);
            }

            if (!Guarded(path, model.Complete))
            {
                throw new PropertyViolationException(Property.TransfersFinish, $"no good end after {string.Join(", ", path)}");
            }
        }

        return new Exploration(seen.Count, steps, depth, open.Count == 0);
    }

    private static ExplorerModel Replay(
        ConnectionOptions options, ExplorerBounds bounds, ExplorerStep[] path, Func<ArqEndpoint, EndpointSeam>? broken)
    {
        var model = new ExplorerModel(options, bounds, Pattern, broken);
        foreach (ExplorerStep step in path)
        {
            model.Take(step);
        }

        return model;
    }

    /// <summary>Adds the path to a failure, so that it can be walked again.</summary>
    private static T Guarded<T>(ExplorerStep[] path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e)
        {
            Property property = (e as PropertyViolationException)?.Property ?? Property.EngineAgreesWithItself;
            throw new PropertyViolationException(property, $"{e.Message} after {string.Join(", ", path)}", e);
        }
    }

    private static int RepeatWhenShort(byte[] bytes, int count)
    {
        bytes[0] ^= count == 16 ? (byte)1 : (byte)0;
        return count;
    }

    private sealed record Exploration(int States, long Steps, int Depth, bool IsExhausted);
}
