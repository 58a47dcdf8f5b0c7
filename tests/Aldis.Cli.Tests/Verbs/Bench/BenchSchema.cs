using System.Text.Json;

namespace Aldis.Cli.Tests.Verbs.Bench;

/// <summary>Holds what is printed against docs/bench.schema.json: the words of JSON Schema that stand there, and no others.</summary>
internal sealed class BenchSchema
{
    private readonly JsonElement _root;

    private BenchSchema(JsonElement root) => _root = root;

    public static BenchSchema Read()
    {
        string? directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory!, "Aldis.slnx")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return new BenchSchema(JsonDocument.Parse(File.ReadAllText(Path.Combine(directory!, "docs", "bench.schema.json"))).RootElement);
    }

    /// <summary>What is wrong with a value, each with where it is; nothing where it is as the schema says.</summary>
    public IReadOnlyList<string> WhyNot(JsonElement value) => [.. WhyNot(value, _root, "summary")];

    private IEnumerable<string> WhyNot(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            schema = _root.GetProperty("$defs").GetProperty(reference.GetString()!["#/$defs/".Length..]);
        }

        if (schema.TryGetProperty("oneOf", out JsonElement choices))
        {
            string[][] found = [.. choices.EnumerateArray().Select(choice => WhyNot(value, choice, path).ToArray())];
            return found.Count(static one => one.Length == 0) == 1 ? [] : found.MinBy(static one => one.Length)!;
        }

        return WhyNotOne(value, schema, path);
    }

    private IEnumerable<string> WhyNotOne(JsonElement value, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("const", out JsonElement constant) && constant.GetRawText() != value.GetRawText())
        {
            yield return $"{path} is {value.GetRawText()}, not {constant.GetRawText()}";
        }

        if (schema.TryGetProperty("enum", out JsonElement words) && !words.EnumerateArray().Any(word => word.GetRawText() == value.GetRawText()))
        {
            yield return $"{path} is {value.GetRawText()}";
        }

        if (schema.TryGetProperty("type", out JsonElement type) && !IsOf(value, type.GetString()!))
        {
            yield return $"{path} is {value.ValueKind}, not {type}";
            yield break;
        }

        if (schema.TryGetProperty("items", out JsonElement items))
        {
            foreach (string reason in value.EnumerateArray().SelectMany((item, index) => WhyNot(item, items, $"{path}[{index}]")))
            {
                yield return reason;
            }
        }

        if (!schema.TryGetProperty("properties", out JsonElement properties))
        {
            yield break;
        }

        foreach (JsonProperty property in value.EnumerateObject())
        {
            if (!properties.TryGetProperty(property.Name, out JsonElement inner))
            {
                yield return $"{path}.{property.Name} is not described";
                continue;
            }

            foreach (string reason in WhyNot(property.Value, inner, $"{path}.{property.Name}"))
            {
                yield return reason;
            }
        }

        foreach (JsonElement required in schema.GetProperty("required").EnumerateArray())
        {
            if (!value.TryGetProperty(required.GetString()!, out _))
            {
                yield return $"{path}.{required.GetString()} is missing";
            }
        }
    }

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => value.ValueKind == JsonValueKind.Number,
    };
}
