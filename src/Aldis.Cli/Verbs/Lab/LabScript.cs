using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Lab.Experiments;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs.Lab;

/// <summary>
/// What <c>--script</c> names: a scene in lines, as docs/lab.md describes them: options of the experiment, what is sent when, and what
/// happens to which datagram. A mistake is told with its line and column.
/// </summary>
internal sealed class LabScript
{
    /// <summary>The most bytes of a script.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>The most writings and datagrams that one names.</summary>
    public const int MostItems = 1_000;

    private static readonly ParserConfiguration AsGiven = new() { ResponseFileTokenReplacer = null };
    private static readonly string[] Words = ["at", "lose", "hold", "double", "damage"];

    private readonly string _name;
    private readonly Command _verb;
    private readonly Option[] _options;
    private readonly List<string> _arguments = [];
    private readonly List<LabWriting> _writings = [];
    private readonly SortedDictionary<long, LabFate?> _transmissions = [];
    private readonly SortedDictionary<long, LabFate?> _acknowledgements = [];
    private int _line;

    private LabScript(string name, Command verb, IEnumerable<Option> options)
    {
        _name = name;
        _verb = verb;
        _options = [.. options.Where(static option => option.Name != "--kill")];
    }

    /// <summary>The options that it sets, as on a command line.</summary>
    public IReadOnlyList<string> Arguments => _arguments;

    /// <summary>What is lost.</summary>
    public LabKills Kills => new([.. Lost(_transmissions)], [.. Lost(_acknowledgements)]);

