using System.Buffers;
using System.Text.Json;
using Aldis.Protocols.Toxics;

namespace Aldis.Services.LinkApi;

/// <summary>An answer of the API, without HTTP.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">JSON; empty where there is none.</param>
internal sealed record LinkApiAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>Done, and there is nothing to say.</summary>
    public static LinkApiAnswer NoContent { get; } = new(204, default);

    /// <summary>An answer that says something.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="write">Writes one value.</param>
    /// <returns>The answer.</returns>
    public static LinkApiAnswer Of(int status, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
        {
            write(writer);
        }

        body.Write("\n"u8);
        return new LinkApiAnswer(status, body.WrittenMemory);
    }

    /// <summary>A refusal.</summary>
    /// <param name="refusal">Why.</param>
    /// <returns>The answer.</returns>
    public static LinkApiAnswer Of(ApiRefusalException refusal) => Of(refusal.Status, writer =>
    {
        writer.WriteStartObject();
        WriteFields(writer, refusal);
        writer.WriteEndObject();
    });

    /// <summary>Writes the fields of a refusal into an object.</summary>
    /// <param name="writer">Takes them.</param>
    /// <param name="refusal">Why.</param>
    public static void WriteFields(Utf8JsonWriter writer, ApiRefusalException refusal)
    {
        writer.WriteString("error"u8, refusal.Error);
        writer.WriteNumber("status"u8, refusal.Status);
        if (refusal.Detail is string detail)
        {
            writer.WriteString("detail"u8, detail);
        }
    }
}
