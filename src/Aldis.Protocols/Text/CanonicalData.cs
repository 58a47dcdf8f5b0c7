using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Aldis.Protocols.Text;

/// <summary>
/// What CanonicalData.txt says, read when it is first needed: the runtime has no normalization without a library of the system
/// (<c>InvariantGlobalization</c>). Hangul follows from a rule and is not in it.
/// </summary>
internal sealed class CanonicalData
{
    private static readonly Lazy<CanonicalData> Loaded = new(static () => new CanonicalData());

    private CanonicalData()
    {
        var decompositions = new Dictionary<int, (int First, int Second)>();
        var compositions = new Dictionary<(int First, int Second), int>();
        var classes = new Dictionary<int, byte>();
        var foldings = new Dictionary<int, string>();
        foreach ((string section, string item) in Items())
        {
            int equals = item.IndexOf('=', StringComparison.Ordinal);
            string left = item[..equals];
            string right = item[(equals + 1)..];
            switch (section)
            {
                case "decomposition":
                    int[] parts = [.. right.Split('+').Select(Hex)];
                    int composed = Hex(left.TrimEnd('!'));
                    decompositions.Add(composed, (parts[0], parts.ElementAtOrDefault(1)));
                    if (!left.EndsWith('!'))
                    {
                        compositions.Add((parts[0], parts[1]), composed);
                    }

                    break;
                case "class":
                    string[] range = left.Split('-');
                    for (int character = Hex(range[0]); character <= Hex(range[^1]); character++)
                    {
                        classes.Add(character, byte.Parse(right, CultureInfo.InvariantCulture));
                    }

                    break;
                default:
                    foldings.Add(Hex(left), string.Concat(right.Split('+').Select(static part => new Rune(Hex(part)).ToString())));
                    break;
            }
        }

        Decompositions = decompositions.ToFrozenDictionary();
        Compositions = compositions.ToFrozenDictionary();
        Classes = classes.ToFrozenDictionary();
        Foldings = foldings.ToFrozenDictionary();
    }

    /// <summary>The one instance.</summary>
    public static CanonicalData Instance => Loaded.Value;

    /// <summary>One step of the canonical decomposition of a character; the second is 0 where it is one other character.</summary>
    public FrozenDictionary<int, (int First, int Second)> Decompositions { get; }

    /// <summary>What two characters compose to.</summary>
    public FrozenDictionary<(int First, int Second), int> Compositions { get; }

    /// <summary>The combining classes that are not 0.</summary>
    public FrozenDictionary<int, byte> Classes { get; }

    /// <summary>The characters that fold to more than one.</summary>
    public FrozenDictionary<int, string> Foldings { get; }

    private static IEnumerable<(string Section, string Item)> Items()
    {
        using Stream resource = typeof(CanonicalData).Assembly.GetManifestResourceStream("CanonicalData.txt")!;
        using var reader = new StreamReader(resource, Encoding.ASCII);
        string section = string.Empty;
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '[')
            {
                section = line[1..line.IndexOf(']', StringComparison.Ordinal)];
            }
            else if (line[0] != '#')
            {
                foreach (string item in line.Split(' '))
                {
                    yield return (section, item);
                }
            }
        }
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
