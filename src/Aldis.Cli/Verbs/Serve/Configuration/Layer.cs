using Microsoft.Extensions.Configuration;

namespace Aldis.Cli.Verbs.Serve.Configuration;

/// <summary>What one source says of the settings, as a provider of .NET configuration; later ones win.</summary>
/// <param name="name">What the source is called: <c>default</c>, <c>file</c>, <c>environment</c> or <c>flag</c>.</param>
internal sealed class Layer(string name) : ConfigurationProvider, IConfigurationSource
{
    private readonly Dictionary<string, string> _places = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the source is called.</summary>
    public string Name => name;

    /// <summary>Sets a value.</summary>
    /// <param name="setting">What it is of.</param>
    /// <param name="text">The value.</param>
    /// <param name="place">Where it stands.</param>
    public void Set(Setting setting, string text, string place)
    {
        Set(setting.Key, text);
        _places[setting.Key] = place;
    }

    /// <summary>Where a value stands that this source has.</summary>
    public string PlaceOf(Setting setting) => _places[setting.Key];

    /// <inheritdoc/>
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}
