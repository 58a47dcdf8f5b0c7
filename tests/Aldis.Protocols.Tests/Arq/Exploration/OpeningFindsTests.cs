using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Endpoint;
using Aldis.Protocols.Arq.Streams;
using Aldis.Protocols.Tests.Arq.Simulation;

namespace Aldis.Protocols.Tests.Arq.Exploration;

/// <summary>Engines that are broken in their opening are found, by a shortest path.</summary>
public sealed class OpeningFindsTests(ITestOutputHelper output)
{
    private const int MoreThanASyn = 13;
    private const long AfterCookiesNs = 31_000_000_000;

    private static readonly StreamPattern Pattern = new(3);
    private static readonly ExplorerBounds Narrow = new(1, 1, 1);

    private static readonly Dictionary<string, (Property Property, ExplorerSetup Setup)> Breakages = new()
    {
        ["a server that remembers every SYN"] = (Property.StrangersLeaveNoState, RemembersEverySyn),
        ["a server that lays a buffer aside for every SYN"] = (Property.StrangersLeaveNoState, Server(
            e => new RememberingSeam(e, endpoint => endpoint.Chunks.Return(new byte[ChunkPool.ChunkSize])))),
        ["a server with a timer for every SYN"] = (Property.StrangersLeaveNoState, Server(
            e => new LyingSeam(e) { Deadline = next => Math.Min(next, long.MaxValue - 1) })),
        ["a server that answers a SYN at length"] = (Property.RepliesToStrangersAreNotLonger, Server(
            e => new RepeatingSeam(e, type => type == WireType.SynAck ? MoreThanASyn : 1))),
        ["a server that accepts on the SYN alone"] = (Property.ConfirmationsOpenOnce, Server(
            e => new SelfConfirmingSeam(e, ExplorerModel.ClientAddress))),
        ["a server that accepts twice"] = (Property.ConfirmationsOpenOnce, Server(e => new LyingSeam(e)
        {
            Event = o => o.Kind == ArqEventKind.Readable ? o with { Kind = ArqEventKind.Accepted } : o,
        })),
        ["a server that forgets what ended"] = (Property.ConfirmationsOpenOnce, ForgetsWhatEnded),
        ["a server that takes old cookies"] = (Property.ConfirmationsOpenOnce, Server(e => new SlowClockSeam(e, AfterCookiesNs)) with
        {
            Opening = new OpeningSetup { EarlierWasConfirmed = false, EarlierAgoNs = AfterCookiesNs },
        }),
        ["a client that keeps to a cookie that opens nothing"] = (Property.TransfersFinish, Server(e => new ChangingSeam(e)) with
        {
            BreakClient = e => new TamperingSeam(e) { Loses = d => PacketForge.TypeOf(d) == WireType.Reset },
        }),
        ["a client that believes every RESET"] = (Property.ForgeriesChangeNothing, BelievesEveryReset),
        ["a server that believes every RESET"] = (Property.ForgeriesChangeNothing, Server(e => new BelievingSeam(e))),
        ["a server that answers a RESET with a RESET"] = (Property.ForgeriesChangeNothing, Server(e => new RetortingSeam(e))),
        ["a client that takes any SYNACK"] = (Property.ForgeriesChangeNothing, Client(e => new CredulousSeam(e))),
        ["a server that does not repeat its answer to a CONFIRM"] = (Property.TransfersFinish, Server(
            e => new TamperingSeam(e) { Loses = d => PacketForge.TypeOf(d) == WireType.Confirm && e.ConnectionCount > 0 })),
        ["a server that takes a RESET for an orderly end"] = (Property.EndOfStreamIsComplete, Server(e => new LyingSeam(e)
        {
            Event = o => o.Kind == ArqEventKind.Reset ? o with { Kind = ArqEventKind.Closed } : o,
        }) with
        {
            Opening = new OpeningSetup { MayAbort = true },
        }),
        ["a client that is done when its server is"] = (Property.FinishedMeansReceived, Client(e => new LyingSeam(e)
        {
            Event = o => o.Connection.IsPeerFinished ? o with { Kind = ArqEventKind.Closed } : o,
        }) with
        {
            WritesAtAnyTime = true,
        }),
    };

    public static TheoryData<string> Names => [.. Breakages.Keys];

    internal static ExplorerSetup RemembersEverySyn => Server(e => new RememberingSeam(e, endpoint =>
    {
        Tombstones tombstones = ForgetfulSeam.TombstonesOf(endpoint);
        tombstones.Add((ulong)tombstones.Count, default(Tombstone) with { ExpiresNs = long.MaxValue });
    }));

    internal static ExplorerSetup ForgetsWhatEnded => Server(e => new ForgetfulSeam(e));

    internal static ExplorerSetup BelievesEveryReset => Client(e => new BelievingSeam(e));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_broken_opening_is_found(string name)
    {
        (Property property, ExplorerSetup setup) = Breakages[name];
        PropertyViolationException found = Assert.Throws<PropertyViolationException>(() => Walk(setup));
        output.WriteLine(found.Message);
        Assert.Equal(property, found.Property);
    }

    internal static void Walk(ExplorerSetup setup) =>
        new Explorer(() => new ExplorerModel(setup, Pattern), Narrow, shortestFirst: true).Run();

    private static ExplorerSetup Server(Func<ArqEndpoint, EndpointSeam> breakage) =>
        OpeningTests.Of(ArqMode.StopAndWait, 1) with { BreakServer = breakage };

    private static ExplorerSetup Client(Func<ArqEndpoint, EndpointSeam> breakage) =>
        OpeningTests.Of(ArqMode.StopAndWait, 1) with { BreakClient = breakage };
}