    /// <summary>Everything else that happens for certain.</summary>
    public LabScene Scene => new()
    {
        Writings = _writings,
        Transmissions = Fates(_transmissions),
        Acknowledgements = Fates(_acknowledgements),
    };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="verb">The command whose options it may set.</param>
    /// <param name="options">Those of them.</param>
    /// <param name="cancellationToken">Stops waiting for a file that does not come.</param>
    /// <exception cref="UsageException">It cannot be read, or is no script.</exception>
    public static async Task<LabScript> OpenAsync(
        string path, Command verb, IEnumerable<Option> options, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[MostBytes + 1];
        int length;
        try
        {
            await using FileStream file = await FileInput.OpenAsync(path, cancellationToken);
            length = await FileInput.CallAsync(() => file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"'{path}' cannot be read: {exception.Message.TrimEnd('.')}.");
        }

        if (length > MostBytes)
        {
            throw new UsageException($"'{path}' is longer than {MostBytes / 1024} KiB: a script is a page of lines.");
        }

        try
        {
            return Read(path, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, 0, length), verb, options);
        }
        catch (DecoderFallbackException)
        {
            throw new UsageException($"'{path}' is no text in UTF-8.");
        }
    }

    /// <summary>Reads a script.</summary>
    /// <param name="name">What mistakes are told with.</param>
    /// <param name="text">Its lines.</param>
    /// <param name="verb">The command whose options it may set.</param>
    /// <param name="options">Those of them.</param>
    /// <exception cref="UsageException">It is none.</exception>
    public static LabScript Read(string name, string text, Command verb, IEnumerable<Option> options)
    {
        var script = new LabScript(name, verb, options);
        foreach (string line in text.Split('\n'))
        {
            script._line++;
            script.Take(line.TrimEnd('\r'));
        }

        return script;
    }

    /// <summary>The command line with what the script sets and it does not.</summary>
    /// <param name="call">The command line.</param>
    public ParseResult Merge(ParseResult call)
    {
        HashSet<string> given = [.. call.CommandResult.Children.OfType<OptionResult>()
            .Where(static option => !option.Implicit).Select(static option => option.Option.Name)];
        IEnumerable<string> own = _arguments.Where(argument => !given.Contains(argument.Split('=')[0]));
        IEnumerable<Token> rest = call.Tokens.SkipWhile(static token => token.Type == TokenType.Command);
        return _verb.Parse([.. own, .. rest.Select(static token => token.Value)], AsGiven);
    }

    private static IEnumerable<long> Lost(SortedDictionary<long, LabFate?> fates) =>
        fates.Where(static fate => fate.Value is null).Select(static fate => fate.Key);

    private static Dictionary<long, LabFate> Fates(SortedDictionary<long, LabFate?> fates) =>
        fates.Where(static fate => fate.Value is not null).ToDictionary(static fate => fate.Key, static fate => fate.Value!);

    private void Take(string line)
    {
        int control = line.TakeWhile(static c => c == '\t' || !char.IsControl(c)).Count();
        if (control < line.Length)
        {
            throw Mistake(control, "there is a character that is no text.");
        }

        Word[] words = [.. Split(line)];
        if (words.Length == 0)
        {
            return;
        }

        switch (words[0].Text)
        {
            case "at":
                Require(words, 4, "'at' takes a time, and what is sent then: at 200ms send 4.");
                TakeWriting(words);
                break;
            case "lose":
                Require(words, 2, "'lose' takes datagrams: lose data:1,ack:2.");
                TakeFate(words[1], static _ => null);
                break;
            case "hold":
                Require(words, 3, "'hold' takes datagrams and how much later they arrive: hold data:3 20ms.");
                long held = Time(words[2]);
                TakeFate(words[1], fate => (fate ?? new LabFate()) with { HeldNanoseconds = held });
                break;
            case "double":
                Require(words, 3, "'double' takes datagrams and how much later the second copy arrives: double ack:1 5ms.");
                long second = Time(words[2]);
                TakeFate(words[1], fate => (fate ?? new LabFate()) with { SecondNanoseconds = second });
                break;
            case "damage":
                Require(words, 2, "'damage' takes datagrams: damage data:2.");
                TakeFate(words[1], static fate => (fate ?? new LabFate()) with { IsDamaged = true });
                break;
            default:
                TakeOption(words);
                break;
        }
    }

    private void TakeWriting(Word[] words)
    {
        long time = Time(words[1]);
        if (words[2].Text != "send")
        {
            throw Mistake(words[2].At, $"'at' takes a time, and what is sent then: at 200ms send 4, not '{words[2].Text}'.");
        }

        if (!long.TryParse(words[3].Text, NumberStyles.None, CultureInfo.InvariantCulture, out long frames)
            || frames is < 1 or > LabSettings.MostFrames)
        {
            throw Mistake(words[3].At, $"'send' takes a number of frames, 1 to {LabSettings.MostFrames}, not '{words[3].Text}'.");
        }

        if (_writings.Count > 0 && _writings[^1].TimeNanoseconds > time)
        {
            throw Mistake(words[1].At, "what is sent is told in the order of time.");
        }

        _writings.Add(new LabWriting(time, frames));
        Count(words[0].At);
    }

    /// <summary>Takes what happens to some datagrams; null loses them.</summary>
    private void TakeFate(Word list, Func<LabFate?, LabFate?> fateOf)
    {
        int at = list.At;
        foreach (string item in list.Text.Split(','))
        {
            if (LabKills.Read(item) is not { } one)
            {
                throw Mistake(at, $"a datagram is data:N or ack:N with a number from 1 on, not '{item}'.");
            }

            (SortedDictionary<long, LabFate?> fates, long number) = one.Transmissions.Count > 0
                ? (_transmissions, one.Transmissions[0]) : (_acknowledgements, one.Acknowledgements[0]);
            bool isKnown = fates.TryGetValue(number, out LabFate? before);
            LabFate? after = fateOf(before);
            if (isKnown && (before is null) != (after is null))
            {
                throw Mistake(at, $"{item} cannot be lost and arrive.");
            }

            fates[number] = after;
            Count(at);
            at += item.Length + 1;
        }
    }

    private void TakeOption(Word[] words)
    {
        string[] names = [.. _options.Select(static option => option.Name[2..])];
        string name = words[0].Text;
        if (!names.Contains(name))
        {
            string end = NearestName.Find(name, names.Concat(Words)) is string near ? $"; did you mean '{near}'?"
                : ": a line begins with at, lose, hold, double, damage, or an option of the experiment without its dashes.";
            throw Mistake(words[0].At, $"there is no '{name}'{end}");
        }

        if (words.Length > 2)
        {
            throw Mistake(words[2].At, $"'{name}' takes one value, and here is '{words[2].Text}' besides.");
        }

        if (_arguments.Any(argument => argument.Split('=')[0] == "--" + name))
        {
            throw Mistake(words[0].At, $"'{name}' is said twice.");
        }

        if (words.Length == 1 && _options.First(option => option.Name[2..] == name).Arity.MinimumNumberOfValues > 0)
        {
            throw Mistake(words[0].At, $"'{name}' needs a value.");
        }

        string made = words.Length == 1 ? "--" + name : $"--{name}={words[1].Text}";
        if (_verb.Parse([made], AsGiven).Errors is [{ } error, ..])
        {
            throw Mistake(words[^1].At, error.Message);
        }

        _arguments.Add(made);
    }

    private long Time(Word word) =>
        Quantity.TryParseDuration(word.Text, out TimeSpan time, TimeSpan.FromHours(1))
            ? time.Ticks * TimeSpan.NanosecondsPerTick
            : throw Mistake(word.At, $"a time is such as 20ms, an hour at most, not '{word.Text}'{UnitText.EndWithoutUnit(word.Text)}");

    private void Require(Word[] words, int count, string sentence)
    {
        if (words.Length != count)
        {
            throw Mistake(words.Length < count ? words[0].At : words[count].At, sentence);
        }
    }

    private void Count(int at)
    {
        if (_writings.Count + _transmissions.Count + _acknowledgements.Count > MostItems)
        {
            throw Mistake(at, $"a script names {MostItems} writings and datagrams at most.");
        }
    }

    private UsageException Mistake(int at, string sentence) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{_name}, line {_line}, column {at + 1}: {sentence}"));

    /// <summary>The words of a line, up to a remark.</summary>
    private static IEnumerable<Word> Split(string line)
    {
        int end = line.IndexOf('#', StringComparison.Ordinal) is var remark and >= 0 ? remark : line.Length;
        int at = 0;
        while (at < end)
        {
            int length = 0;
            while (at + length < end && line[at + length] is not (' ' or '\t'))
            {
                length++;
            }

            if (length > 0)
            {
                yield return new Word(line.Substring(at, length), at);
            }

            at += length + 1;
        }
    }

    private readonly record struct Word(string Text, int At);
}
