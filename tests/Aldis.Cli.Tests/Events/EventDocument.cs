using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Aldis.Cli.Tests.Events;

/// <summary>The tables of docs/events.md, as a schema for what a verb prints.</summary>
internal sealed partial class EventDocument
{
    private readonly string _verb;
    private readonly Dictionary<string, (string Name, bool IsOptional)[]> _events = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Type, HashSet<string> Words)> _fields = new(StringComparer.Ordinal);

    private EventDocument(string verb) => _verb = verb;

    /// <summary>The names of the events.</summary>
    public IEnumerable<string> Events => _events.Keys;

    /// <summary>The words of the table of causes; empty where there is none.</summary>
    public HashSet<string> Causes { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads the section of a verb.</summary>
    public static EventDocument Of(string verb) => Of(verb, Text());

    /// <summary>Reads the section of a verb in a text that is not the document itself.</summary>
    public static EventDocument Of(string verb, string text)
    {
        string section = Regex.Split(text, "^## ", RegexOptions.Multiline, TimeSpan.FromSeconds(5))
            .Single(part => Regex.IsMatch(part, $@"^\d+\. `{verb}`\n", RegexOptions.None, TimeSpan.FromSeconds(5)));
        var document = new EventDocument(verb);
        string table = string.Empty;
        foreach (string line in section.Split('\n'))
        {
            string[] cells = [.. line.Split(" | ").Select(static cell => cell.Trim(' ', '|'))];
            if (!line.StartsWith('|'))
            {
                table = string.Empty;
            }
            else if (table.Length == 0)
            {
                table = cells[0];
            }
            else
            {
                document.Add(table, cells);
            }
        }

        return document;
    }

    /// <summary>The whole document.</summary>
    public static string Text() => Text("events.md");

    /// <summary>A file of the documentation.</summary>
    /// <param name="path">Its folders in docs/, and its name.</param>
    public static string Text(params string[] path)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Aldis.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return File.ReadAllText(Path.Combine([folder!, "docs", .. path])).ReplaceLineEndings("\n");
    }

    /// <summary>Says what is wrong with an event that the verb printed.</summary>
    /// <returns>Nothing where it is as documented.</returns>
    public IEnumerable<string> WrongWith(string line)
    {
        JsonProperty[] properties = [.. JsonDocument.Parse(line).RootElement.EnumerateObject()];
        string name = properties[0].Value.ToString();
        if (properties[0].Name != "event" || !_events.TryGetValue(name, out (string Name, bool IsOptional)[]? fields))
        {
            return [$"{_verb} has no such event: {line}"];
        }

        IEnumerable<string> missing = fields
            .Where(field => !field.IsOptional && !properties.Any(property => property.Name == field.Name))
            .Select(field => $"{name} without {field.Name}: {line}");
        IEnumerable<string> unknown = properties.Skip(1)
            .Where(property => !fields.Any(field => field.Name == property.Name))
            .Select(property => $"{name} with {property.Name}: {line}");
        IEnumerable<string> repeated = properties.GroupBy(static property => property.Name).Where(static group => group.Count() > 1)
            .Select(group => $"{name} with {group.Key} twice: {line}");
        IEnumerable<string> wrong = properties.Skip(1)
            .Where(property => _fields.TryGetValue(property.Name, out (string, HashSet<string>) field) && !Fits(property, field))
            .Select(property => $"{name} with {property.Name} of another type: {line}");
        return missing.Concat(unknown).Concat(repeated).Concat(wrong);
    }

    /// <summary>Fields that an event names and no table describes, or that are described and in no event.</summary>
    public IEnumerable<string> Dangling()
    {
        string[] used = [.. _events.Values.SelectMany(static fields => fields).Select(static field => field.Name).Distinct()];
        return used.Except(_fields.Keys).Concat(_fields.Keys.Except(used));
    }

    /// <summary>Fields that are not in lower case with underscores, and events and causes that are not in lower case with hyphens.</summary>
    public IEnumerable<string> Misnamed() => _fields.Keys.Where(static name => !FieldName().IsMatch(name))
        .Concat(_events.Keys.Concat(Causes).Where(static name => !Word().IsMatch(name)));

    /// <summary>Events that may come without a <c>time</c>.</summary>
    public IEnumerable<string> Untimed() => _events.Where(static item => !item.Value.Contains(("time", false))).Select(static item => item.Key);

    private void Add(string table, string[] cells)
    {
        string name = cells[0].Trim('`');
        if (name.StartsWith('-'))
        {
            return;
        }

        switch (table)
        {
            case "event":
                _events.Add(name, [.. Quoted().Matches(cells[2]).Select(static match => match.Groups["word"].Value)
                    .Select(static field => (field.TrimEnd('?'), field.EndsWith('?')))]);
                break;
            case "field":
                Match words = ClosedSet().Match(cells[2]);
                _fields.Add(name, (cells[1], [.. words.Groups["word"].Captures.Select(static capture => capture.Value)]));
                break;
            case "cause":
                Causes.Add(name);
                break;
        }
    }

    private bool Fits(JsonProperty property, (string Type, HashSet<string> Words) field)
    {
        HashSet<string> words = property.Name == "cause" && Causes.Count > 0 ? Causes : field.Words;
        return field.Type.Split(" or ").Any(type => Fits(property.Value, type, words));
    }

    private static bool Fits(JsonElement value, string type, HashSet<string> words)
    {
        const string ArrayOf = "array of ";
        const string ObjectOf = "object of ";
        const string ObjectWith = "object with ";
        return type switch
        {
            "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
            "number" => value.ValueKind == JsonValueKind.Number,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "null" => value.ValueKind == JsonValueKind.Null,
            "time" => DateTimeOffset.TryParseExact(
                value.ToString(), "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
            "word" => Word().IsMatch(value.ToString()) && (words.Count == 0 || words.Contains(value.ToString())),
            _ when type.StartsWith(ArrayOf, StringComparison.Ordinal) => value.ValueKind == JsonValueKind.Array
                && value.EnumerateArray().All(item => Fits(item, type[ArrayOf.Length..], words)),
            _ when type.StartsWith(ObjectOf, StringComparison.Ordinal) => value.ValueKind == JsonValueKind.Object
                && value.EnumerateObject().All(item => Fits(item.Value, type[ObjectOf.Length..], words)),
            _ when type.StartsWith(ObjectWith, StringComparison.Ordinal) => value.ValueKind == JsonValueKind.Object
                && value.EnumerateObject().Select(static item => item.Name)
                    .SequenceEqual(Quoted().Matches(type).Select(static match => match.Groups["word"].Value)),
            _ => false,
        };
    }

    [GeneratedRegex("`(?<word>[^`]+)`", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Quoted();

    /// <summary>Two words or more at the end, with nothing but a space between them.</summary>
    [GeneratedRegex("(`(?<word>[a-z0-9-]+)` ?){2,}$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex ClosedSet();

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Word();

    [GeneratedRegex("^[a-z0-9]+(_[a-z0-9]+)*$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex FieldName();
}
