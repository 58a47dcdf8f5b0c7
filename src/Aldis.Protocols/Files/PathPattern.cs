using System.Text;

namespace Aldis.Protocols.Files;

/// <summary>
/// A pattern for paths of a tree, as rsync and gitignore have them in common: <c>*</c> and <c>?</c> stand for characters of one name,
/// <c>**</c> for any of them and the slashes between, <c>[a-z]</c> and <c>[!a-z]</c> for one character, <c>\</c> takes the meaning from
/// what follows it. A pattern matches the end of a path, whole names of it: <c>*.log</c> a file at any depth, <c>old/*.log</c> those in any
/// <c>old</c>; with a slash before it it begins at the top. With a slash behind it it matches directories alone. The case of letters
/// counts. Matching takes time in proportion to the pattern's length times the path's, whatever they are.
/// </summary>
internal sealed class PathPattern
{
    /// <summary>The most characters of a pattern.</summary>
    public const int MaxLength = 1024;

    private readonly Token[] _tokens;
    private readonly bool _isForDirectories;

    private PathPattern(Token[] tokens, bool isForDirectories)
    {
        _tokens = tokens;
        _isForDirectories = isForDirectories;
    }

    private enum TokenKind
    {
        /// <summary>One character out of ranges.</summary>
        One,

        /// <summary>Characters of one name.</summary>
        Name,

        /// <summary>Any characters.</summary>
        Any,

        /// <summary>Nothing, and the token behind it may be left out.</summary>
        Optional,

        /// <summary>Any characters up to a slash, with it.</summary>
        Directories,
    }

    /// <summary>Reads a pattern.</summary>
    /// <param name="text">The pattern.</param>
    /// <returns>The pattern.</returns>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static PathPattern Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength)
        {
            throw new FormatException($"a pattern has at most {MaxLength} characters, and '{text[..20]}…' has more.");
        }

        bool isForDirectories = text.EndsWith('/');
        string body = isForDirectories ? text[..^1] : text;
        bool isAtTop = body.StartsWith('/');
        body = isAtTop ? body[1..] : body;
        if (body.Length == 0 || body.Split('/').Contains(string.Empty, StringComparer.Ordinal))
        {
            throw new FormatException($"'{text}' is no pattern: a name in it is empty.");
        }

        var tokens = new List<Token>();
        if (!isAtTop)
        {
            AddDirectories(tokens);
        }

        Rune[] runes = [.. body.EnumerateRunes()];
        int at = 0;
        while (at < runes.Length)
        {
            switch (runes[at].Value)
            {
                case '*':
                    at += AddStars(tokens, runes, at);
                    break;
                case '?':
                    tokens.Add(Token.NotSlash);
                    at++;
                    break;
                case '[' when ReadClass(runes, ref at) is Token one:
                    tokens.Add(one);
                    break;
                case '[':
                    throw new FormatException($"'{text}' is no pattern: a [ in it has no ]; one that is meant itself is written \\[.");
                case '\\' when at + 1 < runes.Length:
                    tokens.Add(Token.Of(runes[at + 1].Value));
                    at += 2;
                    break;
                case '\\':
                    throw new FormatException(
                        $"'{text}' is no pattern: behind the \\ at its end there is nothing; a \\ itself is written \\\\.");
                default:
                    tokens.Add(Token.Of(runes[at].Value));
                    at++;
                    break;
            }
        }

