using System.Collections.Frozen;
using System.Text.Json;

namespace Aldis.Protocols.Text;

/// <summary>
/// How a value of an enumeration is named in data: in lower case with hyphens, so that <c>GoBackN</c> is <c>go-back-n</c>. One rule for
/// every event of every verb (docs/events.md).
/// </summary>
internal static class KebabName
{
    /// <summary>The name of a value; made once for each.</summary>
    /// <param name="value">A value the enumeration defines.</param>
    /// <typeparam name="TEnum">The enumeration, not one of flags.</typeparam>
    /// <returns>Its name.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The enumeration defines no such value.</exception>
    public static string Of<TEnum>(TEnum value)
        where TEnum : struct, Enum =>
        Names<TEnum>.All.TryGetValue(value, out string? name) ? name : throw new ArgumentOutOfRangeException(nameof(value));

    private static class Names<TEnum>
        where TEnum : struct, Enum
    {
        public static readonly FrozenDictionary<TEnum, string> All = Enum.GetValues<TEnum>().ToFrozenDictionary(
            static value => value, static value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));
    }
}
