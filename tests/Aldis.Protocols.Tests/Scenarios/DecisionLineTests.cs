using System.Text;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Scenarios;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Tests.Scenarios;

/// <summary>A log of decisions holds what chance decided, and gives it back.</summary>
public sealed class DecisionLineTests
{
    private static readonly LinkVerdict[] Verdicts =
    [
        default,
        new() { Drop = LinkFault.RandomLoss },
        new() { Drop = LinkFault.QueueFull },
        new() { DelayNanoseconds = 50_000_000 },
        new() { DelayNanoseconds = 1, HeldBackNanoseconds = 7, Damage = LinkFault.Truncation, DamageSeed = ulong.MaxValue },
        new() { IsTwice = true },
        new() { IsTwice = true, SecondDelayNanoseconds = 3, Damage = LinkFault.BitFlip, SecondDamage = LinkFault.BitFlip, SecondDamageSeed = 9 },
    ];

    [Fact]
    public void A_line_is_short_where_little_happened_and_has_no_time()
    {
        Assert.Equal(
            """{"event":"decision","direction":"to-target","client":2,"unit":5,"length":512}""",
            Line(new LinkNote(LinkDirection.ToTarget, 2, 5, 512, default, NowNanoseconds: 99)));
        Assert.Equal(
            """{"event":"decision","proxy":"redis","direction":"to-client","client":1,"unit":0,"length":4,"fault":"random-loss"}""",
            Line(new LinkNote(LinkDirection.ToClient, 1, 0, 4, new LinkVerdict { Drop = LinkFault.RandomLoss }, 99), "redis"));
    }

    [Fact]
    public void What_is_written_is_read_as_it_was()
    {
        for (int unit = 0; unit < Verdicts.Length; unit++)
        {
            var note = new LinkNote(LinkDirection.ToClient, 3, unit, 100, Verdicts[unit], NowNanoseconds: 0);
            Assert.True(DecisionLine.TryRead(Encoding.UTF8.GetBytes(Line(note)), out LinkNote read));
            Assert.Equal(note, read);
        }
    }

    [Fact]
    public void A_link_that_replays_a_log_decides_as_the_one_that_wrote_it()
    {
        var options = new LinkOptions
        {
            Loss = 0.2,
            DelayNanoseconds = 1000,
            JitterNanoseconds = 500,
            Reorder = 0.1,
            ReorderDelayNanoseconds = 900,
            Duplicate = 0.1,
            BitFlip = 0.1,
            Truncate = 0.05,
        };
        var first = new ImpairedLink(options, 7);
        var replay = new DecisionReplay();
        var decisions = new List<LinkDecision>();
        replay.Add("""{"event":"begin","version":1,"seed":7}"""u8.ToArray(), "log");
        for (int unit = 0; unit < 2000; unit++)
        {
            decisions.Add(first.Decide(100, unit * 10));
            replay.Add(Encoding.UTF8.GetBytes(Line(new LinkNote(LinkDirection.ToTarget, 1, unit, 100, decisions[unit].Verdict, 0))), "log");
        }

        // Other traffic: other lengths, at other times; a link without faults of its own.
        var second = new ImpairedLink(new LinkOptions(), 8);
        for (int unit = 0; unit < 2000; unit++)
        {
            replay.TryGet(LinkDirection.ToTarget, 1, unit, out LinkVerdict verdict);
            LinkDecision decision = second.Repeat(333, unit * 70, verdict);
            Assert.Equal(decisions[unit].Verdict, decision.Verdict);
            Assert.Equal(decisions[unit].Copies, decision.Copies);
        }
    }

    [Fact]
    public void A_replay_knows_what_changed_something_and_nothing_of_other_clients()
    {
        var replay = new DecisionReplay();
        foreach (LinkVerdict verdict in Verdicts)
        {
            replay.Add(Encoding.UTF8.GetBytes(Line(new LinkNote(LinkDirection.ToTarget, 1, Array.IndexOf(Verdicts, verdict), 10, verdict, 0))), "log");
        }

        Assert.Equal(Verdicts.Length - 1, replay.Count);
        Assert.False(replay.TryGet(LinkDirection.ToTarget, 1, 0, out _));
        Assert.True(replay.TryGet(LinkDirection.ToTarget, 1, 1, out LinkVerdict lost));
        Assert.Equal(Verdicts[1], lost);
        Assert.False(replay.TryGet(LinkDirection.ToClient, 1, 1, out _));
        Assert.False(replay.TryGet(LinkDirection.ToTarget, 2, 1, out _));
    }

    [Theory]
    [InlineData("", "log, line 2: it is no JSON.")]
    [InlineData("hello", "log, line 2: it is no JSON.")]
    [InlineData("[]", "log, line 2: it is no event.")]
    [InlineData("{\"event\":\"decision\"}", "log, line 2: it has no direction.")]
    [InlineData("{\"event\":\"decision\",\"direction\":\"up\"}", "log, line 2: its direction is none that is known.")]
    [InlineData("{\"event\":\"decision\",\"direction\":1}", "log, line 2: its direction is none that is known.")]
    [InlineData("{\"event\":\"decision\",\"direction\":\"to-target\",\"unit\":1}", "log, line 2: it has no client.")]
    [InlineData("{\"event\":\"decision\",\"direction\":\"to-target\",\"client\":-1,\"unit\":1}", "log, line 2: its client is no whole number.")]
    [InlineData("{\"event\":\"decision\",\"direction\":\"to-target\",\"client\":1,\"unit\":1,\"fault\":\"bad\"}", "log, line 2: its fault is none that is known.")]
    [InlineData("{\"event\":\"decision\",\"direction\":\"to-target\",\"client\":1,\"unit\":1,\"delay_ns\":9e18}", "log, line 2: its delay_ns is no whole number.")]
    [InlineData("{\"event\":\"decision\",\"direction\":\"to-target\",\"client\":1,\"unit\":1,\"delay_ns\":9000000000000000000}", "log, line 2: its delay_ns is longer than any that a link draws.")]
    [InlineData("{\"event\":\"decision\",\"direction\":\"to-target\",\"client\":1,\"unit\":1,\"damage\":\"bit-flip\",\"damage_seed\":-1}", "log, line 2: its damage_seed is none of 16 hexadecimal digits.")]
    public void A_line_that_is_none_is_named(string line, string sentence)
    {
        var replay = new DecisionReplay();
        replay.Add("""{"event":"begin","version":1,"seed":7}"""u8.ToArray(), "log");
        Assert.Equal(sentence, Assert.Throws<FormatException>(() => replay.Add(Encoding.UTF8.GetBytes(line), "log")).Message);
    }

    [Fact]
    public void A_line_has_an_end() => Assert.Equal(
        "log, line 1: it is longer than 1024 bytes.",
        Assert.Throws<FormatException>(static () => new DecisionReplay().Add(new byte[1025], "log")).Message);

    private static string Line(LinkNote note, string? proxy = null)
    {
        var buffer = new NdjsonBuffer();
        buffer.Append("decision", writer => DecisionLine.Write(writer, note, proxy));
        return Encoding.UTF8.GetString(buffer.Written).TrimEnd('\n');
    }
}