        return new PathPattern([.. tokens], isForDirectories);
    }

    /// <summary>Whether a path matches.</summary>
    /// <param name="path">The path below the top, its names parted by '/'.</param>
    /// <param name="isDirectory">Whether it is a directory.</param>
    public bool Matches(string path, bool isDirectory)
    {
        if (_isForDirectories && !isDirectory)
        {
            return false;
        }

        // All places of the pattern that what was read of the path may have led to.
        bool[] here = new bool[_tokens.Length + 1];
        bool[] next = new bool[_tokens.Length + 1];
        here[0] = true;
        Skip(here);
        foreach (Rune rune in path.EnumerateRunes())
        {
            Array.Clear(next);
            for (int i = 0; i < _tokens.Length; i++)
            {
                if (here[i])
                {
                    Step(_tokens[i], rune.Value, i, next);
                }
            }

            Skip(next);
            (here, next) = (next, here);
        }

        return here[^1];
    }

    private static void Step(in Token token, int character, int i, bool[] next)
    {
        switch (token.Kind)
        {
            case TokenKind.One:
                next[i + 1] |= token.Takes(character);
                break;
            case TokenKind.Name:
                next[i] |= character != '/';
                break;
            case TokenKind.Any:
                next[i] = true;
                break;
            case TokenKind.Directories:
                next[i] = true;
                next[i + 1] |= character == '/';
                break;
            default:
                break;
        }
    }

    /// <summary>Goes on wherever nothing need be read for it.</summary>
    private void Skip(bool[] places)
    {
        for (int i = 0; i < _tokens.Length; i++)
        {
            TokenKind kind = _tokens[i].Kind;
            places[i + 1] |= places[i] && kind is TokenKind.Name or TokenKind.Any or TokenKind.Optional;
            if (places[i] && kind == TokenKind.Optional)
            {
                places[i + 2] = true;
            }
        }
    }

    private static void AddDirectories(List<Token> tokens)
    {
        tokens.Add(new Token(TokenKind.Optional));
        tokens.Add(new Token(TokenKind.Directories));
    }

    /// <summary>Takes <c>*</c>, <c>**</c> or, as a name of its own, <c>**/</c>.</summary>
    /// <returns>Characters taken.</returns>
    private static int AddStars(List<Token> tokens, Rune[] runes, int at)
    {
        int end = at;
        while (end < runes.Length && runes[end].Value == '*')
        {
            end++;
        }

        bool isName = (at == 0 || runes[at - 1].Value == '/') && end < runes.Length && runes[end].Value == '/';
        if (end - at == 1)
        {
            tokens.Add(new Token(TokenKind.Name));
        }
        else if (isName)
        {
            AddDirectories(tokens);
            end++;
        }
        else
        {
            tokens.Add(new Token(TokenKind.Any));
        }

        return end - at;
    }

    /// <summary>Takes <c>[abc]</c>, <c>[a-z]</c> or <c>[!a-z]</c>; a ] is meant itself where it stands first.</summary>
    private static Token? ReadClass(Rune[] runes, ref int at)
    {
        int i = at + 1;
        bool isNegated = i < runes.Length && runes[i].Value is '!' or '^';
        i += isNegated ? 1 : 0;
        int first = i;
        var ranges = new List<(int From, int To)>();
        for (; i < runes.Length && (runes[i].Value != ']' || i == first); i++)
        {
            i += runes[i].Value == '\\' && i + 1 < runes.Length ? 1 : 0;
            int from = runes[i].Value;
            bool isRange = i + 2 < runes.Length && runes[i + 1].Value == '-' && runes[i + 2].Value != ']';
            i += isRange ? 2 : 0;
            ranges.Add((from, runes[i].Value));
        }

        if (i >= runes.Length)
        {
            return null;
        }

        at = i + 1;
        return new Token(TokenKind.One) { Ranges = [.. ranges], IsNegated = isNegated };
    }

    private readonly record struct Token(TokenKind Kind)
    {
        /// <summary>What <c>?</c> stands for.</summary>
        public static Token NotSlash { get; } = new(TokenKind.One) { Ranges = [], IsNegated = true };

        public (int From, int To)[]? Ranges { get; init; }

        public bool IsNegated { get; init; }

        public static Token Of(int character) => new(TokenKind.One) { Ranges = [(character, character)] };

        public bool Takes(int character)
        {
            bool isIn = Array.Exists(Ranges!, range => character >= range.From && character <= range.To);
            return isIn != IsNegated && (character != '/' || !IsNegated);
        }
    }
}
