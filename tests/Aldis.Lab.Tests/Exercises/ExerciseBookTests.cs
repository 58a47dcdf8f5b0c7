using Aldis.Lab.Exercises;
using Aldis.Lab.Experiments;

namespace Aldis.Lab.Tests.Exercises;

/// <summary>Each exercise, with the figures of many students: its answers say what the engine does, and what a pencil finds.</summary>
public sealed class ExerciseBookTests
{
    private const double NsPerMs = 1e6;

    private static readonly string[] Students = [.. Enumerable.Range(1, 60).Select(static number => $"student{number}")];

    public static TheoryData<string> Names => [.. Enum.GetNames<ExerciseName>()];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_figures_are_the_students_own_and_the_same_each_time(string name)
    {
        string Task(string student) => Told(Sheet(name, student));
        Assert.Equal(Task("ada"), Task("ADA"));
        int different = Students.Select(Task).Distinct().Count();
        Assert.True(different >= (name == nameof(ExerciseName.Numbers) ? 8 : 30), $"{different} of {Students.Length}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_count_is_a_whole_number_and_a_measure_is_none_that_rounding_makes_wrong(string name)
    {
        foreach (ExerciseQuestion question in Students.SelectMany(student => Sheet(name, student).Questions))
        {
            Assert.True(question.Answer > 0, question.Text);
            Assert.True(!question.IsCount || question.Answer == Math.Round(question.Answer), question.Text);
            Assert.True(question.IsRight(question.IsCount ? question.Answer : Math.Round(question.Answer * 1.004, 3)), question.Text);
            Assert.False(question.IsRight(question.Answer + Math.Max(1, question.Answer * 0.02)), question.Text);
        }
    }

    [Fact]
    public void Efficiency_is_what_runs_measure()
    {
        foreach (ExerciseSheet sheet in SheetsOf(ExerciseName.Efficiency))
        {
            LabSummary alone = Run(sheet.Experiments[0]);
            double cycleMs = alone.ElapsedNanoseconds / NsPerMs / sheet.Experiments[0].Frames;
            Assert.Equal(sheet.Questions[0].Answer, cycleMs, 1e-3);
            Assert.Equal(sheet.Questions[1].Answer, 100 * alone.Efficiency, 1e-3);
            int enough = (int)sheet.Questions[2].Answer;
            LabSettings full = sheet.Experiments[1];
            Assert.Equal(enough, full.WindowFrames);
            Assert.True(SteadyMs(full) < 1.0001 * FrameMs(full), sheet.Student);
            Assert.True(SteadyMs(full with { Window = enough - 1 }) > 1.0001 * FrameMs(full), sheet.Student);
            LabSettings part = sheet.Experiments[2];
            Assert.Equal(sheet.Questions[3].Answer, part.FrameSize * 8 / SteadyMs(part), sheet.Questions[3].Answer * 1e-3);
        }
    }

    [Fact]
    public void A_lost_frame_costs_what_the_pencil_says()
    {
        foreach (ExerciseSheet sheet in SheetsOf(ExerciseName.LostFrame))
        {
            LabSettings link = sheet.Experiments[0];
            long lost = link.KilledTransmissions[0];
            long behind = Math.Min(link.WindowFrames, link.Frames - lost + 1);
            long[] counts = [behind - 1, behind, link.Frames + behind];
            Assert.Equal(counts, sheet.Questions.Take(3).Select(static question => (long)question.Answer));

            // From the time-out on a window goes after the other, each as soon as its first ACK is there.
            double cycle = FrameMs(link) + (2 * link.DelayNanoseconds / NsPerMs);
            double again = ((lost - 1) * FrameMs(link)) + (link.TimeoutNanoseconds / NsPerMs);
            long left = link.Frames - lost + 1;
            long windows = (left - 1) / link.WindowFrames;
            double end = again + (windows * cycle) + ((left - (windows * link.WindowFrames) - 1) * FrameMs(link)) + cycle;
            Assert.Equal(end, sheet.Questions[3].Answer, 1e-6);
        }
    }

    [Fact]
    public void A_lost_acknowledgement_costs_what_the_pencil_says()
    {
        foreach (ExerciseSheet sheet in SheetsOf(ExerciseName.LostAck))
        {
            LabSettings link = sheet.Experiments[0];
            double cycle = FrameMs(link) + (2 * link.DelayNanoseconds / NsPerMs);
            double[] expected =
                [link.Frames + 1, (link.Frames * cycle) + (link.TimeoutNanoseconds / NsPerMs), link.Frames, link.Frames + 1];
            Assert.Equal(expected, sheet.Questions.Select(static question => question.Answer));
        }
    }

    [Fact]
    public void An_impatient_timer_costs_what_the_pencil_says()
    {
        foreach (ExerciseSheet sheet in SheetsOf(ExerciseName.Timeout))
        {
            LabSettings link = sheet.Experiments[0];
            double cycle = FrameMs(link) + (2 * link.DelayNanoseconds / NsPerMs);
            double times = Math.Ceiling(cycle / (link.TimeoutNanoseconds / NsPerMs));
            Assert.True(times >= 2);
            double[] expected = [cycle, link.Frames * times, link.Frames * (times - 1), link.Frames * cycle];
            Assert.Equal(expected, sheet.Questions.Select(static question => question.Answer));
            Assert.Equal(0, Run(sheet.Experiments[1]).Tally.Retransmissions);
        }
    }

    [Fact]
    public void Numbers_that_are_too_few_are_mistaken_as_the_answers_say_and_those_that_suffice_are_not()
    {
        foreach (ExerciseSheet sheet in SheetsOf(ExerciseName.Numbers))
        {
            LabSettings link = sheet.Experiments[0];
            SequenceNumbers numbers = SequenceNumbers.Of(link)!;
            Assert.Equal(sheet.Questions[0].Answer, numbers.Count - 1);
            Assert.Equal(sheet.Questions[1].Answer, numbers.LargestSafeWindow);
            Assert.Equal(sheet.Questions[2].Answer, numbers.AtReceiver(0, link.WindowFrames));
            int window = link.WindowFrames;
            int mistaken = Enumerable.Range(0, window).Count(frame => numbers.AtReceiver(frame, window) >= window);
            Assert.Equal(sheet.Questions[3].Answer, mistaken);
            LabMistake first = Run(link).Mistakes!.FirstFrame!.Value;
            Assert.Equal((0, (long)sheet.Questions[2].Answer), (first.Frame, first.TakenFor));
            Assert.Null(Run(sheet.Experiments[1]).Mistakes!.FirstFrame);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("ada lovelace")]
    [InlineData("grüße")]
    [InlineData("a\n")]
    public void What_is_no_name_of_a_student_is_refused(string student) =>
        Assert.Throws<ArgumentException>(() => ExerciseBook.Of(ExerciseName.Timeout, student));

    private static ExerciseSheet Sheet(string name, string student) => ExerciseBook.Of(Enum.Parse<ExerciseName>(name), student);

    private static IEnumerable<ExerciseSheet> SheetsOf(ExerciseName name) => Students.Select(student => ExerciseBook.Of(name, student));

    private static string Told(ExerciseSheet sheet) =>
        string.Join('\n', sheet.Task.Concat(sheet.Questions.Select(static question => question.Text)));

    private static double FrameMs(LabSettings link) => link.FrameSize * 8e3 / link.BitsPerSecond;

    /// <summary>Milliseconds a frame when the window has come round many times: two runs differ by the frames between them.</summary>
    private static double SteadyMs(LabSettings link)
    {
        long frames = 20L * link.WindowFrames;
        long more = 40L * link.WindowFrames;
        double shorter = Run(link with { Frames = frames }).ElapsedNanoseconds;
        double longer = Run(link with { Frames = more }).ElapsedNanoseconds;
        return (longer - shorter) / NsPerMs / (more - frames);
    }

    private static LabSummary Run(LabSettings settings)
    {
        var run = new LabRun(settings);
        run.Run();
        return LabSummary.Of(settings, run);
    }
}
