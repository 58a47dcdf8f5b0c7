using System.Collections;
using System.CommandLine;
using System.Globalization;
using Aldis.Protocols.Text;
using Microsoft.Extensions.Configuration;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>
/// What a server is set to: defaults, a file, the environment and the command line, of which the later wins, as .NET configuration
/// (<see cref="IConfigurationRoot"/>), with the source of each value.
/// </summary>
internal sealed class ServeConfiguration
{
    /// <summary>The file that is read where none is named, if it is there.</summary>
    public const string DefaultPath = "/etc/aldis/aldis.json";

    private const string VariablePrefix = "ALDIS_";

    private readonly IReadOnlyList<Setting> _settings;
    private readonly IConfigurationRoot _root;
    private readonly List<string> _faults = [];
    private readonly List<string> _warnings = [];

    private ServeConfiguration(IReadOnlyList<Setting> settings, ParseResult call, string? path, IDictionary environment)
    {
        _settings = settings;
        Path = path;
        var builder = new ConfigurationBuilder();
        builder.Sources.Add(Defaults());
        builder.Sources.Add(File(path));
        builder.Sources.Add(Variables(environment));
        builder.Sources.Add(Flags(call));
        _root = builder.Build();
        foreach (Setting setting in settings)
        {
            if (TextOf(setting) is string text && Source(setting) is { } source && setting.WhyNot(text, source.PlaceOf(setting)) is string fault)
            {
                _faults.Add(fault);
            }
        }
    }

    /// <summary>The file that was read; null where there was none.</summary>
    public string? Path { get; }

    /// <summary>Everything that is wrong, each a sentence that begins with its place. Where there is something nothing else may be asked
    /// for.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>What looks wrong and ends nothing.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>All settings.</summary>
    public IReadOnlyList<Setting> Settings => _settings;

    /// <summary>Reads it.</summary>
    /// <param name="settings">All settings there are.</param>
    /// <param name="call">The command line.</param>
    /// <param name="path">The file that was named; null for <see cref="DefaultPath"/>, if it is there.</param>
    /// <param name="environment">The variables of the environment.</param>
    /// <exception cref="UsageException">The file cannot be read.</exception>
    public static ServeConfiguration Read(IReadOnlyList<Setting> settings, ParseResult call, string? path, IDictionary environment) =>
        new(settings, call, path ?? (System.IO.File.Exists(DefaultPath) ? DefaultPath : null), environment);

    /// <summary>The value of a setting as text; null where it has none.</summary>
    public string? TextOf(Setting setting) => _root[setting.Key];

    /// <summary>Which source a value is from, and where it stands there.</summary>
    /// <returns>For example <c>file</c> and <c>/etc/aldis/aldis.json:7</c>.</returns>
    public (string Name, string Place) SourceOf(Setting setting) =>
        Source(setting) is { } layer ? (layer.Name, layer.PlaceOf(setting)) : ("default", string.Empty);

    /// <summary>The value of a setting.</summary>
    /// <returns>The type's null where nobody set it and it has no default.</returns>
    public T? Get<T>(OptionSetting<T> setting) => TextOf(setting) is string text ? setting.Read(text) : default;

    /// <inheritdoc cref="Get{T}(OptionSetting{T})"/>
    public string[] Get(WordsSetting setting) => TextOf(setting) is string text ? WordsSetting.Split(text) : [];

    /// <summary>What is wrong with a setting that says nothing without another, in the words of the place where it stands.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="other">The one that is missing.</param>
    /// <param name="why">What is so without it, with a full stop.</param>
    public UsageException Lacks(Setting setting, Setting other, string why)
    {
        (string source, string place) = SourceOf(setting);
        string missing = source switch { "file" => other.Key, "environment" => other.Variable, _ => other.Symbol.Name };
        return new($"{place} goes with {missing}: {why}");
    }

    private Layer? Source(Setting setting) =>
        _root.Providers.Reverse().OfType<Layer>().FirstOrDefault(layer => layer.TryGet(setting.Key, out _));

    private Layer Defaults()
    {
        var layer = new Layer("default");
        foreach (Setting setting in _settings)
        {
            if (setting.Default is string text)
            {
                layer.Set(setting, text, string.Empty);
            }
        }

        return layer;
    }

    private Layer File(string? path)
    {
        var layer = new Layer("file");
        if (path is null)
        {
            return layer;
        }

        ConfigurationFile file = ConfigurationFile.Read(path);
        _faults.AddRange(file.Faults);
        foreach (FileValue value in file.Values)
        {
            string place = string.Create(CultureInfo.InvariantCulture, $"{path}:{value.Line}: {value.Key}");
            if (_settings.FirstOrDefault(setting => setting.Key.Equals(value.Key, StringComparison.OrdinalIgnoreCase)) is { } setting)
            {
                layer.Set(setting, value.Text, place);
            }
            else
            {
                _faults.Add($"{place} is no setting{NearestKey(value.Key)}");
            }
        }

        return layer;
    }

    /// <summary>The key that was meant: in the same section, else a section that was misspelt, else a name that is in another section.</summary>
    private string NearestKey(string key)
    {
        int colon = key.IndexOf(':', StringComparison.Ordinal);
        string section = key[..colon];
        string name = key[(colon + 1)..];
        string? knownSection = NearestName.Find(section, _settings.Select(static setting => setting.Section).Distinct());
        Setting? inSection = Named(_settings.Where(setting => setting.Section == knownSection), name);
        Setting? meant = inSection ?? Named(_settings, name);
        return meant is not null ? $"; did you mean '{meant.Key}'?"
            : knownSection is not null && knownSection != section ? $"; did you mean the section '{knownSection}'?" : ".";

        static Setting? Named(IEnumerable<Setting> settings, string name) =>
            NearestName.Find(name, settings.Select(static setting => setting.Name)) is string found
                ? settings.First(setting => setting.Name == found)
                : null;
    }

    /// <summary>Reads the environment. What begins as ours and is not ours may be somebody else's (Kubernetes makes
    /// <c>ALDIS_SERVICE_HOST</c> for a service of that name): a warning, where it looks like one of ours.</summary>
    private Layer Variables(IDictionary environment)
    {
        var layer = new Layer("environment");
        string[] known = [.. _settings.Select(static setting => setting.Variable)];
        foreach (DictionaryEntry entry in environment)
        {
            string name = (string)entry.Key;
            string text = (string?)entry.Value ?? string.Empty;
            if (!name.StartsWith(VariablePrefix, StringComparison.Ordinal) || text.Length == 0)
            {
                continue;
            }

            if (_settings.FirstOrDefault(setting => setting.Variable == name) is { } setting)
            {
                layer.Set(setting, setting.Kind == SettingKind.Words ? WordsSetting.Join(text.Split(' ')) : text, name);
            }
            else if (!ServeVariables.Others.Contains(name) && NearestName.Find(name, known) is string meant)
            {
                _warnings.Add($"the environment has {name}, which sets nothing; did you mean {meant}?");
            }
        }

        return layer;
    }

    private Layer Flags(ParseResult call)
    {
        var layer = new Layer("flag");
        foreach (Setting setting in _settings)
        {
            if (setting.Said(call) is string text)
            {
                layer.Set(setting, text, setting.Symbol.Name);
            }
        }

        return layer;
    }
}
