using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Randomness;
using Aldis.Protocols.Tracing;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>What a finished run was like.</summary>
internal sealed record RunResult(ulong TraceHash, long TraceEvents, long Steps, long EndNs, bool AllClosed, TraceCounts Counts);

/// <summary>Builds the world of a scenario, runs it to its end under all checks, and reports a violation with seed and last
/// events.</summary>
internal sealed class ScenarioRunner
{
    private static readonly byte[] ClientAddress = [10, 0, 0, 1];
    private static readonly byte[] ServerAddress = [10, 0, 0, 2];
    private static readonly byte[] Secret = new byte[32];

    private readonly TraceRing _ring = new();
    private readonly TraceHash _hash = new();
    private readonly Scenario _scenario;
    private readonly ConnectionChecker _checker;

    public ScenarioRunner(
        Scenario scenario, Func<ArqEndpoint, EndpointSeam>? breakClient = null, Func<ArqEndpoint, EndpointSeam>? breakServer = null)
    {
        _scenario = scenario;
        var random = new SeededRandom(scenario.Seed);
        World = new World { BatchesReceives = scenario.BatchesReceives };
        var ledger = new TransmissionLedger(
            scenario.Options.Mode, scenario.ToServer.DelayNanoseconds + scenario.ToClient.DelayNanoseconds);
        TraceFork sink = scenario.KeepsLedger ? new(_hash, _ring, Counts, ledger) : new(_hash, _ring, Counts);
        ToServer = new ImpairedLink(scenario.ToServer, random.NextUInt64(), new Tracer(sink, TraceSide.LinkToServer, 0));
        ToClient = new ImpairedLink(scenario.ToClient, random.NextUInt64(), new Tracer(sink, TraceSide.LinkToClient, 0));
        var upstream = new StreamPattern(random.NextUInt64());
        var downstream = new StreamPattern(random.NextUInt64());
        Client = World.Add(new Host(World, PathKey.To(ClientAddress, 1111), Engine(random, sink, listens: false, breakClient))
        {
            TimerLatenessNs = scenario.TimerLatenessNs,
            LatenessRandom = random.Fork(),
        });
        Server = World.Add(new Host(World, PathKey.To(ServerAddress, 2222), Engine(random, sink, listens: true, breakServer))
        {
            Accepts = () => new StreamApplication(scenario.Server, downstream, upstream),
            TimerLatenessNs = scenario.TimerLatenessNs,
            LatenessRandom = random.Fork(),
        });
        World.Join(Client, Server, ToServer, ToClient);
        _checker = new ConnectionChecker(Client, Server, scenario.CheckedOptions ?? scenario.Options, ledger);
        World.Observer = _checker;
        ClientApplication = new StreamApplication(scenario.Client, upstream, downstream);
    }

    public World World { get; }

    public Host Client { get; }

    public Host Server { get; }

    public ImpairedLink ToServer { get; }

    public ImpairedLink ToClient { get; }

    public TraceCounts Counts { get; } = new();

    public StreamApplication ClientApplication { get; }

    public StreamApplication? ServerApplication => Server.Applications.Count > 0 ? Server.Applications[0] : null;

    /// <summary>Runs until both ends say that it is over, and checks that they do.</summary>
    public RunResult Run()
    {
        Guarded(() =>
        {
            Connect();
            bool over = World.Run(IsOver, _scenario.LimitNs, _scenario.LimitSteps);
            if (!over)
            {
                throw new PropertyViolationException(Property.TransfersFinish, Describe());
            }

            _checker.AtTheEnd();
        });
        bool allClosed = ClientApplication.IsClosed && ServerApplication!.IsClosed;
        return new RunResult(_hash.Value, _hash.Count, World.Steps, World.NowNs, allClosed, Counts);
    }

    public void Connect() => Client.Connect(Server, _scenario.Options, ClientApplication);

    /// <summary>Runs something and, if a property is violated, says where: the seed and the last events.</summary>
    public void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Property property = (e as PropertyViolationException)?.Property ?? Property.EngineAgreesWithItself;
            throw new PropertyViolationException(
                property,
                $"{e.Message}\nseed {_scenario.Seed}, step {World.Steps}, time {World.NowNs} ns\n{_scenario}\nlast events:\n{_ring}",
                e);
        }
    }

    private EndpointSeam Engine(SeededRandom random, TraceFork sink, bool listens, Func<ArqEndpoint, EndpointSeam>? wrap)
    {
        var options = new EndpointOptions
        {
            Accept = listens ? _scenario.Options : null,
            MaxSegments = _scenario.MaxSegments,
        };
        var engine = new ArqEndpoint(options, new SeededArqRandom(random.NextUInt64()), Secret, sink);
        return wrap?.Invoke(engine) ?? new EndpointSeam(engine);
    }

    private bool IsOver() => ClientApplication.IsOver && ServerApplication is { IsOver: true };

    private string Describe() =>
        $"client read {ClientApplication.Received} wrote {ClientApplication.Written} state {ClientApplication.Connection?.State}, "
        + $"server read {ServerApplication?.Received} wrote {ServerApplication?.Written} state {ServerApplication?.Connection?.State}";
}
