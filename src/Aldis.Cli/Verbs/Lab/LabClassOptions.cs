using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Aldis.Cli.Terminal;
using Aldis.Lab.Exercises;
using Aldis.Lab.Grading;
using Aldis.Lab.Peers;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>The options of <c>aldis lab</c> for a class: what students are given, and what judges what they hand in.</summary>
internal sealed class LabClassOptions
{
    private const string AnyStudent = "example";

    private readonly Option<ExerciseName?> _exercise = TypedOption.Choice(
        "--exercise",
        "NAME",
        "print an exercise: efficiency, lost-frame, lost-ack, timeout or numbers",
        [.. Enum.GetValues<ExerciseName>().Select(static name => (KebabName.Of(name), name))]);

    private readonly Option<string?> _student = new("--student")
    {
        HelpName = "ID",
        Description = "with --exercise: whose figures, the same on every machine",
    };

    private readonly Option<bool> _answer = new("--answer") { Description = "with --exercise: print the answers too, for a teacher" };

    private readonly Option<string?> _grade = new("--grade")
    {
        HelpName = "FILE",
        Description = "judge rule by rule whether a trace follows its strategy: what --json printed, or lines by hand; with --exercise the "
            + "answers to it; - is stdin",
    };

    private readonly Option<GradedSides?> _peer = TypedOption.Choice(
        "--peer",
        "SIDE",
        "a program of yours is the sender or the receiver, over UDP: the laboratory is the other side and the bad link, and judges it",
        ("sender", GradedSides.Sender),
        ("receiver", GradedSides.Receiver));

    private readonly Option<string?> _listen = new("--listen")
    {
        HelpName = "ADDRESS",
        Description = "with --peer: where the laboratory listens; default 127.0.0.1 and a port that is free",
    };

    /// <summary>All of them, for the command.</summary>
    public IEnumerable<Option> All => [_exercise, _student, _answer, _grade, _peer, _listen];

    /// <summary>Whether one of them is given: then no experiment runs.</summary>
    public bool AreGiven(ParseResult call) => All.Any(option => call.GetResult(option) is { Implicit: false });

    /// <summary>Does what is asked for.</summary>
    /// <param name="context">Where to write.</param>
    /// <param name="call">The command line.</param>
    /// <param name="experiment">The options of an experiment, of which some say more.</param>
    /// <param name="isQuiet">Whether less is printed.</param>
    /// <param name="events">Takes objects instead of text, or null.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">It cannot be done as asked.</exception>
    /// <exception cref="FormatException">What was handed in cannot be read.</exception>
    public async Task<int> RunAsync(VerbContext context, ParseResult call, LabOptions experiment, bool isQuiet, JsonEvents? events)
    {
        if (call.GetValue(_exercise) is { } exercise)
        {
            RefuseOthers(call, _exercise, "has figures of its own", _student.Name, _answer.Name, _grade.Name);
            return await ExerciseAsync(context, call, exercise, isQuiet, events);
        }

        if (call.GetValue(_student) is not null || call.GetValue(_answer))
        {
            throw new UsageException("--student and --answer go with --exercise NAME.");
        }

        if (call.GetValue(_grade) is string trace)
        {
            string[] head = ["--strategy", "--window", "--sequence-bits", "--frames", "--timeout"];
            RefuseOthers(call, _grade, "reads a trace and runs nothing", head);
            return await GradeSession.RunAsync(context, trace, experiment.ReadHead(call), isQuiet, events);
        }

        if (call.GetValue(_peer) is not { } peer)
        {
            throw new UsageException("--listen goes with --peer: nobody is listened to without.");
        }

        string[] allowed = [.. experiment.All.Select(static option => option.Name).Except(["--corrupt", "--acks"]), _listen.Name];
        RefuseOthers(call, _peer, "has a program of yours at one side, whose datagrams carry no checksum and go as they are", allowed);
        PeerSettings settings = experiment.ReadForPeer(call, peer);
        IPEndPoint place = PeerSession.PlaceOf(call.GetValue(_listen) ?? "127.0.0.1");
        return await PeerSession.RunAsync(context, settings, place, isQuiet, events);
    }

    private async Task<int> ExerciseAsync(
        VerbContext context, ParseResult call, ExerciseName exercise, bool isQuiet, JsonEvents? events)
    {
        string student = call.GetValue(_student) ?? AnyStudent;
        if (!StudentFigures.IsStudent(student))
        {
            throw new UsageException(
                $"'{student}' is no student: 1 to {StudentFigures.LongestStudent} characters of A-Z a-z 0-9 . _ - @ +");
        }

        var session = new ExerciseSession(context, ExerciseBook.Of(exercise, student), events);
        if (call.GetValue(_grade) is string answers)
        {
            return call.GetValue(_answer)
                ? throw new UsageException("--answer and --grade exclude each other: one prints the answers, the other compares them.")
                : await session.GradeAsync(answers, isQuiet);
        }

        session.Print(call.GetValue(_answer));
        return ExitCode.Confirmed;
    }

    /// <summary>Refuses what would be given in vain.</summary>
    private static void RefuseOthers(ParseResult call, Option asked, string does, params string[] allowed)
    {
        string[] always = [asked.Name, VerbContext.JsonName, "--quiet", LabViewOptions.AsciiName];
        OptionResult? other = call.CommandResult.Children.OfType<OptionResult>()
            .FirstOrDefault(given => !given.Implicit && !always.Concat(allowed).Contains(given.Option.Name));
        if (other is not null)
        {
            throw new UsageException($"{asked.Name} {does}, so it goes without {other.Option.Name}.");
        }
    }
}
