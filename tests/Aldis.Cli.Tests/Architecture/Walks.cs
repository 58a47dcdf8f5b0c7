using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>
/// The walks of docs/ARCHITECTURE.md, held against the code: every type named in a step is where it is said to be, whoever leads back to one that
/// was left says so, and the figures at the end are those of the steps.
/// </summary>
internal static partial class Walks
{
    /// <summary>The titles of the walks of a document: the sections that have steps.</summary>
    public static IEnumerable<string> TitlesIn(string document) => Sections(document).Select(static section => section.Title);

    /// <summary>Says what is wrong with the walks of a document.</summary>
    /// <returns>Nothing where they agree with the code and with themselves.</returns>
    public static IEnumerable<string> WrongWith(string document) => Sections(document).SelectMany(
        static section => WrongWith(section.Title, section.Text));

    private static IEnumerable<(string Title, string Text)> Sections(string document)
    {
        string walks = document.Split("\n## ").Single(static part => part.StartsWith("The walk of a byte\n", StringComparison.Ordinal));
        return walks.Split("\n### ").Skip(1).Where(static section => section.Contains("\n1. ", StringComparison.Ordinal))
            .Select(static section => (section.Split('\n')[0], section));
    }

    private static IEnumerable<string> WrongWith(string title, string text)
    {
        var left = new Dictionary<string, Type>(StringComparer.Ordinal);
        Type? last = null;
        int turns = 0;
        foreach (Match mention in Steps().Matches(text).SelectMany(static step => Mention().Matches(step.Value)))
        {
            string name = mention.Groups["name"].Value;
            bool isTurn = mention.Groups["turn"].Success;
            Type? type = left.GetValueOrDefault(name) ?? Find(name, last);
            if (type is null)
            {
                yield return $"{title}: there is no {name}{(name.Contains('/', StringComparison.Ordinal) ? "" : $" beside {last?.Name}")}";
                continue;
            }

            bool wasLeft = left.ContainsKey(type.Name);
            if (wasLeft && !isTurn)
            {
                yield return $"{title}: {name} was left, and is gone back to without a mark";
            }
            else if (isTurn && !wasLeft && (last is null || !IsAgainstTheArrows(last, type) || !left.Values.Any(each => each.Assembly == type.Assembly)))
            {
                yield return $"{title}: {name} is marked as gone back to, and was not left";
            }

            left.TryAdd(type.Name, type);
            turns += isTurn ? 1 : 0;
            last = type;
        }

        string figures = string.Create(CultureInfo.InvariantCulture, $"**{left.Count} types, {turns} turns back**");
        if (!text.Contains("\n" + figures, StringComparison.Ordinal))
        {
            yield return $"{title}: the steps have {figures}";
        }
    }

    /// <summary>A type by its folder, or by its name alone where it lies in the folder of another.</summary>
    private static Type? Find(string name, Type? beside)
    {
        string? full = name.Contains('/', StringComparison.Ordinal) ? "Aldis." + name.Replace('/', '.')
            : beside is null ? null : $"{beside.Namespace}.{name}";
        return full is null ? null : ArchitectureDocument.Rooms.Select(room => room.GetType(full)).FirstOrDefault(static type => type is not null);
    }

    /// <summary>Whether a way leads from a room into one that uses it.</summary>
    private static bool IsAgainstTheArrows(Type from, Type to) =>
        to.Assembly.GetReferencedAssemblies().Any(name => name.Name == from.Assembly.GetName().Name);

    // A step and the indented lines that belong to it.
    [GeneratedRegex(@"^\d+\. .*(\n   .*)*", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Steps();

    [GeneratedRegex(@"(?<turn>↩\s+)?`(?<name>[^`]+)`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Mention();
}
