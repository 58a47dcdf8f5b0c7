using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>
/// A configuration file: JSON (RFC 8259) with comments and trailing commas, as .NET configuration has it. Read by hand so that every
/// sentence about it can name the line.
/// </summary>
/// <param name="Path">Where it is.</param>
/// <param name="Values">What it says, in its order.</param>
/// <param name="Faults">What in it has no sense, each a sentence that begins with the place.</param>
internal sealed record ConfigurationFile(string Path, IReadOnlyList<FileValue> Values, IReadOnlyList<string> Faults)
{
    /// <summary>Longer files are none.</summary>
    public const int MostBytes = 1 << 20;

    private const string SchemaKey = "$schema";

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <exception cref="UsageException">It cannot be read; a sentence says why.</exception>
    public static ConfigurationFile Read(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[MostBytes + 1];
            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return length > MostBytes
                ? throw new UsageException($"the configuration '{path}' is longer than {MostBytes} bytes.")
                : Parse(path, bytes.AsSpan(0, length));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the configuration '{path}' cannot be read: {exception.Message}");
        }
    }

    /// <summary>Reads the content of a file.</summary>
    /// <param name="path">Its name in sentences.</param>
    /// <param name="json">The content.</param>
    public static ConfigurationFile Parse(string path, ReadOnlySpan<byte> json)
    {
        var walk = new Walk(path, json.StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json);
        return walk.Read();
    }

    /// <summary>One pass over the text.</summary>
    private ref struct Walk(string path, ReadOnlySpan<byte> json)
    {
        private readonly ReadOnlySpan<byte> _json = json;
        private readonly List<FileValue> _values = [];
        private readonly List<string> _faults = [];
        private readonly HashSet<string> _keys = new(StringComparer.OrdinalIgnoreCase);
        private Utf8JsonReader _reader = new(
            json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 16 });

        public ConfigurationFile Read()
        {
            try
            {
                if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject)
                {
                    _faults.Add($"{Here()}: a configuration is one object: {{ \"Limits\": {{ … }} }}.");
                }
                else
                {
                    ReadSections();
                    _reader.Read();
                }
            }
            catch (JsonException exception)
            {
                _faults.Add(string.Create(
                    CultureInfo.InvariantCulture, $"{path}:{(exception.LineNumber ?? 0) + 1}: this is no JSON: {Sentence(exception.Message)}"));
            }
            catch (InvalidOperationException)
            {
                // A string whose bytes, or escapes, are no text.
                _faults.Add($"{Here()}: this is no text in UTF-8.");
            }

            return new ConfigurationFile(path, _values, _faults);
        }

        private void ReadSections()
        {
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                string section = _reader.GetString()!;
                string place = Here();
                _reader.Read();
                if (_reader.TokenType == JsonTokenType.StartObject)
                {
                    ReadSection(section);
                }
                else
                {
                    _reader.Skip();
                    if (section != SchemaKey)
                    {
                        _faults.Add($"{place}: '{section}' stands alone: every setting is in a section, such as \"Limits\": {{ … }}.");
                    }
                }
            }
        }

        private void ReadSection(string section)
        {
            while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
            {
                string key = $"{section}:{_reader.GetString()}";
                int line = Line();
                if (!_keys.Add(key))
                {
                    _faults.Add($"{Here()}: {key} is there twice.");
                }

                _reader.Read();
                switch (_reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        _faults.Add($"{Here()}: {key} takes a value, not an object.");
                        _reader.Skip();
                        break;
                    case JsonTokenType.StartArray:
                        _values.Add(new FileValue(key, ReadWords(key), line));
                        break;
                    case JsonTokenType.Null:
                        // As if it were not there.
                        break;
                    default:
                        _values.Add(new FileValue(key, ReadScalar(), line));
                        break;
                }
            }
        }

        private string ReadWords(string key)
        {
            var words = new List<string>();
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            {
                if (_reader.TokenType == JsonTokenType.String && _reader.GetString() is { Length: > 0 } word && !word.Contains('\n', StringComparison.Ordinal))
                {
                    words.Add(word);
                }
                else
                {
                    _faults.Add($"{Here()}: {key} takes a list of texts, and this is none.");
                    _reader.Skip();
                }
            }

            return WordsSetting.Join(words);
        }

        private string ReadScalar() => _reader.TokenType == JsonTokenType.String
            ? _reader.GetString()!
            : Encoding.UTF8.GetString(_reader.ValueSpan);

        private string Here() => string.Create(CultureInfo.InvariantCulture, $"{path}:{Line()}");

        private int Line() => _json[..(int)Math.Min(_reader.TokenStartIndex, _json.Length)].Count((byte)'\n') + 1;

        /// <summary>The parser's words without the place that follows them: it is said before them.</summary>
        private static string Sentence(string message)
        {
            int place = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
            return (place < 0 ? message : message[..place]).Trim();
        }
    }
}
