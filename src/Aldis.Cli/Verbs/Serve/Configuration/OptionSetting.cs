using System.CommandLine;
using System.CommandLine.Parsing;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>A setting whose flag takes one value, or none. A value from elsewhere is read by the flag's own parser, and refused in its words.</summary>
/// <typeparam name="T">The type of the value; it has a null where nobody set it, but for flags.</typeparam>
internal sealed class OptionSetting<T> : Setting
{
    // A word that begins with '@' is a value like any other.
    private static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null };

    private readonly Option<T> _option;
    private readonly Command _alone;

    /// <summary>Makes it.</summary>
    /// <inheritdoc cref="Setting(string, SettingKind)" path="/param"/>
    /// <param name="option">Its flag.</param>
    public OptionSetting(string key, SettingKind kind, Option<T> option)
        : base(key, kind)
    {
        _option = option;
        _alone = new Command("setting") { option };
    }

    /// <inheritdoc/>
    public override Symbol Symbol => _option;

    /// <inheritdoc/>
    public override string? Said(ParseResult call) => call.GetResult(_option) is { Implicit: false } result
        ? result.Tokens.Count == 0 ? "true" : result.Tokens[0].Value
        : null;

    /// <inheritdoc/>
    public override string? WhyNot(string text, string place) => TryRead(text, place, out _);

    /// <summary>Reads a value.</summary>
    /// <param name="text">The value, which is one.</param>
    public T Read(string text)
    {
        string? fault = TryRead(text, Key, out T? value);
        return fault is null ? value! : throw new UsageException(fault);
    }

    private string? TryRead(string text, string place, out T? value)
    {
        value = default;
        if (Kind == SettingKind.Flag)
        {
            bool isFlag = bool.TryParse(text, out bool flag);
            value = (T)(object)flag;
            return isFlag ? null : $"{place} takes true or false, not '{text}'.";
        }

        if (text.Length == 0)
        {
            return $"{place} needs a value: {_option.HelpName}.";
        }

        if (Kind == SettingKind.Text && typeof(T) == typeof(string))
        {
            value = (T)(object)text;
            return null;
        }

        ParseResult parsed = _alone.Parse([_option.Name, text], Plain);
        if (parsed.Errors.Count > 0)
        {
            string sentence = parsed.Errors[0].Message;
            return sentence.StartsWith(_option.Name, StringComparison.Ordinal) ? place + sentence[_option.Name.Length..] : $"{place}: {sentence}";
        }

        value = parsed.GetValue(_option);
        return null;
    }
}
