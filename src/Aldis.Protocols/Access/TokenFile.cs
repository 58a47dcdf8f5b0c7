using System.Globalization;
using System.Text;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Text;

namespace Aldis.Protocols.Access;

/// <summary>
/// Reads a file of tokens (docs/tokens.md): a token on each line, its name, its hash, then fields in any order. Empty lines, and those that
/// begin with <c>#</c>, say nothing.
/// </summary>
internal static class TokenFile
{
    /// <summary>Most bytes of a file.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Most bytes of a line.</summary>
    public const int MaxLineBytes = 4096;

    internal const string HashPrefix = "sha256:";
    internal const string IdsField = "ids=";
    internal const string ConversationsField = "conversations=";
    internal const string RightsField = "rights=";
    internal const string UntilField = "until=";
    internal const string MomentForm = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private const string DateForm = "yyyy-MM-dd";
    private const int MostPatterns = 64;
    private const int MaxPatternLength = 64;

    private static readonly string[] Fields = [IdsField, ConversationsField, RightsField, UntilField];

    /// <summary>Reads a file.</summary>
    /// <param name="content">Its bytes, ASCII but for comments.</param>
    /// <param name="conversations">The names of the conversations there are.</param>
    /// <returns>Its tokens.</returns>
    /// <exception cref="FormatException">It is no such file; the sentence begins with the number of the line.</exception>
    public static TokenTable Read(ReadOnlySpan<byte> content, IReadOnlyCollection<string> conversations)
    {
        if (content.Length > MaxBytes)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"it is longer than {MaxBytes} bytes."));
        }

        List<TokenEntry> entries = [];
        Dictionary<string, int> names = new(StringComparer.Ordinal);
        Dictionary<string, int> hashes = new(StringComparer.Ordinal);
        int number = 0;
        foreach (Range range in content.Split((byte)'\n'))
        {
            number++;
            ReadOnlySpan<byte> line = content[range].Trim(" \t\r"u8);
            if (line.IsEmpty || line[0] == (byte)'#')
            {
                continue;
            }

            try
            {
                TokenEntry entry = ReadLine(line, conversations);
                RefuseSecond(names, entry.Name, number, $"a token '{entry.Name}'");
                RefuseSecond(hashes, Convert.ToHexStringLower(entry.Hash.Span[..TokenTable.KeyBytes]), number, "this hash");
                entries.Add(entry);
            }
            catch (FormatException exception)
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {number}: {exception.Message}"), exception);
            }
        }

        return new TokenTable(entries);
    }

    /// <summary>Reads client ids with <c>*</c> and <c>?</c>, separated by commas.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The patterns, one or more.</returns>
    /// <exception cref="FormatException">They are none.</exception>
    public static IReadOnlyList<string> ReadIds(string text)
    {
        string[] patterns = text.Split(',');
        if (patterns.Length > MostPatterns)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"at most {MostPatterns} patterns of ids are taken."));
        }

        return Array.Find(patterns, static pattern => !IsPattern(pattern)) is { } wrong
            ? throw new FormatException($"'{wrong}' is no client id or pattern: A-Z a-z 0-9 . _ -, '*' for any characters, '?' for any one.")
            : patterns;
    }

    /// <summary>Reads names of conversations, separated by commas; <c>*</c> is all of them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="known">The names there are.</param>
    /// <returns>The names, one or more.</returns>
    /// <exception cref="FormatException">There is no such conversation.</exception>
    public static IReadOnlyList<string> ReadConversations(string text, IReadOnlyCollection<string> known)
    {
        string[] names = text.Split(',');
        return Array.Find(names, name => name != TokenEntry.EveryConversation && !known.Contains(name)) is { } wrong
            ? throw new FormatException(
                $"'{wrong}' is no conversation: there are {string.Join(", ", known)}, and '*' for all of them{NearestName.End(wrong, known)}")
            : names;
    }

    /// <summary>Reads rights, separated by commas.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The rights, one or more.</returns>
    /// <exception cref="FormatException">There is no such right.</exception>
    public static ClientRights ReadRights(string text)
    {
        var rights = ClientRights.None;
        foreach (string name in text.Split(','))
        {
            ClientRights right = AllRights.FirstOrDefault(right => NameOf(right) == name);
            rights |= right != ClientRights.None ? right : throw new FormatException(
                $"'{name}' is no right: there are {string.Join(", ", AllRights.Select(NameOf))}{NearestName.End(name, AllRights.Select(NameOf))}");
        }

        return rights;
    }

    /// <summary>Reads from when on a token counts no longer.</summary>
    /// <param name="text">A date, which is its first moment in UTC, or a moment such as <c>2027-01-01T12:00:00Z</c>.</param>
    /// <returns>The moment.</returns>
    /// <exception cref="FormatException">It is neither.</exception>
    public static DateTimeOffset ReadUntil(string text) => DateTimeOffset.TryParseExact(
        text, [DateForm, MomentForm], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset until)
        ? until
        : throw new FormatException($"'{text}' is no date: write 2027-01-01, or 2027-01-01T12:00:00Z.");

    internal static string NamesOf(ClientRights rights) => string.Join(',', AllRights.Where(right => rights.HasFlag(right)).Select(NameOf));

    private static IEnumerable<ClientRights> AllRights => [ClientRights.Send, ClientRights.Read, ClientRights.Admin];

    private static string NameOf(ClientRights right) => KebabName.Of(right);

    private static bool IsPattern(string text) =>
        text.Length is > 0 and <= MaxPatternLength && text.All(static character => character is '*' or '?' || ClientId.IsValid([character]));

    private static TokenEntry ReadLine(ReadOnlySpan<byte> line, IReadOnlyCollection<string> conversations)
    {
        if (line.Length > MaxLineBytes)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"it is longer than {MaxLineBytes} bytes."));
        }

        if (line.ContainsAnyExceptInRange((byte)'\t', (byte)'~') || line.IndexOfAnyInRange((byte)'\n', (byte)0x1F) >= 0)
        {
            throw new FormatException("it has a character that is no printable ASCII.");
        }

        string[] words = Encoding.ASCII.GetString(line).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (!ClientId.IsValid(words[0]))
        {
            throw new FormatException($"'{words[0]}' is no name of a token: 1 to {ClientId.MaxLength} of A-Z a-z 0-9 . _ -.");
        }

        var entry = new TokenEntry { Name = words[0], Hash = ReadHash(words.ElementAtOrDefault(1)), Ids = [words[0]] };
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string word in words.Skip(2))
        {
            string field = Array.Find(Fields, known => word.StartsWith(known, StringComparison.Ordinal)) ?? throw new FormatException(
                $"'{word}' is no field: there are {string.Join(", ", Fields)}{NearestName.End(word, Fields)}");
            string value = word[field.Length..];
            entry = !seen.Add(field) ? throw new FormatException($"'{field}' is there twice.") : field switch
            {
                IdsField => entry with { Ids = ReadIds(value) },
                ConversationsField => entry with { Conversations = ReadConversations(value, conversations) },
                RightsField => entry with { Rights = ReadRights(value) },
                _ => entry with { Until = ReadUntil(value) },
            };
        }

        return entry;
    }

    /// <summary>Reads a hash with its prefix.</summary>
    /// <param name="word">The word; null is none.</param>
    /// <returns>32 bytes; null where it is no hash.</returns>
    internal static byte[]? TryReadHash(string? word)
    {
        byte[] hash = new byte[TokenText.HashBytes];
        return word is not null && word.StartsWith(HashPrefix, StringComparison.Ordinal)
            && word.Length == HashPrefix.Length + (2 * hash.Length)
            && Convert.FromHexString(word.AsSpan(HashPrefix.Length), hash, out _, out _) == System.Buffers.OperationStatus.Done
            ? hash
            : null;
    }

    private static byte[] ReadHash(string? word) => TryReadHash(word) ?? throw new FormatException(
        $"a hash follows the name: '{HashPrefix}' and 64 hexadecimal digits, as 'aldis token new' prints it. The token itself does not belong here.");

    private static void RefuseSecond(Dictionary<string, int> seen, string key, int number, string what)
    {
        if (!seen.TryAdd(key, number))
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{what} is in line {seen[key]} already."));
        }
    }
}
