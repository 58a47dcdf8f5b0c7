using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Conversations;
using Aldis.Cli.Tests.Architecture;
using Aldis.Cli.Verbs.Serve;
using Aldis.Cli.Verbs.Serve.Configuration;

namespace Aldis.Cli.Tests.Configuration;

/// <summary>docs/aldis.schema.json and the table of docs/configuration.md are what the settings are. ALDIS_ACCEPT_SNAPSHOT=1 writes both.</summary>
public sealed class ConfigurationDocumentTests
{
    private const string AcceptVariable = "ALDIS_ACCEPT_SNAPSHOT";
    private const string TableBegin = "| key | flag and variable | what | default |";

    private static readonly IReadOnlyList<Setting> Settings = new ServeArguments(KnownConversations.All).Settings;

    private static bool Accepts => Environment.GetEnvironmentVariable(AcceptVariable) == "1";

    [Fact]
    public void The_published_schema_has_every_setting_as_it_is()
    {
        string path = Path.Combine(RoomTests.Root(), "docs", "aldis.schema.json");
        byte[] schema = ConfigurationSchema.Of(Settings);
        if (Accepts)
        {
            File.WriteAllBytes(path, schema);
        }

        Assert.Equal(Encoding.UTF8.GetString(schema), File.ReadAllText(path));
        JsonElement properties = JsonDocument.Parse(schema).RootElement.GetProperty("properties");
        Assert.All(Settings, setting => Assert.True(
            properties.GetProperty(setting.Section).GetProperty("properties").GetProperty(setting.Name).TryGetProperty("description", out _)));
    }

    [Fact]
    public void The_documents_table_has_every_setting_as_it_is()
    {
        string path = Path.Combine(RoomTests.Root(), "docs", "configuration.md");
        string document = File.ReadAllText(path);
        int begin = document.IndexOf(TableBegin, StringComparison.Ordinal);
        int end = document.IndexOf("\n\n", begin, StringComparison.Ordinal);
        string table = string.Join('\n', Settings.Select(Row).Prepend("|---|---|---|---|").Prepend(TableBegin));
        if (Accepts)
        {
            File.WriteAllText(path, document[..begin] + table + document[end..]);
        }
        else
        {
            Assert.Equal(table, document[begin..end]);
        }
    }

    private static string Row(Setting setting)
    {
        string flag = setting.Symbol.Name.StartsWith('-') ? $"`{setting.Symbol.Name}`" : $"`{setting.Symbol.Name}…`";
        string bounds = (setting.Least, setting.Most, setting.Kind) switch
        {
            (_, _, SettingKind.Choice) => $"{string.Join(", ", setting.Choices)}: ",
            (_, _, SettingKind.Flag) => "true or false: ",
            (_, _, SettingKind.Time) => "a time: ",
            (_, _, SettingKind.Words) => "a list: ",
            ({ } least, _, SettingKind.Size) => $"a size from {TypedSetting.SizeText(least)} on: ",
            ({ } least, { } most, _) => string.Create(CultureInfo.InvariantCulture, $"{least} to {most:N0}: "),
            ({ } least, null, _) => string.Create(CultureInfo.InvariantCulture, $"{least} or more: "),
            _ => string.Empty,
        };
        string what = setting.Description.Split("; default ")[0].Replace("|", "\\|", StringComparison.Ordinal);
        string otherwise = setting.DefaultSaid ?? setting.Default ?? "–";
        string reload = setting.IsReloadable ? " ↻" : string.Empty;
        return $"| `{setting.Key}`{reload} | {flag} `{setting.Variable}` | {bounds}{what} | {otherwise} |";
    }
}
