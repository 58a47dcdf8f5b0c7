using System.Collections;
using System.CommandLine;
using System.Text;
using Aldis.Cli.Conversations;
using Aldis.Cli.Verbs.Serve;
using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Tests;

namespace Aldis.Cli.Tests.Configuration;

/// <summary>Where a setting of a server comes from, and what is said of one that is wrong.</summary>
public sealed class ServeConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ServeArguments _arguments = new(KnownConversations.All);

    private string FilePath => Path.Combine(_directory.Path, "aldis.json");

    public static TheoryData<string> Keys =>
        [.. new ServeArguments(KnownConversations.All).Settings.Select(static setting => setting.Key)];

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", "", "", "15000", "default", "")]
    [InlineData("{\n\"Limits\":{\"MaxConnections\":10}}", "", "", "10", "file", "{F}:2: Limits:MaxConnections")]
    [InlineData("{\"limits\":{\"maxconnections\":10}}", "", "", "10", "file", "{F}:1: limits:maxconnections")]
    [InlineData("{\"Limits\":{\"MaxConnections\":10}}", "20", "", "20", "environment", "ALDIS_MAX_CONNECTIONS")]
    [InlineData("{\"Limits\":{\"MaxConnections\":10}}", "20", "30", "30", "flag", "--max-connections")]
    [InlineData("{\"Limits\":{\"MaxConnections\":10}}", "", "30", "30", "flag", "--max-connections")]
    public void The_later_of_default_file_environment_and_flag_wins_and_is_known(
        string file, string variable, string flag, string value, string source, string place)
    {
        ServeConfiguration read = Read(file, new() { ["ALDIS_MAX_CONNECTIONS"] = variable }, flag.Length == 0 ? "" : $"--max-connections {flag}");

        Assert.Empty(read.Faults);
        Setting setting = Find("Limits:MaxConnections");
        Assert.Equal(value, read.TextOf(setting));
        Assert.Equal((source, place.Replace("{F}", FilePath, StringComparison.Ordinal)), read.SourceOf(setting));
    }

    [Theory]
    [InlineData("{\"Limits\":{\n\"MaxConections\":1}}", ":2: Limits:MaxConections is no setting; did you mean 'Limits:MaxConnections'?")]
    [InlineData("{\"Limts\":{\"MaxConnections\":1}}", ":1: Limts:MaxConnections is no setting; did you mean 'Limits:MaxConnections'?")]
    [InlineData("{\"Limits\":{\"Level\":1}}", ":1: Limits:Level is no setting; did you mean 'Store:Level'?")]
    [InlineData("{\"Lisen\":{\"Qwxyz\":1}}", ":1: Lisen:Qwxyz is no setting; did you mean the section 'Listen'?")]
    [InlineData("{\"Qwxyz\":{\"Qwxyz\":1}}", ":1: Qwxyz:Qwxyz is no setting.")]
    [InlineData("{\"Limits\":{\"MaxConnections\":0}}", ":1: Limits:MaxConnections takes a whole number N, 1 or more, not '0'.")]
    [InlineData("{\"Limits\":{\"MaxConnections\":\"\"}}", ":1: Limits:MaxConnections needs a value: N.")]
    [InlineData("{\"Limits\":{\"MaxConnections\":true}}", ":1: Limits:MaxConnections takes a whole number N, 1 or more, not 'true'.")]
    [InlineData("{\"Limits\":{\"NewClientRate\":1000001}}", ":1: Limits:NewClientRate takes a whole number of at most 1000000, not '1000001'.")]
    [InlineData("{\"Limits\":{\"IdleTimeout\":10}}", ":1: Limits:IdleTimeout takes a time such as 10m or 1h, not '10': a time needs its unit, 10h or 10d.")]
    [InlineData("{\"Store\":{\"Level\":\"durabel\"}}", ":1: Store:Level takes received, stored, durable or replicated, not 'durabel'; did you mean 'durable'?")]
    [InlineData("{\"Store\":{\"ClientFolders\":\"yes\"}}", ":1: Store:ClientFolders takes true or false, not 'yes'.")]
    [InlineData("{\"Store\":{\"FileMode\":\"@f\"}}", ":1: Store:FileMode takes a mode of files that their owner may read and write, such as 0640, not '@f'.")]
    public void What_is_wrong_in_a_file_is_said_with_its_place_and_what_was_meant(string file, string sentence) =>
        Assert.Equal([FilePath + sentence], Read(file, [], "").Faults);

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once() =>
        Assert.Equal(3, Read("{\"Limits\":{\"MaxConnections\":0,\"IdleTimeout\":1,\"x\":1}}", [], "").Faults.Count);

    [Fact]
    public void What_is_wrong_in_the_environment_is_said_with_the_variables_name() => Assert.Equal(
        ["ALDIS_MAX_MEMORY takes a size from 1M on, such as 256M, not '5'."], Read("", new() { ["ALDIS_MAX_MEMORY"] = "5" }, "").Faults);

    [Theory]
    [InlineData("ALDIS_MAX_CONECTIONS", "the environment has ALDIS_MAX_CONECTIONS, which sets nothing; did you mean ALDIS_MAX_CONNECTIONS?")]
    [InlineData("ALDIS_SERVICE_HOST", null)]
    [InlineData("ALDIS_PORT_9999_TCP_ADDR", null)]
    [InlineData("ALDIS_CONFIG", null)]
    [InlineData("ALDIS_DEBUG", null)]
    public void A_variable_that_is_misspelt_is_a_warning_and_one_of_somebody_else_is_nothing(string name, string? warning)
    {
        ServeConfiguration read = Read("", new() { [name] = "1" }, "");
        Assert.Empty(read.Faults);
        Assert.Equal(warning is null ? [] : [warning], read.Warnings);
    }

    [Fact]
    public void The_words_of_a_later_source_take_the_place_of_all_of_an_earlier_one()
    {
        const string File = "{\"Listen\":{\"Conversations\":[\"echo\",\"ack\",\"files\"]}}";
        Assert.Equal(["echo", "ack", "files"], Names(Read(File, [], "")));
        Assert.Equal(["messages", "echo"], Names(Read(File, new() { ["ALDIS_CONVERSATIONS"] = " messages  echo" }, "")));
        Assert.Equal(["ack"], Names(Read(File, new() { ["ALDIS_CONVERSATIONS"] = "messages echo" }, "ack")));

        string[] Names(ServeConfiguration read) => _arguments.Read(read, Call("--dashboard off")).Names;
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_setting_takes_its_default_from_a_file_and_its_variable_is_its_flag(string key)
    {
        Setting setting = Find(key);
        if (setting.Default is string text)
        {
            Assert.Null(setting.WhyNot(text, key));
        }

        Assert.Matches("^[A-Z][A-Za-z]+:[A-Z][A-Za-z]+$", key);
        Assert.Equal(
            setting.Symbol is Option ? "ALDIS" + setting.Symbol.Name.Replace('-', '_').ToUpperInvariant()[1..] : "ALDIS_CONVERSATIONS", setting.Variable);
    }

    [Fact]
    public void No_two_settings_share_a_key_a_flag_or_a_variable()
    {
        Assert.Distinct(_arguments.Settings.Select(static setting => setting.Key), StringComparer.OrdinalIgnoreCase);
        Assert.Distinct(_arguments.Settings.Select(static setting => setting.Symbol.Name));
        Assert.Distinct(_arguments.Settings.Select(static setting => setting.Variable));
    }

    private Setting Find(string key) => _arguments.Settings.Single(setting => setting.Key == key);

    private ServeConfiguration Read(string file, Dictionary<string, string> environment, string words)
    {
        if (file.Length > 0)
        {
            File.WriteAllText(FilePath, file, Encoding.UTF8);
        }

        return ServeConfiguration.Read(_arguments.Settings, Call(words), file.Length > 0 ? FilePath : null, (IDictionary)environment);
    }

    private ParseResult Call(string words)
    {
        var verb = new Command("serve");
        _arguments.AddTo(verb);
        return verb.Parse(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
