using System.Globalization;
using System.Text.Json;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Scenarios;

/// <summary>
/// The lines of a log of decisions (docs/link.md): one object for each decision, and nothing in it that depends on when it was taken, so that
/// two runs with one seed have the same lines. What is not there did not happen: a datagram of four fields passed as it came.
/// </summary>
internal static class DecisionLine
{
    /// <summary>The version of the form.</summary>
    public const int Version = 1;

    /// <summary>The longest line that is read, in bytes.</summary>
    public const int MaxBytes = 1_024;

    /// <summary>Writes the first line of a log.</summary>
    /// <param name="writer">Takes the properties of the object.</param>
    /// <param name="seed">Decided every draw.</param>
    public static void WriteBegin(Utf8JsonWriter writer, ulong seed)
    {
        writer.WriteNumber("version"u8, Version);
        writer.WriteNumber("seed"u8, seed);
    }

    /// <summary>Writes a decision.</summary>
    /// <param name="writer">Takes the properties of the object.</param>
    /// <param name="note">The decision.</param>
    /// <param name="proxy">The name of the proxy; null where there is one link.</param>
    public static void Write(Utf8JsonWriter writer, in LinkNote note, string? proxy = null)
    {
        if (proxy is not null)
        {
            writer.WriteString("proxy"u8, proxy);
        }

        writer.WriteString("direction"u8, KebabName.Of(note.Direction));
        writer.WriteNumber("client"u8, note.Client);
        writer.WriteNumber("unit"u8, note.Unit);
        writer.WriteNumber("length"u8, note.Length);
        LinkVerdict verdict = note.Verdict;
        WriteFault(writer, "fault", verdict.Drop);
        WriteTime(writer, "delay_ns", verdict.DelayNanoseconds);
        WriteTime(writer, "held_back_ns", verdict.HeldBackNanoseconds);
        WriteDamage(writer, "damage", "damage_seed", verdict.Damage, verdict.DamageSeed);
        if (verdict.IsTwice)
        {
            writer.WriteNumber("second_delay_ns"u8, verdict.SecondDelayNanoseconds);
            WriteDamage(writer, "second_damage", "second_damage_seed", verdict.SecondDamage, verdict.SecondDamageSeed);
        }
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line as UTF-8, without its end.</param>
    /// <param name="note">The decision, where the line is one.</param>
    /// <returns>False where it is another event.</returns>
    /// <exception cref="FormatException">It is none; the message says why, in lower case and without a full stop.</exception>
    public static bool TryRead(ReadOnlyMemory<byte> line, out LinkNote note)
    {
        note = default;
        if (line.Length > MaxBytes)
        {
            throw new FormatException($"it is longer than {MaxBytes} bytes");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("event"u8, out JsonElement name))
            {
                throw new FormatException("it is no event");
            }

            if (!name.ValueEquals("decision"u8))
            {
                return false;
            }

            bool isTwice = root.TryGetProperty("second_delay_ns"u8, out _);
            note = new LinkNote(
                Word<LinkDirection>(root, "direction") ?? throw new FormatException("it has no direction"),
                Number(root, "client") ?? throw new FormatException("it has no client"),
                Number(root, "unit") ?? throw new FormatException("it has no unit"),
                (int)Math.Min(Number(root, "length") ?? 0, int.MaxValue),
                new LinkVerdict
                {
                    Drop = Word<LinkFault>(root, "fault") ?? LinkFault.None,
                    DelayNanoseconds = Time(root, "delay_ns"),
                    HeldBackNanoseconds = Time(root, "held_back_ns"),
                    Damage = Word<LinkFault>(root, "damage") ?? LinkFault.None,
                    DamageSeed = Seed(root, "damage_seed"),
                    IsTwice = isTwice,
                    SecondDelayNanoseconds = Time(root, "second_delay_ns"),
                    SecondDamage = Word<LinkFault>(root, "second_damage") ?? LinkFault.None,
                    SecondDamageSeed = Seed(root, "second_damage_seed"),
                },
                NowNanoseconds: 0);
            return true;
        }
        catch (JsonException exception)
        {
            throw new FormatException("it is no JSON", exception);
        }
        catch (InvalidOperationException exception)
        {
            // A string whose bytes, or escapes, are no text.
            throw new FormatException("it has a string that is no text in UTF-8", exception);
        }
    }

    private static void WriteFault(Utf8JsonWriter writer, string name, LinkFault fault)
    {
        if (fault != LinkFault.None)
        {
            writer.WriteString(name, KebabName.Of(fault));
        }
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, long nanoseconds)
    {
        if (nanoseconds != 0)
        {
            writer.WriteNumber(name, nanoseconds);
        }
    }

    private static void WriteDamage(Utf8JsonWriter writer, string name, string seedName, LinkFault damage, ulong seed)
    {
        WriteFault(writer, name, damage);
        if (damage != LinkFault.None)
        {
            // Not as a number: many readers hold numbers of 53 bits.
            writer.WriteString(seedName, seed.ToString("x16", CultureInfo.InvariantCulture));
        }
    }

    private static TEnum? Word<TEnum>(JsonElement root, string name)
        where TEnum : struct, Enum
    {
        if (!root.TryGetProperty(name, out JsonElement word))
        {
            return null;
        }

        foreach (TEnum value in Enum.GetValues<TEnum>())
        {
            if (word.ValueKind == JsonValueKind.String && word.ValueEquals(KebabName.Of(value)))
            {
                return value;
            }
        }

        throw new FormatException($"its {name} is none that is known");
    }

    private static long? Number(JsonElement root, string name) =>
        !root.TryGetProperty(name, out JsonElement number) ? null
        : number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out long value) && value >= 0 ? value
        : throw new FormatException($"its {name} is no whole number");

    private static long Time(JsonElement root, string name) => Number(root, name) is not { } time ? 0
        : time <= LinkOptions.MaximumDelayNanoseconds * 2 ? time
        : throw new FormatException($"its {name} is longer than any that a link draws");

    private static ulong Seed(JsonElement root, string name) =>
        !root.TryGetProperty(name, out JsonElement number) ? 0
        : number.ValueKind == JsonValueKind.String
            && ulong.TryParse(number.GetString(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value) ? value
        : throw new FormatException($"its {name} is none of 16 hexadecimal digits");
}
