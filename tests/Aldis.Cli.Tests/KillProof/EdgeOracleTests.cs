namespace Aldis.Cli.Tests.KillProof;

/// <summary>The judge of the edge proof finds what it is there to find, and nothing where all is well.</summary>
public sealed class EdgeOracleTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly Outage Start = new(OutageKind.Absent, TimeSpan.Zero, Second);

    [Theory]
    [InlineData("1 2 3", "")]
    [InlineData("1 2", "lost")]
    [InlineData("", "lost")]
    [InlineData("1 3", "order")]
    [InlineData("1 2 2", "doubled")]
    [InlineData("1 2 3 1", "doubled")]
    [InlineData("1 2x 3", "altered")]
    public void Lost_altered_repeated_and_misplaced_messages_of_a_sender_alone_are_found(string stored, string kind)
    {
        SenderPlan plan = Plan("alone", SenderForm.Fresh);
        EdgeRound round = Round() with { Reports = [Acknowledged(2, 1, 3)], Summary = new RoundSummary(3, 3, 3) };
        Expect(kind, History(stored, new SenderHistory(plan, [round])));
    }

    [Fact]
    public void A_number_that_is_missing_is_found()
    {
        EdgeRound round = Round() with { Reports = [Acknowledged(2, 1, 3)], Summary = new RoundSummary(3, 3, 3) };
        EdgeHistory history = History("1 2 3", new SenderHistory(Plan("alone", SenderForm.Fresh), [round]));
        Expect(string.Empty, history);
        Expect("numbers", history with { Journal = [history.Journal[0] with { Sequence = 2 }, .. history.Journal.Skip(1)] });
        Expect("invented", history with { Journal = [.. history.Journal, new StoredMessage("nobody", 1, [])] });
    }

    [Fact]
    public void A_line_that_was_read_and_is_nowhere_is_found_but_not_where_the_outbox_had_no_room_or_the_sender_was_killed()
    {
        SenderPlan plan = Plan("alone", SenderForm.Fresh) with { IsDiskLimited = true };
        var summary = new RoundSummary(3, 0, 3);
        EdgeRound round = Round() with { Given = 4, Consumed = 4, InputEnded = false, ExitCode = 143, Signal = "TERM", Summary = summary };
        Expect("nowhere", History("1 2 3", new SenderHistory(plan, [round])));
        Expect(string.Empty, History("1 2 3", new SenderHistory(plan, [round with { ExitCode = 137, Signal = "KILL", Summary = null }])));
        Expect(string.Empty, History("1 2 3", new SenderHistory(plan, [round with { ExitCode = 2, Signal = null }])));
    }

    [Fact]
    public void A_line_that_the_outbox_took_and_that_is_nowhere_is_found()
    {
        EdgeRound round = Round() with { ExitCode = 1, Exited = 4 * Second, Summary = new RoundSummary(3, 0, 3) };
        EdgeHistory history = History("1 2", new SenderHistory(Plan("alone", SenderForm.Fresh), [round with { Consumed = 2 }])) with
        {
            Outages = [new Outage(OutageKind.Killed, Second, 9 * Second)],
        };
        Expect("lost", history);
    }

    [Fact]
    public void What_one_of_two_senders_was_told_and_the_other_took_the_place_of_is_found()
    {
        SenderPlan one = Plan("one", SenderForm.Skipping) with { Client = "twin", IsShared = true };
        SenderPlan two = Plan("two", SenderForm.Skipping) with { Client = "twin", IsShared = true };
        EdgeRound told = Round() with { Reports = [Acknowledged(2, 1, 1)], ExitCode = ExitCode.Refused };
        EdgeHistory history = History(string.Empty, new SenderHistory(one, [told]), new SenderHistory(two, [told]));
        StoredMessage first = new("twin", 1, two.Line(1, 1));
        StoredMessage second = new("twin", 2, one.Line(1, 1));
        Expect("lost", history with { Journal = [first] });
        Expect(string.Empty, history with { Journal = [first, second] });
        Expect("doubled", history with { Journal = [first, second, second with { Sequence = 3 }] });
        Expect("altered", history with { Journal = [first, second with { Payload = [.. second.Payload, 0] }] });
    }

    [Theory]
    [InlineData("Unhandled exception. System.IO.IOException: No space left on device")]
    [InlineData("   at Aldis.Services.Messages.MessagesClient.RunAsync(CancellationToken abandon)")]
    public void A_stack_trace_a_hang_and_an_outbox_that_cannot_be_emptied_are_found(string line)
    {
        SenderPlan plan = Plan("alone", SenderForm.Memory);
        EdgeRound killed = Round() with { ExitCode = 137, Signal = "KILL" };
        Expect("crash", History("1", new SenderHistory(plan, [killed with { ErrorLines = [line] }])));
        Expect("hang", History("1", new SenderHistory(plan, [killed with { Signal = null, Hung = true }])));
        Expect("drain", History("1", new SenderHistory(plan, [killed, Round() with { Number = 2, IsDrain = true, ExitCode = 1 }])));
        Expect(string.Empty, History("1", new SenderHistory(plan, [killed with { ErrorLines = ["aldis: the outbox is full."] }])));
    }

    [Theory]
    [InlineData(1, OutageKind.Killed, 3.5, 9.0, 6.0, "")]
    [InlineData(1, OutageKind.Killed, 3.5, 9.0, 4.5, "early")]
    [InlineData(1, OutageKind.Killed, 3.5, 4.0, 4.5, "early")]
    [InlineData(1, OutageKind.Killed, 3.5, 4.0, 30.0, "exit")]
    [InlineData(1, OutageKind.Killed, 1.5, 2.0, 6.0, "exit")]
    [InlineData(1, OutageKind.Frozen, 3.5, 9.0, 6.0, "exit")]
    [InlineData(3, OutageKind.Frozen, 3.5, 9.0, 6.0, "")]
    [InlineData(3, OutageKind.Killed, 3.5, 9.0, 6.0, "exit")]
    [InlineData(4, OutageKind.Full, 3.5, 9.0, 6.0, "")]
    [InlineData(4, OutageKind.Killed, 3.5, 9.0, 6.0, "exit")]
    [InlineData(6, OutageKind.Killed, 3.5, 9.0, 6.0, "")]
    [InlineData(2, OutageKind.Killed, 3.5, 9.0, 6.0, "exit")]
    [InlineData(0, OutageKind.Killed, 3.5, 9.0, 6.0, "exit")]
    [InlineData(130, OutageKind.Killed, 3.5, 9.0, 6.0, "exit")]
    [InlineData(134, OutageKind.Killed, 3.5, 9.0, 6.0, "exit")]
    public void An_exit_code_needs_an_outage_of_its_kind_after_the_last_acknowledgement_and_as_long_as_trying_was_asked_for(
        int exitCode, OutageKind outage, double begin, double end, double exit, string kind)
    {
        // The last acknowledgement came after 3 s; --retry 2s --timeout 1s.
        EdgeRound round = Round() with
        {
            ExitCode = exitCode,
            Exited = exit * Second,
            Reports = [Acknowledged(3, 1, 2)],
            Summary = new RoundSummary(3, 2, 3),
        };
        EdgeHistory history = History("1 2 3", new SenderHistory(Plan("alone", SenderForm.Fresh), [round])) with
        {
            Outages = [Start, new Outage(outage, begin * Second, end * Second)],
        };
        Expect(kind, history);
    }

    [Fact]
    public void Giving_up_although_everything_was_acknowledged_is_found()
    {
        EdgeRound round = Round() with
        {
            ExitCode = ExitCode.PartlyConfirmed,
            Exited = 6 * Second,
            Reports = [Acknowledged(3, 1, 3)],
            Summary = new RoundSummary(3, 3, 3),
        };
        Expect("exit", History("1 2 3", new SenderHistory(Plan("alone", SenderForm.Fresh), [round])) with
        {
            Outages = [Start, new Outage(OutageKind.Killed, 3 * Second, 9 * Second)],
        });
    }

    private static void Expect(string kind, EdgeHistory history)
    {
        IReadOnlyList<EdgeFault> faults = EdgeOracle.Judge(history);
        string found = string.Join('\n', faults);
        Assert.True(kind.Length == 0 ? faults.Count == 0 : faults.Any(fault => fault.Kind == kind), $"wanted '{kind}', found: {found}");
    }

    private static SenderPlan Plan(string name, SenderForm form) => new()
    {
        Name = name,
        Client = name,
        Form = form,
        Retry = 2 * Second,
        Timeout = Second,
        Rounds = [new RoundPlan { Feed = FeedKind.Burst, Lines = 3 }],
    };

    /// <summary>A run of three lines that went well.</summary>
    private static EdgeRound Round() => new()
    {
        Number = 1,
        Retry = 2 * Second,
        Timeout = Second,
        Given = 3,
        Consumed = 3,
        InputEnded = true,
        Started = Second,
        Exited = 4 * Second,
        ExitCode = ExitCode.Confirmed,
    };

    private static SenderReport Acknowledged(int at, long first, long last) => new(at * Second, "acknowledged", first, last);

    /// <summary>A history whose journal has the lines that are named; an x stands for other bytes.</summary>
    private static EdgeHistory History(string stored, params SenderHistory[] senders) => new()
    {
        Scenario = EdgeDraw.Draw(0) with { Transport = EdgeTransport.Tcp },
        Outages = [Start],
        Senders = senders,
        Journal =
        [
            .. stored.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((word, index) =>
            {
                byte[] payload = senders[0].Plan.Line(1, int.Parse(word.TrimEnd('x')));
                payload[^1] ^= word.EndsWith('x') ? (byte)1 : (byte)0;
                return new StoredMessage(senders[0].Plan.Client, index + 1, payload);
            }),
        ],
    };
}
