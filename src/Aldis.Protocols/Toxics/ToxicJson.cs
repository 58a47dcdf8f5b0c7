using System.Text.Json;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Toxics;

/// <summary>Toxics as JSON, in the form of toxiproxy.</summary>
internal static class ToxicJson
{
    /// <summary>Reads a new toxic: <c>downstream</c>, toxicity 1, named by kind and stream where the body says nothing else.</summary>
    /// <param name="body">The body of the request.</param>
    /// <param name="isDatagrams">Whether the proxy is one of UDP.</param>
    /// <returns>The toxic.</returns>
    /// <exception cref="ApiRefusalException">It is none.</exception>
    public static Toxic ReadNew(JsonElement body, bool isDatagrams)
    {
        ApiBody.RequireObject(body, "a toxic");
        string streamName = ApiBody.Text(body, "stream") ?? KebabName.Of(ToxicStream.Downstream);
        ToxicStream stream = ReadStream(streamName);
        ToxicKind kind = ReadKind(ApiBody.Text(body, "type") ?? string.Empty, isDatagrams);
        string name = ApiBody.Text(body, "name") is { Length: > 0 } given ? given : $"{kind.Name}_{KebabName.Of(stream)}";
        ApiBody.RequireName(name, "toxic");
        return new Toxic(name, kind, stream, ReadToxicity(body, 1), ReadAttributes(body, kind, [.. kind.Attributes.Select(static one => one.Default)]));
    }

    /// <summary>Reads a change of a toxic: its attributes and its toxicity may change, and what is not named stays.</summary>
    /// <param name="body">The body of the request.</param>
    /// <param name="toxic">The toxic.</param>
    /// <returns>The toxic that it is from now on.</returns>
    /// <exception cref="ApiRefusalException">It is no change of this toxic.</exception>
    public static Toxic ReadChange(JsonElement body, Toxic toxic)
    {
        ApiBody.RequireObject(body, "a toxic");
        return toxic with { Toxicity = ReadToxicity(body, toxic.Toxicity), Values = ReadAttributes(body, toxic.Kind, [.. toxic.Values]) };
    }

    /// <summary>Writes a toxic.</summary>
    /// <param name="writer">Takes an object.</param>
    /// <param name="toxic">The toxic.</param>
    /// <param name="isDatagrams">Whether the proxy is one of UDP.</param>
    public static void Write(Utf8JsonWriter writer, Toxic toxic, bool isDatagrams)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("attributes"u8);
        for (int index = 0; index < toxic.Kind.Attributes.Count; index++)
        {
            ToxicAttribute attribute = toxic.Kind.Attributes[index];
            if (attribute.IsWhole)
            {
                writer.WriteNumber(attribute.Name, (long)toxic[index]);
            }
            else
            {
                writer.WriteNumber(attribute.Name, toxic[index]);
            }
        }

        writer.WriteEndObject();
        writer.WriteString("name"u8, toxic.Name);
        writer.WriteString("type"u8, toxic.Kind.Name);
        writer.WriteString("stream"u8, KebabName.Of(toxic.Stream));
        writer.WriteNumber("toxicity"u8, toxic.Toxicity);
        if (toxic.Note(isDatagrams) is string note)
        {
            writer.WriteString("note"u8, note);
        }

        writer.WriteEndObject();
    }

    private static ToxicStream ReadStream(string name) => name switch
    {
        "upstream" => ToxicStream.Upstream,
        "downstream" => ToxicStream.Downstream,
        _ => throw new ApiRefusalException(400, "stream was invalid, can be either upstream or downstream"),
    };

    private static ToxicKind ReadKind(string name, bool isDatagrams)
    {
        ToxicKind kind = ToxicKind.Find(name) ?? throw new ApiRefusalException(
            400,
            "invalid toxic type",
            $"There is no toxic '{PrintableText.Escape(name)}'{NearestName.End(name, ToxicKind.Names)} Known are {string.Join(", ", ToxicKind.Names)}.");
        return (isDatagrams ? kind.OnUdp : kind.OnTcp) ? kind : throw new ApiRefusalException(
            400,
            "invalid toxic type",
            isDatagrams
                ? $"The toxic {name} is one of streams, and this proxy carries datagrams."
                : $"The toxic {name} is one of datagrams, and this proxy carries streams; a proxy with \"protocol\": \"udp\" has it.");
    }

    private static double ReadToxicity(JsonElement body, double otherwise)
    {
        double toxicity = ApiBody.Number(body, "toxicity") ?? otherwise;
        return toxicity is >= 0 and <= 1 ? toxicity : throw ApiRefusalException.BadBody("toxicity is the share of connections, from 0 to 1");
    }

    private static double[] ReadAttributes(JsonElement body, ToxicKind kind, double[] values)
    {
        JsonElement? attributes = ApiBody.Field(body, "attributes");
        if (attributes is { } given)
        {
            ApiBody.RequireObject(given, "attributes");
        }

        for (int index = 0; index < values.Length; index++)
        {
            ToxicAttribute attribute = kind.Attributes[index];
            values[index] = attributes is { } fields ? ApiBody.Number(fields, attribute.Name) ?? values[index] : values[index];
            if (!attribute.Allows(values[index]))
            {
                string number = attribute.IsWhole ? "a whole number" : "a number";
                throw ApiRefusalException.BadBody(
                    FormattableString.Invariant($"{attribute.Name} of {kind.Name} is {number} from {attribute.Least} to {attribute.Most}"));
            }
        }

        return values;
    }
}
