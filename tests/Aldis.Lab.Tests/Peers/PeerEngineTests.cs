using System.Text;
using Aldis.Lab.Experiments;
using Aldis.Lab.Grading;
using Aldis.Lab.Ladder;
using Aldis.Lab.Peers;
using Aldis.Lab.Tests.Ladder;
using Aldis.Protocols.Arq;
using Aldis.Protocols.Datagrams;
using Aldis.Protocols.Randomness;

namespace Aldis.Lab.Tests.Peers;

/// <summary>The laboratory as the other side of a program: the bad link, the textbook behind it, and the judge, in virtual time.</summary>
public sealed class PeerEngineTests
{
    private const long MsNs = 1_000_000;

    private static readonly PathKey Place = PathKey.To([127, 0, 0, 1], 40000);

    public static TheoryData<ArqMode, int, int> Links
    {
        get
        {
            var links = new TheoryData<ArqMode, int, int>();
            foreach (ArqMode strategy in Enum.GetValues<ArqMode>())
            {
                for (int seed = 1; seed <= 10; seed++)
                {
                    links.Add(strategy, seed, seed % 2 == 0 ? 3 : 0);
                }
            }

            return links;
        }
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void A_sender_that_does_as_the_textbook_says_has_every_mark_and_everything_arrives(ArqMode strategy, int seed, int bits)
    {
        PeerSettings settings = Settings(strategy, GradedSides.Sender, seed, bits);
        var received = new List<byte>();
        var engine = new PeerEngine(settings, delivered: payload => received.AddRange(payload.Span));
        AllMarks(new VirtualSender(settings, 40).Run(engine));
        Assert.Equal(PeerOutcome.Finished, engine.Outcome);
        Assert.Equal(Enumerable.Range(0, 40).SelectMany(static frame => PeerPayload.Of(frame, 30)), received);
    }

    [Theory]
    [MemberData(nameof(Links))]
    public void A_receiver_that_does_as_the_textbook_says_has_every_mark_and_gets_everything(ArqMode strategy, int seed, int bits)
    {
        PeerSettings settings = Settings(strategy, GradedSides.Receiver, seed, bits);
        var program = new VirtualReceiver(settings);
        var engine = new PeerEngine(settings);
        GradeReport report = program.Run(engine);
        AllMarks(report);
        Assert.Contains(report.Verdicts, static verdict => verdict is { Rule: GradeRule.Delivery, Counts: true });
        Assert.Equal(Enumerable.Range(0, 40).SelectMany(static frame => PeerPayload.Of(frame, 50)), program.Received);
    }

    [Fact]
    public void The_same_seed_loses_the_same_datagrams()
    {
        string Told(int seed)
        {
            PeerSettings settings = Settings(ArqMode.GoBackN, GradedSides.Sender, seed, 0);
            GradeReport report = new VirtualSender(settings, 40).Run(new PeerEngine(settings));
            return string.Join(',', report.Verdicts.Select(static verdict => verdict.Occasions));
        }

        Assert.Equal(Told(1), Told(1));
        Assert.NotEqual(Told(1), Told(2));
    }

    [Fact]
    public void Nobody_is_accused_of_haste_for_what_was_only_seen_late()
    {
        Assert.True(Verdict(GradeRule.Early, laterNs: 195 * MsNs).IsKept); // it may have left when the laboratory did not look
        Assert.False(Verdict(GradeRule.Early, laterNs: 120 * MsNs).IsKept);

        static RuleVerdict Verdict(GradeRule rule, long laterNs)
        {
            PeerSettings settings = Settings(ArqMode.StopAndWait, GradedSides.Sender, 1, 0);
            var engine = new PeerEngine(settings with { Lab = settings.Lab with { Loss = 1 } });
            long nowNs = 1000 * MsNs;
            byte[] frame = Encoding.ASCII.GetBytes("DATA 0\nx");
            byte[] other = Encoding.ASCII.GetBytes("DATA 1\n");
            engine.OnDatagram(Place, other, other.Length, nowNs); // the session begins
            engine.OnTimer(nowNs + (10 * MsNs));
            engine.OnDatagram(Place, frame, frame.Length, nowNs + (20 * MsNs));
            engine.OnTimer(nowNs + (30 * MsNs));
            engine.OnDatagram(Place, frame, frame.Length, nowNs + (20 * MsNs) + laterNs);
            return engine.Grade().Verdicts.Single(verdict => verdict.Rule == rule);
        }
    }

    [Fact]
    public void What_lay_in_the_socket_before_the_first_look_has_no_time()
    {
        var engine = new PeerEngine(Settings(ArqMode.StopAndWait, GradedSides.Sender, 1, 0));
        byte[] frame = Encoding.ASCII.GetBytes("DATA 0\nx");
        engine.OnDatagram(Place, frame, frame.Length, 1000 * MsNs);
        engine.OnDatagram(Place, frame, frame.Length, 1100 * MsNs); // half a time-out after it was found, not after it left
        Assert.True(engine.Grade().Verdicts.Single(static verdict => verdict.Rule == GradeRule.Early).IsKept);
    }

    [Fact]
    public void Who_sends_again_and_again_over_a_link_that_loses_everything_is_not_said_to_have_given_up()
    {
        PeerSettings settings = Settings(ArqMode.GoBackN, GradedSides.Sender, 1, 0);
        settings = settings with { Lab = settings.Lab with { Loss = 1 } };
        var engine = new PeerEngine(settings);
        GradeReport report = new VirtualSender(settings, 3).Run(engine);
        Assert.Equal(PeerOutcome.NoProgress, engine.Outcome);
        Assert.Equal([GradeRule.Complete], report.Verdicts.Where(static verdict => !verdict.IsKept).Select(static verdict => verdict.Rule));
    }

    [Fact]
    public void Another_program_is_not_listened_to_once_there_is_one()
    {
        var engine = new PeerEngine(Settings(ArqMode.StopAndWait, GradedSides.Sender, 1, 0));
        byte[] frame = Encoding.ASCII.GetBytes("DATA 0\nx");
        engine.OnDatagram(Place, frame, frame.Length, 5);
        engine.OnDatagram(PathKey.To([127, 0, 0, 1], 40001), frame, frame.Length, 6);
        Assert.Equal((1, 1), (engine.Datagrams, engine.OthersDatagrams));
    }

    [Fact]
    public void A_batch_is_taken_as_the_datagrams_that_it_is()
    {
        var engine = new PeerEngine(Settings(ArqMode.GoBackN, GradedSides.Sender, 1, 0));
        byte[] batch = Encoding.ASCII.GetBytes("DATA 0\nabDATA 1\nabDATA 2\n");
        engine.OnDatagram(Place, batch, 9, 5);
        Assert.Equal(3, engine.Datagrams);
        Assert.True(engine.Grade().Verdicts.Single(static verdict => verdict.Rule == GradeRule.Form) is { IsKept: true, Occasions: 3 });
    }

    [Theory]
    [InlineData("DATA 0")]
    [InlineData("DATA\nx")]
    [InlineData("DATA -1\nx")]
    [InlineData("DATA 10000001\nx")]
    [InlineData("DATA 1 2\nx")]
    [InlineData("data 1\nx")]
    [InlineData("ACK x")]
    [InlineData("ACK 1 2")]
    [InlineData("ACK 1 +")]
    [InlineData("DELIVER 1 2")]
    [InlineData("HELLO you")]
    [InlineData("")]
    [InlineData("\u00e9 1\n")]
    public void What_has_another_form_is_none_of_these_datagrams(string datagram) =>
        Assert.Null(PeerMessage.Read(Encoding.Latin1.GetBytes(datagram)));

    [Fact]
    public void A_datagram_comes_back_as_it_was_written()
    {
        foreach (PeerMessage message in new[]
        {
            new PeerMessage(PeerMessageKind.Data, 7) { Payload = "a\nb"u8.ToArray() }, new PeerMessage(PeerMessageKind.Data, 8),
            new PeerMessage(PeerMessageKind.Ack, 3) { Ahead = [5, 6] }, new PeerMessage(PeerMessageKind.Hello, 0),
            new PeerMessage(PeerMessageKind.Deliver, 9),
        })
        {
            PeerMessage read = PeerMessage.Read(message.ToBytes())!;
            Assert.Equal((message.Kind, message.Number), (read.Kind, read.Number));
            Assert.Equal(message.Ahead, read.Ahead);
            Assert.Equal(message.Payload.ToArray(), read.Payload.ToArray());
        }
    }

    [Theory]
    [InlineData(GradedSides.Sender)]
    [InlineData(GradedSides.Receiver)]
    internal void Whatever_comes_the_engine_goes_on_and_holds_little(GradedSides peer)
    {
        var random = new SeededRandom(99);
        string[] forms = ["DATA 3\nx", "DATA 70000\n", "ACK 4 +6", "ACK 9999999", "HELLO", "DELIVER 2"];
        byte[][] likely = [.. forms.Select(Encoding.ASCII.GetBytes)];
        foreach (ArqMode strategy in Enum.GetValues<ArqMode>())
        {
            var steps = new CollectedLadder();
            var ladder = new LadderBuilder(LadderView.Everything, 1, steps);
            var engine = new PeerEngine(Settings(strategy, peer, 5, strategy == ArqMode.GoBackN ? 3 : 0), ladder);
            long nowNs = 1;
            byte[] buffer = new byte[DatagramLimits.MaxPayload];
            for (int round = 0; round < 30_000; round++)
            {
                byte[] datagram = [.. likely[random.NextBelow(likely.Length)]];
                if (random.NextBelow(3) == 0)
                {
                    datagram[random.NextBelow(datagram.Length)] = (byte)random.NextBelow(256);
                }

                engine.OnDatagram(Place, datagram, datagram.Length, nowNs += random.NextBelow(3) * MsNs);
                while (engine.TryGetTransmit(buffer, nowNs, out Transmit transmit))
                {
                    Assert.InRange(transmit.Length, 1, DatagramLimits.MaxPayload);
                }
            }

            ladder.Complete(engine.NowNanoseconds);
            Assert.NotEmpty(LadderMoments.Of(steps.Steps));
            GradeReport report = engine.Grade();
            Assert.False(report.IsPassed);
            Assert.All(report.Verdicts, static verdict => Assert.DoesNotContain(verdict.Detail, static c => char.IsControl(c)));
        }
    }

    private static PeerSettings Settings(ArqMode strategy, GradedSides peer, int seed, int bits) => new(
        new LabSettings
        {
            Strategy = strategy,
            Window = strategy == ArqMode.StopAndWait ? 1 : 4,
            Frames = 40,
            FrameSize = 50,
            DelayNanoseconds = 20 * MsNs,
            Loss = 0.2,
            Duplicate = 0.1,
            TimeoutNanoseconds = 200 * MsNs,
            Seed = (ulong)seed,
            SequenceBits = bits == 0 ? null : bits,
            RestartsTimer = strategy == ArqMode.GoBackN && seed % 3 == 0,
        },
        peer);

    private static void AllMarks(GradeReport report)
    {
        Assert.True(report.IsPassed, string.Join('\n', report.Lines(100)));
        Assert.True(report.Of >= 5);
    }
}
