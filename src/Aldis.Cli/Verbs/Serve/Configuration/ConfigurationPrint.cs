using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>The effective configuration as one JSON object, with the source of each value.</summary>
internal static class ConfigurationPrint
{
    /// <summary>Prints it.</summary>
    /// <param name="configuration">What is set.</param>
    /// <returns>UTF-8 with a line feed at its end: sections, in them settings, each with <c>value</c>, <c>source</c> and where it is not a
    /// default <c>place</c>. No setting is a secret: these are in files of their own, of which the names are told.</returns>
    public static byte[] Of(ServeConfiguration configuration)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            writer.WriteStartObject();
            foreach (IGrouping<string, Setting> section in configuration.Settings.GroupBy(static setting => setting.Section))
            {
                writer.WriteStartObject(section.Key);
                foreach (Setting setting in section)
                {
                    writer.WriteStartObject(setting.Name);
                    writer.WritePropertyName("value");
                    WriteValue(writer, setting, configuration.TextOf(setting));
                    (string source, string place) = configuration.SourceOf(setting);
                    writer.WriteString("source", source);
                    if (place.Length > 0)
                    {
                        writer.WriteString("place", place);
                    }

                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    /// <summary>Writes a value in the type that it has in a file.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="setting">What it is of.</param>
    /// <param name="text">The value; null where there is none.</param>
    public static void WriteValue(Utf8JsonWriter writer, Setting setting, string? text)
    {
        switch (setting.Kind)
        {
            case SettingKind.Words:
                writer.WriteStartArray();
                foreach (string word in WordsSetting.Split(text ?? string.Empty))
                {
                    writer.WriteStringValue(word);
                }

                writer.WriteEndArray();
                break;
            case var _ when text is null:
                writer.WriteNullValue();
                break;
            case SettingKind.Flag:
                writer.WriteBooleanValue(bool.Parse(text));
                break;
            case SettingKind.Whole:
                writer.WriteNumberValue(long.Parse(text, CultureInfo.InvariantCulture));
                break;
            default:
                writer.WriteStringValue(text);
                break;
        }
    }
}
