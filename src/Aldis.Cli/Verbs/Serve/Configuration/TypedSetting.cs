using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>Makes settings whose values have a type, each with the flag that reads them (<see cref="TypedOption"/>). The default ends the
/// line of the help.</summary>
internal static class TypedSetting
{
    /// <summary>A setting that is a whole number.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="flag">Its flag.</param>
    /// <param name="description">What it means, without its default.</param>
    /// <param name="least">The least it may be.</param>
    /// <param name="most">The most it may be.</param>
    /// <param name="otherwise">Its default; null where there is none.</param>
    /// <param name="isReloadable">Whether a server that runs takes a new value.</param>
    public static OptionSetting<T?> Whole<T>(
        string key, string flag, string description, T least, T? most = null, T? otherwise = null, bool isReloadable = false)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        string? text = otherwise?.ToString(null, CultureInfo.InvariantCulture);
        return new(key, SettingKind.Whole, TypedOption.Whole(flag, "N", WithDefault(description, text), least, most ?? T.MaxValue))
        {
            Default = text,
            Least = long.CreateChecked(least),
            Most = most is { } bound ? long.CreateChecked(bound) : null,
            IsReloadable = isReloadable,
        };
    }

    /// <summary>A setting that is a size in bytes.</summary>
    /// <inheritdoc cref="Whole" path="/param"/>
    /// <param name="such">How sizes are described that it may be, such as <c>such as 500M or 20G</c>.</param>
    /// <param name="said">Its default for documents, where it depends on the machine.</param>
    public static OptionSetting<long?> Size(
        string key,
        string flag,
        string description,
        string such,
        long least = 1,
        long? otherwise = null,
        string? said = null,
        bool isReloadable = false,
        long? most = null)
    {
        string? text = otherwise is { } bytes ? SizeText(bytes) : null;
        return new(key, SettingKind.Size, TypedOption.Size(flag, WithDefault(description, said ?? text), such, least, most ?? long.MaxValue))
        {
            Default = text,
            DefaultSaid = said,
            Least = least,
            Most = most,
            IsReloadable = isReloadable,
        };
    }

    /// <summary>A setting that is a time.</summary>
    /// <inheritdoc cref="Whole" path="/param"/>
    /// <param name="such">Two that it may be, such as <c>12h or 7d</c>.</param>
    /// <param name="helpName">What the help calls it.</param>
    public static OptionSetting<TimeSpan?> Time(
        string key, string flag, string description, string such, string? otherwise = null, string helpName = "TIME", bool isReloadable = false) =>
        new(key, SettingKind.Time, TypedOption.Age(flag, helpName, WithDefault(description, otherwise), such))
        {
            Default = otherwise,
            IsReloadable = isReloadable,
        };

    /// <summary>A setting that is one of a few names.</summary>
    /// <inheritdoc cref="Whole" path="/param"/>
    /// <param name="choices">The names and what they stand for.</param>
    public static OptionSetting<T?> Choice<T>(
        string key, string flag, string description, string? otherwise, params (string Name, T Value)[] choices)
        where T : struct
    {
        string[] names = [.. choices.Select(static choice => choice.Name)];
        return new(key, SettingKind.Choice, TypedOption.Choice(flag, string.Join('|', names), WithDefault(description, otherwise), choices))
        {
            Default = otherwise,
            Choices = names,
        };
    }

    /// <summary>A setting that is there or not.</summary>
    /// <inheritdoc cref="Whole" path="/param"/>
    public static OptionSetting<bool> Flag(string key, string flag, string description) =>
        new(key, SettingKind.Flag, new Option<bool>(flag) { Description = description }) { Default = "false" };

    /// <summary>A setting that is a text, such as a path.</summary>
    /// <inheritdoc cref="Whole" path="/param"/>
    /// <param name="helpName">What the help calls it.</param>
    public static OptionSetting<string?> Text(
        string key, string flag, string helpName, string description, string? otherwise = null, bool isReloadable = false) =>
        new(key, SettingKind.Text, new Option<string?>(flag) { HelpName = helpName, Description = WithDefault(description, otherwise) })
        {
            Default = otherwise,
            IsReloadable = isReloadable,
        };

    /// <summary>A size as it is written in a file.</summary>
    /// <param name="bytes">The size.</param>
    /// <returns>For example <c>192M</c>.</returns>
    public static string SizeText(long bytes)
    {
        const int Step = 1024;
        int unit = 0;
        while (unit < 3 && bytes >= Step && bytes % Step == 0)
        {
            bytes /= Step;
            unit++;
        }

        string letter = unit == 0 ? string.Empty : "KMG"[unit - 1].ToString();
        return bytes.ToString(CultureInfo.InvariantCulture) + letter;
    }

    private static string WithDefault(string description, string? text) => text is null ? description : $"{description}; default {text}";
}
