using System.CommandLine;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>
/// One thing about a server that can be set: the one definition of which its flag, its environment variable, its key in a file, its place in
/// the schema, its line of the help and its row of docs/configuration.md are made.
/// </summary>
/// <param name="key">Its section and its name, such as <c>Limits:MaxConnections</c>.</param>
/// <param name="kind">What its value is.</param>
internal abstract class Setting(string key, SettingKind kind)
{
    private const string VariablePrefix = "ALDIS_";

    /// <summary>Its section and its name, parted by a colon as .NET parts them.</summary>
    public string Key => key;

    /// <summary>The object of the file that it stands in.</summary>
    public string Section => key[..key.IndexOf(':', StringComparison.Ordinal)];

    /// <summary>Its name in there.</summary>
    public string Name => key[(key.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>What its value is.</summary>
    public SettingKind Kind => kind;

    /// <summary>What it is called on the command line.</summary>
    public abstract Symbol Symbol { get; }

    /// <summary>What it means, as the help says it.</summary>
    public string Description => Symbol.Description!;

    /// <summary>The environment variable that sets it: the flag's name in capitals.</summary>
    public virtual string Variable => VariablePrefix + Symbol.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>What it is where nobody sets it, as it is written in a file; null where it then is not there.</summary>
    public string? Default { get; init; }

    /// <summary>The same for documents, where it depends on the machine.</summary>
    public string? DefaultSaid { get; init; }

    /// <summary>The least it may be, for numbers and sizes.</summary>
    public long? Least { get; init; }

    /// <summary>The most it may be.</summary>
    public long? Most { get; init; }

    /// <summary>The names it may be.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Whether a server that runs takes a new value at a SIGHUP.</summary>
    public bool IsReloadable { get; init; }

    /// <summary>What the command line says.</summary>
    /// <param name="call">The call.</param>
    /// <returns>The value as text; null where it says nothing.</returns>
    public abstract string? Said(ParseResult call);

    /// <summary>Judges a value that a file or the environment has.</summary>
    /// <param name="text">The value.</param>
    /// <param name="place">Where it stands, as the sentence begins.</param>
    /// <returns>A sentence; null where it is a value of this setting.</returns>
    public abstract string? WhyNot(string text, string place);
}
