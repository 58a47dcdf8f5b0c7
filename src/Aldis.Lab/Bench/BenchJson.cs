using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aldis.Lab.Bench;

/// <summary>Reads and writes reports in the form of docs/bench.schema.json, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LoadReport))]
[JsonSerializable(typeof(ComparisonReport))]
internal sealed partial class BenchJson : JsonSerializerContext
{
    /// <summary>Adds what a report says to an object that is open.</summary>
    /// <param name="writer">Writes the object.</param>
    /// <param name="report">The report.</param>
    public static void WriteProperties(Utf8JsonWriter writer, LoadReport report) =>
        WriteProperties(writer, JsonSerializer.SerializeToElement(report, Default.LoadReport));

    /// <inheritdoc cref="WriteProperties(Utf8JsonWriter, LoadReport)"/>
    public static void WriteProperties(Utf8JsonWriter writer, ComparisonReport report) =>
        WriteProperties(writer, JsonSerializer.SerializeToElement(report, Default.ComparisonReport));

    private static void WriteProperties(Utf8JsonWriter writer, JsonElement element)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            property.WriteTo(writer);
        }
    }
}
