using System.Globalization;
using Aldis.Protocols.Impairment;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Scenarios;

/// <summary>
/// The words for faults, one list for scripts and for profiles. A word sets what it names and leaves the rest as it is; 0 takes it away.
/// </summary>
internal static class LinkWords
{
    private static readonly TimeSpan LongestTime = TimeSpan.FromDays(1);

    private static readonly LinkWord[] Settings =
    [
        Of("loss", "loss 30%", Share(static (faults, share) => faults with { Loss = share })),
        new("burst", "burst 10% 4 (the share that is lost, and how many in a row on average), or burst 0", ReadBurst),
        Of("delay", "delay 50ms", Time(static (faults, time) => faults with { Delay = time })),
        new("jitter", "jitter 5ms, jitter 5ms normal or jitter 5ms pareto", ReadJitter),
        new("rate", "rate 1Mbit, or rate 0 for no limit", ReadRate),
        Of("queue", "queue 64K, or queue 0 for no limit", Size(static (faults, size) => faults with { QueueBytes = size })),
        Of("mtu", "mtu 576, or mtu 0 for no limit", Size(static (faults, size) => faults with { MaximumDatagramBytes = (int)size })),
        new("reorder", "reorder 5%, or reorder 5% 20ms", static values => ReadShareAndTime(
            values, static (faults, share, time) => faults with { Reorder = share, ReorderDelay = time ?? faults.ReorderDelay })),
        new("duplicate", "duplicate 5%, or duplicate 5% 20ms", static values => ReadShareAndTime(
            values, static (faults, share, time) => faults with { Duplicate = share, DuplicateDelay = time ?? faults.DuplicateDelay })),
        Of("corrupt", "corrupt 5%", Share(static (faults, share) => faults with { Corrupt = share })),
        Of("truncate", "truncate 5%", Share(static (faults, share) => faults with { Truncate = share })),
        Of("retransmission", "retransmission 200ms", Time(static (faults, time) => faults with { RetransmissionDelay = time })),
        Of("open-delay", "open-delay 2s", Time(static (faults, time) => faults with { OpenDelay = time })),
        Of("close-delay", "close-delay 2s", Time(static (faults, time) => faults with { CloseDelay = time })),
        new("slice", "slice 100, slice 100 20 (more or less) or slice 100 20 5ms (and a pause)", ReadSlice),
        Of("refuse", "refuse", Alone(static (_, faults, _) => faults with { IsRefusing = true })),
    ];

    private static readonly LinkWord[] Events =
    [
        Of("cut", "cut", Alone(static (_, faults, _) => faults with { IsCut = true })),
        Of("restore", "restore", Alone(static (_, _, initial) => initial)),
        Of("clear", "clear", Alone(static (_, _, _) => LinkFaults.None)),
        new("profile", "profile 3g", ReadProfile),
        Break(StreamBreakKind.Stall),
        Break(StreamBreakKind.HalfClose),
        Break(StreamBreakKind.Close),
        Break(StreamBreakKind.Reset),
    ];

    /// <summary>The words of profiles: what a network is like.</summary>
    public static IReadOnlyList<LinkWord> OfProfiles => Settings;

    /// <summary>The words of scripts: what a network is like, and what happens to it.</summary>
    public static IReadOnlyList<LinkWord> OfScripts { get; } = [.. Settings, .. Events];

    /// <summary>Reads a word with its values.</summary>
    /// <param name="words">The words there are.</param>
    /// <param name="name">The word.</param>
    /// <param name="values">What stands behind it.</param>
    /// <returns>What it does.</returns>
    /// <exception cref="FormatException">There is no such word, or its values are none of its; the message begins in lower case.</exception>
    public static LinkChange Read(IReadOnlyList<LinkWord> words, string name, IReadOnlyList<string> values)
    {
        LinkWord? word = words.FirstOrDefault(one => one.Name == name);
        if (word is null)
        {
            string[] names = [.. words.Select(static one => one.Name)];
            throw new FormatException(
                $"there is no word '{PrintableText.Escape(name)}'{NearestName.End(name, names)} Known are {string.Join(", ", names)}.");
        }

        LinkChange change = word.Read(values) ?? throw Wrong(word, values);
        try
        {
            change(LinkDirection.ToTarget, LinkFaults.None, LinkFaults.None).Validate();
        }
        catch (ArgumentOutOfRangeException)
        {
            throw Wrong(word, values);
        }

        return change;
    }

    private static FormatException Wrong(LinkWord word, IReadOnlyList<string> values)
    {
        string given = values.Count == 0 ? "nothing" : $"'{PrintableText.Escape(string.Join(' ', values))}'";
        string end = values.Count == 0 ? "." : UnitText.EndWithoutUnit(values[0]);
        return new FormatException($"{word.Name} is written {word.Usage}, and has {given}{(UsesTime(word) ? end : ".")}");
    }

