using Aldis.Protocols.Impairment;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Scenarios;

/// <summary>One moment of a script and what happens then.</summary>
/// <param name="At">When, from the start.</param>
/// <param name="Direction">In which direction; null for both.</param>
/// <param name="Changes">What, in order.</param>
/// <param name="Text">How it was written.</param>
internal sealed record ScriptStep(TimeSpan At, LinkDirection? Direction, IReadOnlyList<LinkChange> Changes, string Text);

/// <summary>
/// What happens to a link, and when: <c>at 5s loss 30%; at 8s cut; at 10s restore</c>. Steps are set apart by semicolons or lines, changes of
/// a step by commas; <c>to-target</c> or <c>to-client</c> behind the time is for one direction; what stands behind a <c>#</c> is for people.
/// </summary>
internal sealed class LinkScript
{
    /// <summary>The longest script, in characters.</summary>
    public const int MaxLength = 64 << 10;

    /// <summary>The most steps of a script.</summary>
    public const int MaxSteps = 1_000;

    private static readonly char[] Ends = [';', '\n', '#'];

    private LinkScript(IReadOnlyList<ScriptStep> steps) => Steps = steps;

    /// <summary>The steps, in the order of their times.</summary>
    public IReadOnlyList<ScriptStep> Steps { get; }

    /// <summary>Reads a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="source">What it is called in a refusal: an option, or a file.</param>
    /// <returns>The script.</returns>
    /// <exception cref="FormatException">It is none; the message is one sentence that names line and column, both from 1.</exception>
    public static LinkScript Read(string text, string source)
    {
        if (text.Length > MaxLength)
        {
            throw new FormatException($"{source} has {text.Length} characters, and a script may have {MaxLength}.");
        }

        var steps = new List<ScriptStep>();
        int line = 1;
        int lineStart = 0;
        int position = 0;
        while (position < text.Length)
        {
            int end = text.IndexOfAny(Ends, position);
            end = end < 0 ? text.Length : end;
            List<ScriptToken> tokens = Tokens(text, position, end);
            if (tokens.Count > 0)
            {
                int start = lineStart;
                int number = line;
                Add(steps, tokens, text[tokens[0].Position..end].TrimEnd(), (at, why) => new FormatException(
                    FormattableString.Invariant($"{source}, line {number}, column {at - start + 1}: {why}")));
            }

            position = end;
            if (position < text.Length && text[position] == '#')
            {
                int next = text.IndexOf('\n', position);
                position = next < 0 ? text.Length : next;
            }

            if (position < text.Length && text[position] == '\n')
            {
                line++;
                lineStart = position + 1;
            }

            position++;
        }

        return steps.Count > 0 ? new LinkScript(steps) : throw new FormatException(
            $"{source} has no step: write 'at 5s loss 30%; at 8s cut; at 10s restore'.");
    }

    private static void Add(List<ScriptStep> steps, List<ScriptToken> tokens, string text, Func<int, string, FormatException> wrong)
    {
        if (steps.Count == MaxSteps)
        {
            throw wrong(tokens[0].Position, $"this is one step more than the {MaxSteps} that a script may have.");
        }

        if (tokens[0].Text != "at")
        {
            throw wrong(tokens[0].Position, $"a step begins with 'at', as in 'at 5s loss 30%', and not with '{PrintableText.Escape(tokens[0].Text)}'.");
        }

        ScriptToken time = At(tokens, 1, wrong, "a time, such as 5s, is missing behind 'at'.");
        if (!Quantity.TryParseDuration(time.Text, out TimeSpan when))
        {
            throw wrong(time.Position, $"'{PrintableText.Escape(time.Text)}' is no time such as 5s{UnitText.EndWithoutUnit(time.Text)}");
        }

        if (steps.Count > 0 && when < steps[^1].At)
        {
            throw wrong(time.Position, $"{time.Text} lies before the step above: steps come in the order of their times.");
        }

        LinkDirection? direction = tokens.Count < 3 ? null : tokens[2].Text switch
        {
            "to-target" => LinkDirection.ToTarget,
            "to-client" => LinkDirection.ToClient,
            _ => null,
        };
        var changes = new List<LinkChange>();
        int index = direction is null ? 2 : 3;
        do
        {
            ScriptToken word = At(tokens, index, wrong, "what happens is missing, such as 'loss 30%' or 'cut'.");
            string[] values = [.. tokens.Skip(index + 1).TakeWhile(static token => token.Text != ",").Select(static token => token.Text)];
            try
            {
                changes.Add(LinkWords.Read(LinkWords.OfScripts, word.Text, values));
            }
            catch (FormatException exception)
            {
                throw wrong(word.Position, exception.Message);
            }

            index += values.Length + 1;
        }
        while (index++ < tokens.Count);
        steps.Add(new ScriptStep(when, direction, changes, text));
    }

    private static ScriptToken At(List<ScriptToken> tokens, int index, Func<int, string, FormatException> wrong, string missing)
    {
        ScriptToken last = tokens[^1];
        return index < tokens.Count ? tokens[index] : throw wrong(last.Position + last.Text.Length, missing);
    }

    private static List<ScriptToken> Tokens(string text, int start, int end)
    {
        var tokens = new List<ScriptToken>();
        for (int position = start; position < end; position++)
        {
            if (char.IsWhiteSpace(text[position]))
            {
                continue;
            }

            int first = position;
            while (text[first] != ',' && position + 1 < end && !char.IsWhiteSpace(text[position + 1]) && text[position + 1] != ',')
            {
                position++;
            }

            tokens.Add(new ScriptToken(text[first..(position + 1)], first));
        }

        return tokens;
    }

    private readonly record struct ScriptToken(string Text, int Position);
}
