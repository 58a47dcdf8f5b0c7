using System.Globalization;
using Aldis.Journal.Storage;

namespace Aldis.Journal.Embedded;

/// <summary>Names of the journal's files, <c>docs/protocols/journal.md</c> section 1.</summary>
internal static class SegmentName
{
    public const string Lock = "lock";
    public const string NewSuffix = ".new";
    public const string DamagedSuffix = ".damaged";
    private const string Suffix = ".segment";

    /// <summary>Path of a segment.</summary>
    public static string PathOf(string directory, long number) =>
        Path.Combine(directory, number.ToString("D10", CultureInfo.InvariantCulture) + Suffix);

    /// <summary>Whether a file is a segment that was never born.</summary>
    public static bool IsUnborn(string name) => name.EndsWith(Suffix + NewSuffix, StringComparison.Ordinal);

    /// <summary>Numbers of the segments in a directory, in order.</summary>
    public static List<long> List(IStorage storage, string directory)
    {
        List<long> numbers = [];
        foreach (string name in storage.ListFiles(directory))
        {
            if (name.EndsWith(Suffix, StringComparison.Ordinal)
                && long.TryParse(name.AsSpan(..^Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                && Path.GetFileName(PathOf(directory, number)).Equals(name, StringComparison.Ordinal))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }
}
