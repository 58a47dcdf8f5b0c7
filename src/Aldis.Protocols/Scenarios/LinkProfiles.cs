using System.Text.Json;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Scenarios;

/// <summary>
/// Networks by their names. Each half of a round trip is taken for one way. Rates of the mobile and the fixed ones are those of the profiles
/// of WebPageTest, which sitespeed.io's throttle has too; loss, which they leave out, is comcast's.
/// </summary>
internal static class LinkProfiles
{
    /// <summary>The longest text of a file of profiles, in bytes.</summary>
    public const int MaxBytes = 64 << 10;

    /// <summary>Those that are known to everybody.</summary>
    public static IReadOnlyList<LinkProfile> Known { get; } =
    [
        new(
            "3g",
            Path(75, "768kbit", 0.015),
            Path(75, "1.6Mbit", 0.015),
            "rates and 150 ms round trip: throttle (sitespeed.io), 3g; loss: comcast, 3G/HSDPA (good)"),
        new(
            "edge",
            Path(210, "200kbit", 0.015),
            Path(210, "240kbit", 0.015),
            "rates and 420 ms round trip: throttle (sitespeed.io), edge; loss: comcast, EDGE (good)"),
        new(
            "dsl",
            Path(12.5, "384kbit", 0.005),
            Path(12.5, "1.5Mbit", 0.005),
            "rates and 25 ms round trip: throttle (sitespeed.io), dsl; loss: comcast, DSL (good)"),
        new("wifi", Path(20, "30Mbit", 0.002), Path(20, "30Mbit", 0.002), "comcast, WIFI (good), its 40 ms taken for the round trip"),
        new(
            "satellite",
            Path(300, "10Mbit", 0),
            Path(300, "100Mbit", 0),
            "a geostationary subscription of 100/10 Mbit/s and some 600 ms round trip: Michel et al., A First Look at Starlink Performance, IMC 2022"),
        new(
            "starlink",
            Path(25, "13.54Mbit", 0.025, 10.5),
            Path(25, "87.25Mbit", 0.025, 10.5),
            "round trip of 50 ms, quartiles 40 and 60 ms: Michel et al., IMC 2022; rates: medians of Ookla for Q3 2021; loss: comcast, Starlink"),
        new("lossy10", Path(10, "0bit", 0.1), Path(10, "0bit", 0.1), "no network: 10 % loss each way and 20 ms round trip, for lectures and tests"),
    ];

    /// <summary>Finds a profile.</summary>
    /// <param name="profiles">Those there are.</param>
    /// <param name="name">Its name; the case of letters counts for nothing.</param>
    /// <returns>The profile.</returns>
    /// <exception cref="FormatException">There is none; the message begins in lower case.</exception>
    public static LinkProfile Get(IReadOnlyList<LinkProfile> profiles, string name)
    {
        string[] names = [.. profiles.Select(static one => one.Name)];
        return profiles.FirstOrDefault(one => one.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? throw new FormatException(
            $"there is no profile '{PrintableText.Escape(name)}'{NearestName.End(name, names)} Known are {string.Join(", ", names)}.");
    }

    /// <summary>
    /// Reads profiles of one's own: an object with a profile under each name, and in it <c>to_target</c>, <c>to_client</c> or <c>both</c>,
    /// with the words of <see cref="LinkWords.OfProfiles"/> as fields and what stands behind them as text; <c>source</c> is for people.
    /// </summary>
    /// <param name="json">The text as UTF-8.</param>
    /// <param name="file">What it is called in a refusal.</param>
    /// <returns>The profiles.</returns>
    /// <exception cref="FormatException">They are none; the message is one sentence.</exception>
    public static IReadOnlyList<LinkProfile> Read(ReadOnlyMemory<byte> json, string file)
    {
        if (json.Length > MaxBytes)
        {
            throw new FormatException($"{file} has more than {MaxBytes} bytes, the most that profiles may have.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                ? [.. root.EnumerateObject().Select(profile => ReadProfile(profile, file))]
                : throw new FormatException($"{file} is no object with a profile under each name.");
        }
        catch (JsonException exception)
        {
            throw new FormatException(
                FormattableString.Invariant($"{file} is no JSON: see line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}."),
                exception);
        }
        catch (InvalidOperationException exception)
        {
            // A string whose bytes, or escapes, are no text.
            throw new FormatException($"{file} has a string that is no text in UTF-8.", exception);
        }
    }

    private static LinkProfile ReadProfile(JsonProperty profile, string file)
    {
        string place = $"{file}, profile '{PrintableText.Escape(profile.Name)}'";
        if (profile.Value.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{place}: it is no object with to_target, to_client or both.");
        }

        LinkFaults toTarget = LinkFaults.None;
        LinkFaults toClient = LinkFaults.None;
        string source = "one's own";
        foreach (JsonProperty part in profile.Value.EnumerateObject())
        {
            switch (part.Name)
            {
                case "both":
                    toTarget = ReadFaults(part, toTarget, LinkDirection.ToTarget, place);
                    toClient = ReadFaults(part, toClient, LinkDirection.ToClient, place);
                    break;
                case "to_target":
                    toTarget = ReadFaults(part, toTarget, LinkDirection.ToTarget, place);
                    break;
                case "to_client":
                    toClient = ReadFaults(part, toClient, LinkDirection.ToClient, place);
                    break;
                case "source" when part.Value.ValueKind == JsonValueKind.String:
                    source = part.Value.GetString()!;
                    break;
                default:
                    throw new FormatException($"{place}: '{PrintableText.Escape(part.Name)}' is none of to_target, to_client, both and source.");
            }
        }

        return new LinkProfile(profile.Name, toTarget, toClient, source);
    }

    private static LinkFaults ReadFaults(JsonProperty part, LinkFaults faults, LinkDirection direction, string place)
    {
        if (part.Value.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException($"{place}, {part.Name}: it is no object of words such as \"delay\": \"50ms\".");
        }

        foreach (JsonProperty word in part.Value.EnumerateObject())
        {
            string text = word.Value.ValueKind == JsonValueKind.String ? word.Value.GetString()! : word.Value.GetRawText();
            try
            {
                LinkChange change = LinkWords.Read(LinkWords.OfProfiles, word.Name, text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
                faults = change(direction, faults, LinkFaults.None);
            }
            catch (FormatException exception)
            {
                throw new FormatException($"{place}, {part.Name}: {exception.Message}", exception);
            }
        }

        return faults;
    }

    private static LinkFaults Path(double milliseconds, string rate, double loss, double jitterMilliseconds = 0) => new()
    {
        Delay = TimeSpan.FromMilliseconds(milliseconds),
        BitsPerSecond = Quantity.TryParseRate(rate, out long bitsPerSecond) ? bitsPerSecond : throw new FormatException(rate),
        Loss = loss,
        Jitter = TimeSpan.FromMilliseconds(jitterMilliseconds),
        JitterDistribution = jitterMilliseconds > 0 ? JitterDistribution.Normal : JitterDistribution.Even,
    };
}
