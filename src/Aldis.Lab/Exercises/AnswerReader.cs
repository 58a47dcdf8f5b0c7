using System.Globalization;
using System.Text;

namespace Aldis.Lab.Exercises;

/// <summary>Reads what a student hands in: a line for each answer, <c>1 42.5 ms</c>; <c>#</c> begins a remark.</summary>
internal static class AnswerReader
{
    private const int MostLines = 1000;
    private const int MostShown = 40;

    /// <summary>Reads the answers to the questions of a sheet.</summary>
    /// <param name="bytes">What was handed in, UTF-8.</param>
    /// <param name="sheet">The sheet.</param>
    /// <returns>An answer for each question; null where none was given.</returns>
    /// <exception cref="FormatException">A line is none.</exception>
    public static double?[] Read(ReadOnlySpan<byte> bytes, ExerciseSheet sheet)
    {
        ArgumentNullException.ThrowIfNull(sheet);
        double?[] answers = new double?[sheet.Questions.Count];
        int number = 0;
        foreach (ReadOnlySpan<char> line in Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF').AsSpan().EnumerateLines())
        {
            if (++number > MostLines)
            {
                throw new FormatException($"there are more than {MostLines} lines of answers.");
            }

            int remark = line.IndexOf('#');
            string text = (remark < 0 ? line : line[..remark]).Trim().ToString();
            if (text.Length > 0)
            {
                Take(text, number, sheet, answers);
            }
        }

        return answers;
    }

    private static void Take(string text, int line, ExerciseSheet sheet, double?[] answers)
    {
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (!int.TryParse(words[0].TrimEnd(':', '.', ')'), NumberStyles.None, CultureInfo.InvariantCulture, out int question)
            || question < 1 || question > answers.Length)
        {
            throw Wrong(line, $"it begins with the number of a question, 1 to {answers.Length}", text);
        }

        if (words.Length < 2 || !double.TryParse(words[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
        {
            throw Wrong(line, "behind the question stands a number, such as 42 or 42.5", text);
        }

        ExerciseQuestion asked = sheet.Questions[question - 1];
        string unit = string.Join(' ', words.AsSpan(2));
        if (unit.Length > 0 && unit != asked.Unit)
        {
            string wanted = asked.IsCount ? "a number without a unit" : "a number of " + asked.Unit;
            throw Wrong(line, $"the answer to question {question} is {wanted}", text);
        }

        if (answers[question - 1] is not null)
        {
            throw Wrong(line, $"question {question} is answered once", text);
        }

        answers[question - 1] = value;
    }

    private static FormatException Wrong(int line, string what, string text)
    {
        string shown = text.Length > MostShown ? text[..MostShown] + "…" : text;
        string safe = string.Concat(shown.Select(static c => char.IsControl(c) ? '?' : c));
        return new FormatException($"line {line} of the answers: {what}, not '{safe}'.");
    }
}
