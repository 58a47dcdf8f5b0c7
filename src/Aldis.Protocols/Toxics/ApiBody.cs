using System.Buffers;
using System.Text.Json;

namespace Aldis.Protocols.Toxics;

/// <summary>
/// Reads the bodies of requests as toxiproxy does: the case of names counts for nothing, the last of two fields with one name counts, and
/// fields that are not known are passed over. What has the wrong type is refused.
/// </summary>
internal static class ApiBody
{
    /// <summary>The longest body, in bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>The longest name of a proxy or a toxic, in UTF-16 code units.</summary>
    public const int MaxNameLength = 200;

    // An array of proxies with their toxics and attributes has a depth of 5.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 16 };

    /// <summary>Reads a body.</summary>
    /// <param name="body">All of it.</param>
    /// <returns>The document; its owner disposes of it.</returns>
    /// <exception cref="ApiRefusalException">It is no JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            throw ApiRefusalException.BadBody("it is empty");
        }

        try
        {
            RequireText(body.Span);
            return JsonDocument.Parse(body, Options);
        }
        catch (JsonException exception)
        {
            throw ApiRefusalException.BadBody(
                FormattableString.Invariant($"it is no JSON, see line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}"));
        }
        catch (InvalidOperationException)
        {
            // A string whose bytes, or escapes, are no text.
            throw ApiRefusalException.BadBody("it has a string that is no text in UTF-8");
        }
    }

    // A document decodes a string when it is asked for it, and then it would be too late for a sentence.
    private static void RequireText(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        while (reader.Read())
        {
            _ = reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? reader.GetString() : null;
        }
    }

    /// <summary>Requires an object.</summary>
    /// <param name="element">What is there.</param>
    /// <param name="what">What it is called in a refusal.</param>
    /// <exception cref="ApiRefusalException">It is none.</exception>
    public static void RequireObject(JsonElement element, string what)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw ApiRefusalException.BadBody($"{what} is {Article(element.ValueKind)}, and must be an object");
        }
    }

    /// <summary>A field of an object.</summary>
    /// <param name="element">The object.</param>
    /// <param name="name">The field's name.</param>
    /// <returns>Its value; null where it is missing or <c>null</c>.</returns>
    public static JsonElement? Field(JsonElement element, string name)
    {
        JsonElement? found = null;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                found = property.Value;
            }
        }

        return found is { ValueKind: JsonValueKind.Null } ? null : found;
    }

    /// <summary>A field that holds text.</summary>
    /// <inheritdoc cref="Field" path="/param"/>
    /// <returns>The text; null where it is missing.</returns>
    /// <exception cref="ApiRefusalException">It is no text, or half of a surrogate pair.</exception>
    public static string? Text(JsonElement element, string name)
    {
        if (Field(element, name) is not { } field)
        {
            return null;
        }

        Require(field.ValueKind == JsonValueKind.String, name, field, "a string");
        try
        {
            return field.GetString();
        }
        catch (InvalidOperationException)
        {
            throw ApiRefusalException.BadBody($"{name} is a string of which one character is no Unicode");
        }
    }

    /// <summary>A field that is true or false.</summary>
    /// <inheritdoc cref="Field" path="/param"/>
    /// <returns>Its value; null where it is missing.</returns>
    /// <exception cref="ApiRefusalException">It is neither.</exception>
    public static bool? Truth(JsonElement element, string name)
    {
        if (Field(element, name) is not { } field)
        {
            return null;
        }

        Require(field.ValueKind is JsonValueKind.True or JsonValueKind.False, name, field, "true or false");
        return field.GetBoolean();
    }

    /// <summary>A field that holds a number.</summary>
    /// <inheritdoc cref="Field" path="/param"/>
    /// <returns>The number, finite; null where it is missing.</returns>
    /// <exception cref="ApiRefusalException">It is none, or beyond what a double holds.</exception>
    public static double? Number(JsonElement element, string name)
    {
        if (Field(element, name) is not { } field)
        {
            return null;
        }

        Require(field.ValueKind == JsonValueKind.Number, name, field, "a number");
        Require(field.TryGetDouble(out double number) && double.IsFinite(number), name, field, "a number that can be held");
        return number;
    }

    /// <summary>A field that holds a seed.</summary>
    /// <inheritdoc cref="Field" path="/param"/>
    /// <returns>The seed; null where it is missing.</returns>
    /// <exception cref="ApiRefusalException">It is no whole number of 64 bits.</exception>
    public static ulong? Seed(JsonElement element, string name)
    {
        if (Field(element, name) is not { } field)
        {
            return null;
        }

        ulong seed = 0;
        Require(field.ValueKind == JsonValueKind.Number && field.TryGetUInt64(out seed), name, field, "a whole number from 0 to 2^64 - 1");
        return seed;
    }

    /// <summary>Requires a name that a path can carry.</summary>
    /// <param name="name">The name, not empty.</param>
    /// <param name="what">What it is the name of.</param>
    /// <exception cref="ApiRefusalException">It is too long, or no request could name it.</exception>
    public static void RequireName(string name, string what)
    {
        if (name.Length > MaxNameLength)
        {
            throw ApiRefusalException.BadBody($"the name of the {what} has {name.Length} characters, and may have {MaxNameLength}");
        }

        if (name is "." or ".." || name.Any(static character => char.IsControl(character) || character == '/'))
        {
            throw ApiRefusalException.BadBody($"the name of the {what} is '.' or '..' or has a slash or a control character, and no path could name it");
        }
    }

    private static void Require(bool isRight, string name, JsonElement field, string wanted)
    {
        if (!isRight)
        {
            throw ApiRefusalException.BadBody($"{name} is {Article(field.ValueKind)}, and must be {wanted}");
        }
    }

    private static string Article(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
