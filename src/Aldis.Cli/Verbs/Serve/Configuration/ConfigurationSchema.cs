using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>The JSON schema of a configuration file, docs/aldis.schema.json.</summary>
internal static class ConfigurationSchema
{
    /// <summary>Writes it.</summary>
    /// <param name="settings">All settings there are.</param>
    /// <returns>UTF-8, with a line feed at its end.</returns>
    public static byte[] Of(IEnumerable<Setting> settings)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            writer.WriteStartObject();
            writer.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            writer.WriteString("title", "Configuration of aldis serve");
            writer.WriteString("type", "object");
            writer.WriteBoolean("additionalProperties", value: false);
            writer.WriteStartObject("properties");
            writer.WriteStartObject("$schema");
            writer.WriteString("type", "string");
            writer.WriteEndObject();
            foreach (IGrouping<string, Setting> section in settings.GroupBy(static setting => setting.Section).OrderBy(static one => one.Key, StringComparer.Ordinal))
            {
                writer.WriteStartObject(section.Key);
                writer.WriteString("type", "object");
                writer.WriteBoolean("additionalProperties", value: false);
                writer.WriteStartObject("properties");
                foreach (Setting setting in section)
                {
                    WriteSetting(writer, setting);
                }

                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteSetting(Utf8JsonWriter writer, Setting setting)
    {
        const string SizePattern = "^[0-9]+[KMGkmg]?$";
        const string TimePattern = "^(0|[0-9]+(\\.[0-9]+)?(us|ms|s|m|h|d))$";
        writer.WriteStartObject(setting.Name);
        writer.WriteString("description", setting.Description);
        switch (setting.Kind)
        {
            case SettingKind.Flag:
                writer.WriteString("type", "boolean");
                break;
            case SettingKind.Whole:
                writer.WriteString("type", "integer");
                WriteBounds(writer, setting);
                break;
            case SettingKind.Size:
                WriteTypes(writer, "integer", "string");
                WriteBounds(writer, setting);
                writer.WriteString("pattern", SizePattern);
                break;
            case SettingKind.Time:
                writer.WriteString("type", "string");
                writer.WriteString("pattern", TimePattern);
                break;
            case SettingKind.Choice:
                writer.WriteStartArray("enum");
                foreach (string choice in setting.Choices)
                {
                    writer.WriteStringValue(choice);
                }

                writer.WriteEndArray();
                break;
            case SettingKind.Words:
                writer.WriteString("type", "array");
                writer.WriteStartObject("items");
                writer.WriteString("type", "string");
                writer.WriteEndObject();
                break;
            default:
                writer.WriteString("type", "string");
                break;
        }

        if (setting is { Default: not null, DefaultSaid: null })
        {
            writer.WritePropertyName("default");
            ConfigurationPrint.WriteValue(writer, setting, setting.Default);
        }

        writer.WriteEndObject();
    }

    private static void WriteTypes(Utf8JsonWriter writer, params ReadOnlySpan<string> types)
    {
        writer.WriteStartArray("type");
        foreach (string type in types)
        {
            writer.WriteStringValue(type);
        }

        writer.WriteEndArray();
    }

    private static void WriteBounds(Utf8JsonWriter writer, Setting setting)
    {
        if (setting.Least is { } least)
        {
            writer.WriteNumber("minimum", least);
        }

        if (setting.Most is { } most)
        {
            writer.WriteNumber("maximum", most);
        }
    }
}
