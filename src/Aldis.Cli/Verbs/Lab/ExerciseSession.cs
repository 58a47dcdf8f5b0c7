using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Lab.Drawings;
using Aldis.Lab.Exercises;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>An exercise: printed for a student, with its answers for a teacher, or compared with what was handed in.</summary>
/// <param name="context">Where to write.</param>
/// <param name="sheet">The exercise, with a student's figures.</param>
/// <param name="events">Takes objects instead of text, or null.</param>
internal sealed class ExerciseSession(VerbContext context, ExerciseSheet sheet, JsonEvents? events)
{
    private const string Indent = "   ";

    private readonly StringBuilder _text = new();

    /// <summary>Prints it.</summary>
    /// <param name="hasAnswers">Whether with the answers.</param>
    public void Print(bool hasAnswers)
    {
        if (events is not null)
        {
            PrintObjects(events, hasAnswers);
            return;
        }

        string name = KebabName.Of(sheet.Name);
        WriteWrapped($"Exercise {name}, student {sheet.Student}: {sheet.Title}");
        WriteLine(string.Empty);
        foreach (string sentence in sheet.Task)
        {
            WriteWrapped(sentence);
        }

        for (int index = 0; index < sheet.Questions.Count; index++)
        {
            ExerciseQuestion question = sheet.Questions[index];
            WriteLine(string.Empty);
            string unit = question.IsCount ? string.Empty : " " + question.Unit;
            WriteWrapped($"{index + 1}. {question.Text}{(question.IsCount ? string.Empty : $" ({question.Unit})")}", rest: Indent);
            if (hasAnswers)
            {
                WriteWrapped($"{Value(question.Answer)}{unit}: {question.Reason}", Indent, Indent);
            }
        }

        WriteLine(string.Empty);
        if (hasAnswers)
        {
            WriteWrapped("To see it:");
            foreach (LabSettings experiment in sheet.Experiments)
            {
                WriteLine(Indent + LabCommand.Of(experiment));
            }
        }
        else
        {
            string trace = sheet.HandIn.Length > 0 ? $"; and {sheet.HandIn}" : string.Empty;
            string grade = $"aldis lab --exercise {name} --student {sheet.Student} --grade FILE";
            WriteWrapped($"Hand in the answers, a line for each such as '1 42.5', for {grade}{trace}.");
        }

        Flush();
    }

    /// <summary>Compares what was handed in, and tells the marks.</summary>
    /// <param name="path">Its file, or <c>-</c>.</param>
    /// <param name="isQuiet">Whether the marks alone are printed.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="FormatException">A line is no answer.</exception>
    public async Task<int> GradeAsync(string path, bool isQuiet)
    {
        double?[] answers = AnswerReader.Read(await GradeSession.ReadAsync(context, path), sheet);
        int marks = answers.Index().Count(answer => IsRight(answer.Index, answer.Item));
        foreach ((int index, double? given) in answers.Index())
        {
            string outcome = given is null ? "missing" : IsRight(index, given) ? "right" : "wrong";
            events?.Write("answer", writer =>
            {
                writer.WriteNumber("question", index + 1);
                writer.WriteString("outcome", outcome);
                if (given is double value)
                {
                    writer.WriteNumber("given", value);
                }
            });
            if (!isQuiet)
            {
                string what = given is double value ? $"{Value(value)} {sheet.Questions[index].Unit}".TrimEnd() : "no answer";
                WriteLine($"{outcome,-7} {index + 1}  {what}");
            }
        }

        events?.Write("grade", writer =>
        {
            writer.WriteString("exercise", KebabName.Of(sheet.Name));
            writer.WriteString("student", sheet.Student);
            writer.WriteNumber("marks", marks);
            writer.WriteNumber("of", answers.Length);
            writer.WriteBoolean("passed", marks == answers.Length);
        });
        WriteLine($"{marks} of {answers.Length} marks");
        if (events is null)
        {
            Flush();
        }

        return marks == answers.Length ? ExitCode.Confirmed : ExitCode.ExpectationFailed;
    }

    private bool IsRight(int question, double? given) => given is double value && sheet.Questions[question].IsRight(value);

    private void PrintObjects(JsonEvents to, bool hasAnswers)
    {
        to.Write("exercise", writer =>
        {
            writer.WriteString("exercise", KebabName.Of(sheet.Name));
            writer.WriteString("student", sheet.Student);
            writer.WriteString("title", sheet.Title);
            writer.WriteString("task", string.Join(' ', sheet.Task));
        });
        for (int index = 0; index < sheet.Questions.Count; index++)
        {
            ExerciseQuestion question = sheet.Questions[index];
            int number = index + 1;
            to.Write("question", writer =>
            {
                writer.WriteNumber("question", number);
                writer.WriteString("text", question.Text);
                if (!question.IsCount)
                {
                    writer.WriteString("unit", question.Unit);
                }

                if (hasAnswers)
                {
                    writer.WriteNumber("answer", question.Answer);
                    writer.WriteString("reason", question.Reason);
                }
            });
        }

        foreach (LabSettings experiment in hasAnswers ? sheet.Experiments : [])
        {
            to.Write("experiment", writer => writer.WriteString("command", LabCommand.Of(experiment)));
        }
    }

    private static string Value(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    private void WriteWrapped(string sentence, string first = "", string rest = "")
    {
        string indent = first;
        foreach (string line in WrappedText.Lines(sentence, context.Console.OutputColumns - rest.Length))
        {
            WriteLine(indent + line);
            indent = rest;
        }
    }

    private void WriteLine(string line) => _text.Append(line).Append('\n');

    private void Flush() => context.Console.WriteText(_text.ToString());
}
