using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Theory;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Randomness;

namespace Aldis.Protocols.Tests.Arq.Simulation;

/// <summary>
/// One bulk transfer in virtual time, measured: from the acknowledgement of the last warm-up frame to that of the last frame.
/// </summary>
internal sealed class GoodputRun
{
    private const int WarmUpFrames = 100;
    private const long SecondNs = 1_000_000_000;
    private const long ShortestPauseNs = 500_000;
    private const long LongestPauseNs = 25_000_000;
    private static readonly byte[] Secret = new byte[32];
    private static readonly StreamPattern Pattern = new(1);

    private readonly World _world = new();
    private readonly Host _client;
    private readonly Host _server;
    private readonly ConnectionOptions _options;
    private readonly ImpairedLink _toClient;

    private GoodputRun(ConnectionOptions options, LinkOptions forth, LinkOptions back, ulong seed, double pausesPerSecond = 0)
    {
        _options = options;
        var random = new SeededRandom(seed);
        ToServer = new ImpairedLink(forth, random.NextUInt64());
        var toClient = new ImpairedLink(back, random.NextUInt64());
        _client = AddClient(_world, random, 1);
        _server = AddServer(_world, random, options);
        if (pausesPerSecond > 0)
        {
            _world.LinkPauses = new Pauses(random.Fork(), pausesPerSecond, ShortestPauseNs, LongestPauseNs);
            _client.Pauses = new Pauses(random.Fork(), pausesPerSecond, ShortestPauseNs, LongestPauseNs);
            _server.Pauses = new Pauses(random.Fork(), pausesPerSecond, ShortestPauseNs, LongestPauseNs);
        }

        _world.Join(_client, _server, ToServer, toClient);
        _toClient = toClient;
    }

    public ImpairedLink ToServer { get; }

    /// <summary>Payload bits per second over a number of frames of the options' size.</summary>
    public static double OfFrames(ConnectionOptions options, LinkGeometry link, long frames, ulong seed)
    {
        var run = new GoodputRun(options, LinkFor(link, link.FrameLoss), LinkFor(link, link.ReplyLoss), seed);
        run._client.Interface = run.ToServer;
        run._server.Interface = run._toClient;
        long first = WarmUpFrames * link.PayloadBytes;
        long last = first + (frames * link.PayloadBytes);
        return run.Measure(last + (10 * link.PayloadBytes), first, last);
    }

    /// <summary>Payload bits per second between two instants, and the share of datagrams that the sender's own queue dropped.</summary>
    public static (double BitsPerSecond, double OwnLoss) OfTime(
        ConnectionOptions options,
        LinkOptions forth,
        LinkOptions back,
        double fromSeconds,
        double toSeconds,
        ulong seed,
        double pausesPerSecond = 0)
    {
        var run = new GoodputRun(options, forth, back, seed, pausesPerSecond);
        StreamApplication application = run.Start(long.MaxValue / 2);
        run._world.RunTo((long)(fromSeconds * SecondNs));
        long before = application.Connection!.Stats.BytesAcknowledged;
        long droppedBefore = run.ToServer.DroppedAtQueue;
        long sentBefore = run.ToServer.Datagrams;
        run._world.RunTo((long)(toSeconds * SecondNs));
        long acknowledged = application.Connection.Stats.BytesAcknowledged - before;
        double ownLoss = (run.ToServer.DroppedAtQueue - droppedBefore) / (double)(run.ToServer.Datagrams - sentBefore);
        return (acknowledged * 8 / (toSeconds - fromSeconds), ownLoss);
    }

    /// <summary>Payload bits per second of several senders that share one link to one server.</summary>
    public static double[] OfSharing(
        ConnectionOptions options, LinkOptions forth, LinkOptions back, int flows, double fromSeconds, double toSeconds)
    {
        var world = new World();
        var random = new SeededRandom(7);
        var shared = new ImpairedLink(forth, random.NextUInt64());
        Host server = AddServer(world, random, options);
        var applications = new StreamApplication[flows];
        for (int i = 0; i < flows; i++)
        {
            Host client = AddClient(world, random, (byte)(i + 1));
            world.Join(client, server, shared, new ImpairedLink(back, random.NextUInt64()));
            applications[i] = client.Connect(server, options, Source(long.MaxValue / 2));
            world.RunTo(SecondNs * (i + 1) / 2);
        }

        world.RunTo((long)(fromSeconds * SecondNs));
        long[] before = [.. applications.Select(a => a.Connection!.Stats.BytesAcknowledged)];
        world.RunTo((long)(toSeconds * SecondNs));
        return [.. applications.Select((a, i) => (a.Connection!.Stats.BytesAcknowledged - before[i]) * 8 / (toSeconds - fromSeconds))];
    }

    private static LinkOptions LinkFor(LinkGeometry link, double loss) => new()
    {
        BitsPerSecond = (long)link.BitsPerSecond,
        DelayNanoseconds = (long)Math.Round(link.DelaySeconds * SecondNs),
        OverheadBytes = 28,
        Loss = loss,
    };

    private static Host AddClient(World world, SeededRandom random, byte number) => world.Add(new Host(
        world,
        PathKey.To([10, 0, 0, number], 1111),
        new EndpointSeam(new ArqEndpoint(new EndpointOptions { MaxSegments = 1 }, new SeededArqRandom(random.NextUInt64()), Secret))));

    private static Host AddServer(World world, SeededRandom random, ConnectionOptions options) => world.Add(new Host(
        world,
        PathKey.To([10, 0, 1, 1], 2222),
        new EndpointSeam(new ArqEndpoint(new EndpointOptions { Accept = options }, new SeededArqRandom(random.NextUInt64()), Secret)))
    {
        Accepts = () => new StreamApplication(new ApplicationScript { Finishes = false, CountsOnly = true }, Pattern, Pattern),
    });

    private static StreamApplication Source(long bytes) =>
        new(new ApplicationScript { Bytes = bytes, Finishes = false, CountsOnly = true }, Pattern, Pattern);

    private StreamApplication Start(long bytes) => _client.Connect(_server, _options, Source(bytes));

    private double Measure(long bytes, long from, long to)
    {
        StreamApplication application = Start(bytes);
        if (!_world.Run(() => application.Connection!.Stats.BytesAcknowledged >= from, long.MaxValue))
        {
            throw new InvalidOperationException("The transfer never got through its first frames.");
        }

        long startNs = _world.NowNs;
        long start = application.Connection!.Stats.BytesAcknowledged;
        if (!_world.Run(() => application.Connection.Stats.BytesAcknowledged >= to, long.MaxValue))
        {
            throw new InvalidOperationException("The transfer stopped.");
        }

        return (application.Connection.Stats.BytesAcknowledged - start) * 8 / ((_world.NowNs - startNs) / (double)SecondNs);
    }
}
