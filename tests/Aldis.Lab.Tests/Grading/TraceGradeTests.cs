using System.Text;
using Aldis.Lab.Grading;
using Aldis.Protocols.Randomness;

namespace Aldis.Lab.Tests.Grading;

/// <summary>A trace is judged rule by rule: each rule has a trace that breaks it and nothing else.</summary>
public sealed class TraceGradeTests
{
    /// <summary>Kept, whole, with a loss and with a lost acknowledgement.</summary>
    public static TheoryData<string, string> Correct => new()
    {
        {
            "stop-and-wait", """
            strategy stop-and-wait
            frames 2
            timeout 200ms
            0      send 0          # lost
            200    send 0
            250    receive 0
            250    deliver 0
            250    ack 1
            300    acked 1
            300    send 1
            350    receive 1
            350    deliver 1
            350    ack 2           # lost
            500    send 1
            550    receive 1
            550    ack 2
            600    acked 2
            """
        },
        {
            "go-back-n", """
            strategy go-back-n
            window 3
            send 0
            send 1     # lost
            send 2
            receive 0
            ack 1
            receive 2
            ack 1
            acked 1
            send 3
            acked 1
            receive 3
            ack 1
            timeout 1
            send 1
            send 2
            send 3
            receive 1
            ack 2
            receive 2
            ack 3
            receive 3
            ack 4
            acked 4
            """
        },
        {
            "selective-repeat", """
            strategy selective-repeat
            window 4
            bits 3
            send 0
            send 1     # lost
            send 2
            send 3
            receive 0
            ack 1
            receive 2
            ack 1 +2
            receive 3
            ack 1 +2 +3
            acked 1
            send 4
            acked 1 +2
            acked 1 +2 +3
            receive 4
            ack 1 +2 +3 +4
            timeout 1
            send 1
            receive 1
            ack 5
            deliver 0
            deliver 1
            deliver 2
            deliver 3
            deliver 4
            acked 5
            send 5
            send 6
            send 7
            send 0
            receive 5
            receive 6
            receive 7
            receive 0
            ack 1
            acked 1
            """
        },
        {
            "the sender's side alone", """
            strategy go-back-n
            window 2
            send 0
            send 1
            acked 2
            """
        },
    };

    /// <summary>The rule, the line that breaks it, and the trace.</summary>
    public static TheoryData<string, int, string> Broken => new()
    {
        { "numbers", 0, "strategy go-back-n;window 4;bits 2;send 0;receive 0;ack 1;acked 1" },
        { "numbers", 0, "strategy selective-repeat;window 3;bits 2;send 0;receive 0;ack 1;acked 1" },
        { "in-order", 3, "strategy go-back-n;window 4;send 1;receive 1;ack 0" },
        { "window", 3, "strategy stop-and-wait;send 0;send 1;receive 0;ack 1;receive 1;ack 2;acked 2" },
        { "window", 5, "strategy go-back-n;window 2;send 0;send 1;send 2;receive 0;receive 1;receive 2;ack 3;acked 3" },
        { "early", 4, "strategy stop-and-wait;timeout 90ms;0 send 0;50 send 0;70 receive 0;70 ack 1;70 receive 0;70 ack 1;80 acked 1" },
        { "early", 3, "strategy stop-and-wait;send 0;send 0;receive 0;ack 1;receive 0;ack 1;acked 1" },
        { "early", 5, "strategy selective-repeat;window 3;timeout 9ms;5 send 0;9 send 0;9 receive 0;9 ack 1;9 acked 1" },
        { "early", 6, "strategy selective-repeat;window 3;send 0;send 1;timeout 0;send 1;send 0;receive 0;ack 1;receive 1;ack 2;acked 2" },
        { "again", 5, "strategy selective-repeat;window 2;send 0;send 1;timeout 0;timeout 1;send 1;receive 0;receive 1;ack 2;acked 2" },
        { "again", 4, "strategy stop-and-wait;timeout 100ms;0 send 0;300 timeout 0;300 send 0;350 receive 0;350 ack 1;400 acked 1" },
        { "again", 5, "strategy go-back-n;window 4;send 0;send 1;timeout 0;send 2;send 3" },
        { "again", 4, "strategy selective-repeat;window 4;send 0;timeout 0" },
        { "acknowledged", 6, "strategy stop-and-wait;send 0;receive 0;ack 1;acked 1;send 0;receive 0;ack 1;acked 1" },
        {
            "acknowledged", 8,
            "strategy selective-repeat;window 4;send 0;send 1;receive 1;ack 0 +1;acked 0 +1;send 1;receive 0;receive 1;ack 2;acked 2"
        },
        { "go-back", 7, "strategy go-back-n;window 3;send 0;send 1;timeout 0;send 0;send 2" },
        { "go-back", 6, "strategy go-back-n;window 3;send 0;send 1;timeout 0;send 1" },
        { "answered", 4, "strategy stop-and-wait;send 0;receive 0;receive 0;ack 1;acked 1" },
        { "answered", 6, "strategy go-back-n;window 2;send 0;receive 0;ack 1;receive 0" },
        { "ack-ahead", 6, "strategy go-back-n;window 3;send 0;send 1;receive 0;ack 2;receive 1;ack 2;acked 2" },
        { "ack-ahead", 9, "strategy go-back-n;window 3;send 0;send 1;receive 1;ack 0;receive 0;ack 1;ack 2;acked 2" },
        { "ack-ahead", 5, "strategy selective-repeat;window 3;send 0;receive 0;ack 1 +2;acked 1 +2" },
        { "ack-behind", 7, "strategy go-back-n;window 3;send 0;receive 0;ack 1;acked 1;ack 0" },
        { "ack-behind", 7, "strategy selective-repeat;window 3;send 0;send 1;receive 1;receive 0;ack 1;receive 1;ack 2;acked 2" },
        { "delivery", 3, "strategy stop-and-wait;send 0;deliver 0;receive 0;ack 1;acked 1" },
        { "delivery", 5, "strategy stop-and-wait;send 0;receive 0;deliver 0;deliver 0;ack 1;acked 1" },
        { "delivery", 7, "strategy selective-repeat;window 3;send 0;send 1;receive 1;ack 0 +1;deliver 1;receive 0;ack 2;acked 2" },
        { "sent-before", 5, "strategy go-back-n;window 3;send 0;receive 0;receive 1;ack 2;acked 1;send 1;receive 1;ack 2" },
        { "sent-before", 4, "strategy go-back-n;window 3;send 0;acked 1;receive 0;ack 1" },
        { "complete", 6, "strategy stop-and-wait;frames 2;send 0;receive 0;ack 1;acked 1" },
        { "complete", 5, "strategy stop-and-wait;send 0;receive 0;ack 1;" },
    };