    private static bool UsesTime(LinkWord word) => word.Name is "delay" or "jitter" or "retransmission" or "open-delay" or "close-delay";

    private static LinkWord Of(string name, string usage, Func<IReadOnlyList<string>, LinkChange?> read) => new(name, usage, read);

    private static Func<IReadOnlyList<string>, LinkChange?> Alone(LinkChange change) => values => values.Count == 0 ? change : null;

    private static Func<IReadOnlyList<string>, LinkChange?> Share(Func<LinkFaults, double, LinkFaults> set) => values =>
        values.Count == 1 && Quantity.TryParsePercentage(values[0], out double share) ? (_, now, _) => set(now, share) : null;

    private static Func<IReadOnlyList<string>, LinkChange?> Time(Func<LinkFaults, TimeSpan, LinkFaults> set) => values =>
        values.Count == 1 && TryParseTime(values[0], out TimeSpan time) ? (_, now, _) => set(now, time) : null;

    private static Func<IReadOnlyList<string>, LinkChange?> Size(Func<LinkFaults, long, LinkFaults> set) => values =>
        values.Count == 1 && Quantity.TryParseSize(values[0], out int size) ? (_, now, _) => set(now, size) : null;

    private static LinkChange? ReadShareAndTime(IReadOnlyList<string> values, Func<LinkFaults, double, TimeSpan?, LinkFaults> set)
    {
        TimeSpan time = default;
        if (values.Count is not (1 or 2) || !Quantity.TryParsePercentage(values[0], out double share)
            || (values.Count == 2 && !TryParseTime(values[1], out time)))
        {
            return null;
        }

        return (_, now, _) => set(now, share, values.Count == 2 ? time : null);
    }

    private static LinkChange? ReadBurst(IReadOnlyList<string> values)
    {
        if (values is ["0"])
        {
            return static (_, now, _) => now with { BurstLoss = null };
        }

        if (values.Count != 2 || !Quantity.TryParsePercentage(values[0], out double share)
            || !double.TryParse(values[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double length))
        {
            return null;
        }

        try
        {
            var burst = GilbertElliottLoss.Bursts(share, length);
            return (_, now, _) => now with { BurstLoss = burst };
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static LinkChange? ReadJitter(IReadOnlyList<string> values)
    {
        JitterDistribution? distribution = values.Count switch
        {
            1 => JitterDistribution.Even,
            2 => values[1] switch
            {
                "even" => JitterDistribution.Even,
                "normal" => JitterDistribution.Normal,
                "pareto" => JitterDistribution.Pareto,
                _ => null,
            },
            _ => null,
        };
        return distribution is { } known && TryParseTime(values[0], out TimeSpan time)
            ? (_, now, _) => now with { Jitter = time, JitterDistribution = known }
            : null;
    }

    private static LinkChange? ReadRate(IReadOnlyList<string> values)
    {
        long rate = 0;
        return values.Count == 1 && (values[0] == "0" || (Quantity.TryParseRate(values[0], out rate) && rate > 0))
            ? (_, now, _) => now with { BitsPerSecond = rate }
            : null;
    }

    private static LinkChange? ReadSlice(IReadOnlyList<string> values)
    {
        int variation = 0;
        TimeSpan pause = default;
        if (values.Count is < 1 or > 3 || !Quantity.TryParseSize(values[0], out int size)
            || (values.Count > 1 && !Quantity.TryParseSize(values[1], out variation))
            || (values.Count > 2 && !TryParseTime(values[2], out pause)))
        {
            return null;
        }

        return (_, now, _) => now with { SliceBytes = size, SliceVariationBytes = variation, SliceDelay = pause };
    }

    private static LinkChange? ReadProfile(IReadOnlyList<string> values)
    {
        if (values.Count != 1)
        {
            return null;
        }

        LinkProfile profile = LinkProfiles.Get(LinkProfiles.Known, values[0]);
        return (direction, _, _) => profile[direction];
    }

    private static LinkWord Break(StreamBreakKind kind)
    {
        string name = KebabName.Of(kind);
        return new LinkWord(name, $"{name}, {name} after 10K or {name} after 5s", values => ReadBreak(kind, values));
    }

    private static LinkChange? ReadBreak(StreamBreakKind kind, IReadOnlyList<string> values)
    {
        TimeSpan time = default;
        StreamBreak? broken = values switch
        {
            [] => new StreamBreak(kind),
            ["after", string when] when Quantity.TryParseSize(when, out long bytes) => new StreamBreak(kind) { AfterBytes = bytes },
            ["after", string when] when TryParseTime(when, out time) => new StreamBreak(kind) { After = time },
            _ => null,
        };
        return broken is null ? null : (_, now, _) => now with { Breaks = [.. now.Breaks, broken] };
    }

    private static bool TryParseTime(string text, out TimeSpan time) => Quantity.TryParseDuration(text, out time, LongestTime);
}
