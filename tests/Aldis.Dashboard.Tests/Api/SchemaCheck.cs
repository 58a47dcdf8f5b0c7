using System.Text.Json;

namespace Aldis.Dashboard.Tests.Api;

/// <summary>Holds an answer against the schema of an OpenAPI document: the properties there are, and their types.</summary>
internal sealed class SchemaCheck(JsonElement document)
{
    /// <summary>Holds an answer against a schema that has a name.</summary>
    public void CheckNamed(string name, JsonElement value) =>
        Check(name, value, document.GetProperty("components").GetProperty("schemas").GetProperty(name));

    public void Check(string where, JsonElement value, JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            schema = document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        }

        if (schema.TryGetProperty("oneOf", out JsonElement choices))
        {
            if (value.ValueKind != JsonValueKind.Null)
            {
                Check(where, value, choices[0]);
            }

            return;
        }

        JsonElement type = schema.GetProperty("type");
        string[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(static one => one.GetString()!)] : [type.GetString()!];
        Assert.True(types.Any(one => Fits(value, one)), $"{where} is {value.ValueKind}, and the document says {string.Join(" or ", types)}");
        if (value.ValueKind == JsonValueKind.Object && schema.TryGetProperty("properties", out JsonElement properties))
        {
            Assert.Equal(
                properties.EnumerateObject().Select(static one => one.Name).Order(StringComparer.Ordinal),
                value.EnumerateObject().Select(static one => one.Name).Order(StringComparer.Ordinal));
            foreach (JsonProperty property in value.EnumerateObject())
            {
                Check($"{where}.{property.Name}", property.Value, properties.GetProperty(property.Name));
            }
        }
        else if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                Check(where + "[]", item, schema.GetProperty("items"));
            }
        }
    }

    private static bool Fits(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => value.ValueKind == JsonValueKind.Number,
    };
}