    [Theory]
    [MemberData(nameof(Correct))]
    public void A_trace_that_follows_its_strategy_has_every_mark(string name, string trace)
    {
        GradeReport report = Grade(trace);
        Assert.True(report.IsPassed, name + "\n" + string.Join('\n', report.Lines(100)));
        Assert.True(report.Of >= 3);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_trace_that_breaks_a_rule_breaks_that_one_and_is_told_where(string rule, int line, string trace)
    {
        GradeReport report = Grade(trace.Replace(';', '\n'));
        string all = string.Join('\n', report.Lines(100));
        RuleVerdict[] broken = [.. report.Verdicts.Where(static verdict => !verdict.IsKept)];
        Assert.True(broken.Length == 1, all);
        Assert.Contains($"BROKEN  {rule} ", all, StringComparison.Ordinal);
        Assert.Equal(line, broken[0].Line);
        Assert.False(report.IsPassed);
        Assert.Equal(report.Of - 1, report.Marks);
    }

    [Fact]
    public void Every_rule_that_a_trace_can_break_is_broken_by_one_here()
    {
        string[] named = [.. Broken.Select(static row => row.Data.Item1).Distinct()];
        Assert.Equal(Enum.GetValues<GradeRule>().Length - 2, named.Length); // bytes and datagrams are no part of a trace
    }

    [Fact]
    public void A_rule_without_an_occasion_gives_no_mark_and_takes_none()
    {
        GradeReport report = Grade("strategy stop-and-wait\nsend 0\nreceive 0\nack 1\nacked 1");
        Assert.Contains(report.Verdicts, static verdict => verdict is { Rule: GradeRule.Early, Counts: false });
        Assert.Equal(report.Of, report.Marks);
    }

    [Fact]
    public void Whatever_a_trace_holds_it_is_judged_or_refused()
    {
        var random = new SeededRandom(14);
        const string Json = """
            {"event":"frame","time_ns":0,"step":"departure","side":"sender","frame":0}
            {"event":"frame","time_ns":5,"step":"arrival","side":"receiver","frame":0,"fate":"arrived","reception":"in-order","next":1}
            {"event":"ack","time_ns":5,"step":"departure","side":"receiver","frame":0,"serial":2,"next":1}
            {"event":"ack","time_ns":9,"step":"arrival","side":"sender","frame":0,"serial":2,"fate":"arrived","next":1}
            {"event":"timer","time_ns":9,"side":"sender"}
            {"event":"summary","strategy":"selective-repeat","window":4,"frames":1,"timeout_ns":3}
            """;
        byte[][] seeds = [.. Correct.Select(static row => row.Data.Item2).Append(Json).Select(Encoding.UTF8.GetBytes)];
        int judged = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] trace = [.. seeds[random.NextBelow(seeds.Length)]];
            for (int change = random.NextBelow(2); change >= 0; change--)
            {
                const string Likely = "0123456789 +\n-{}\"";
                trace[random.NextBelow(trace.Length)] = random.NextBelow(2) == 0
                    ? (byte)random.NextBelow(256) : (byte)Likely[random.NextBelow(Likely.Length)];
            }

            try
            {
                GradeReport report = TraceReader.Read(trace, new TraceHead()).Grade();
                Assert.InRange(report.Marks, 0, report.Of);
                judged++;
            }
            catch (FormatException refused)
            {
                Assert.DoesNotContain(refused.Message, static c => char.IsControl(c));
            }
        }

        Assert.InRange(judged, 1000, 19_000);
    }

    private static GradeReport Grade(string trace) => TraceReader.Read(Encoding.UTF8.GetBytes(trace), new TraceHead()).Grade();
}
