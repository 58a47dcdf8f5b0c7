namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// Draws a scenario from a seed. Of any five seeds in a row from a multiple of five on, one has two senders under one id, one a full disk
/// and one a clock that jumps; over twenty-five these meet in every way.
/// </summary>
internal static class EdgeDraw
{
    private const int Block = 5;
    private const int MostFlowingLines = 600;

    /// <summary>Lines that do not fit into a limited outbox.</summary>
    private const int OverfullLines = 180;

    private const int OverfullBytes = 20_000;

    public static EdgeScenario Draw(int seed)
    {
        var random = new Random(seed);
        int place = seed % Block;
        int block = seed / Block % Block;
        DiskEdge disk = (place + block) % Block == 1 ? DrawDisk(random) : DiskEdge.None;
        ClockEdge clock = (place + (2 * block)) % Block == 2 ? (ClockEdge)random.Next(1, 5) : ClockEdge.None;
        return new EdgeScenario
        {
            Seed = seed,
            Transport = random.Next(4) switch { 0 => EdgeTransport.Unix, 1 => EdgeTransport.Arq, _ => EdgeTransport.Tcp },
            Level = random.Next(5) == 0 ? "stored" : "durable",
            Disk = disk,
            Clock = clock,
            Absence = LimitsSender(disk) ? Milliseconds(random, 1500, 2500)
                : clock == ClockEdge.None && random.Next(6) == 0 ? Milliseconds(random, 200, 2500)
                : TimeSpan.Zero,
            Steps = [.. DrawSteps(random, disk)],
            Senders = [.. DrawSenders(random, place == 0, disk)],
        };
    }

    private static DiskEdge DrawDisk(Random random) =>
        random.Next(4) switch { 0 => DiskEdge.SenderMount, 1 => DiskEdge.SenderLimit, _ => DiskEdge.Server };

    private static IEnumerable<ServerStep> DrawSteps(Random random, DiskEdge disk)
    {
        // What stays comes early, while there is still something to send.
        bool lastStays = random.Next(disk == DiskEdge.Server ? 2 : 4) == 0;
        int count = random.Next(1, lastStays ? 3 : 4);
        for (int i = 0; i < count; i++)
        {
            OutageKind kind = disk == DiskEdge.Server && random.Next(3) > 0 ? OutageKind.Full : random.Next(10) switch
            {
                < 2 => OutageKind.Frozen,
                < 4 => OutageKind.Wedged,
                < 8 => OutageKind.Killed,
                _ => OutageKind.Stopped,
            };
            yield return new ServerStep(
                Milliseconds(random, 200, 1800),
                kind,
                random.Next(5) < 3 ? Milliseconds(random, 50, 600) : Milliseconds(random, 1000, 2500),
                UntilSendersEnd: lastStays && i == count - 1);
        }
    }

    private static bool LimitsSender(DiskEdge disk) => disk is DiskEdge.SenderMount or DiskEdge.SenderLimit;

    private static IEnumerable<SenderPlan> DrawSenders(Random random, bool shared, DiskEdge disk)
    {
        int alone = shared ? (random.Next(3) == 0 || disk != DiskEdge.None ? 1 : 0) : random.Next(1, 3);
        for (int i = 0; i < alone; i++)
        {
            bool isLimited = LimitsSender(disk) && i == 0;
            SenderForm form = random.Next(isLimited ? 75 : 100) switch
            {
                < 45 => SenderForm.Fresh,
                < 75 => SenderForm.Skipping,
                _ => SenderForm.Memory,
            };
            SenderPlan sender = DrawSender(random, $"alone-{i + 1}", $"alone-{i + 1}", form, isLimited);

            // Somebody has something to send for as long as the server's disk is full.
            yield return disk == DiskEdge.Server && i == 0 && form == SenderForm.Fresh
                ? sender with { Rounds = [.. sender.Rounds.SkipLast(1), DrawFlow(random)] }
                : sender;
        }

        for (int i = 0; shared && i < 2; i++)
        {
            SenderForm form = random.Next(3) == 0 ? SenderForm.Memory : SenderForm.Skipping;
            yield return DrawSender(random, $"twin-{i + 1}", "twin", form, isLimited: false) with { IsShared = true };
        }
    }

    private static SenderPlan DrawSender(Random random, string name, string client, SenderForm form, bool isLimited)
    {
        var rounds = new List<RoundPlan>();
        for (int count = random.Next(1, 4); count > 0; count--)
        {
            RoundPlan round = form == SenderForm.Skipping ? DrawSkipping(random, rounds.FirstOrDefault()) : DrawRound(random);
            if (isLimited)
            {
                round = round with { Feed = FeedKind.Burst, Lines = OverfullLines, FillBytes = OverfullBytes };
            }

            rounds.Add(DrawSignal(random, round with { After = rounds.Count == 0 ? TimeSpan.Zero : Milliseconds(random, 0, 400) }));
        }

        return new SenderPlan
        {
            Name = name,
            Client = client,
            Form = form,
            IsDiskLimited = isLimited,
            Retry = TimeSpan.FromSeconds(random.Next(6) switch { 0 => 0, < 4 => 1, 4 => 2, _ => 4 }),
            Timeout = TimeSpan.FromSeconds(random.Next(4) == 0 ? 1 : 2),
            Rounds = rounds,
        };
    }

    private static RoundPlan DrawRound(Random random) => random.Next(100) switch
    {
        < 15 => new RoundPlan { Feed = FeedKind.Words, Lines = random.Next(1, 6) },
        < 40 => new RoundPlan { Feed = FeedKind.Burst, Lines = random.Next(1, 500) },
        < 55 => new RoundPlan { Feed = FeedKind.Trickle, Lines = random.Next(5, 60), Gap = Milliseconds(random, 20, 150) },
        < 85 => new RoundPlan { Feed = FeedKind.Pause, Lines = random.Next(2, 30), Gap = Milliseconds(random, 1500, 4000) },
        _ => DrawFlow(random),
    };

    private static RoundPlan DrawFlow(Random random) =>
        new() { Feed = FeedKind.Flow, Lines = MostFlowingLines, Gap = Milliseconds(random, 60, 200) };

    /// <summary>A run over the input of the first: the same lines, which may come in another way.</summary>
    private static RoundPlan DrawSkipping(Random random, RoundPlan? first)
    {
        int lines = first?.Lines ?? random.Next(30, 500);
        return random.Next(4) switch
        {
            0 => new RoundPlan { Feed = FeedKind.Trickle, Lines = lines, Gap = Milliseconds(random, 20, 150) },
            1 => new RoundPlan { Feed = FeedKind.Pause, Lines = lines, Gap = Milliseconds(random, 1500, 4000) },
            _ => new RoundPlan { Feed = FeedKind.Burst, Lines = lines },
        };
    }

    private static RoundPlan DrawSignal(Random random, RoundPlan round)
    {
        string? signal = random.Next(20) switch { < 4 => "KILL", 4 => "INT", 5 => "TERM", _ => null };
        return round with { Signal = signal, SignalAfter = Milliseconds(random, 200, 1800) };
    }

    private static TimeSpan Milliseconds(Random random, int least, int most) => TimeSpan.FromMilliseconds(random.Next(least, most));
}
