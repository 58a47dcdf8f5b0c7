using System.Text;
using Aldis.Cli.Verbs.Serve.Configuration;
using FsCheck;
using FsCheck.Fluent;

namespace Aldis.Cli.Tests.Configuration;

/// <summary>How a configuration file is read: what it says with its lines, and what is wrong with it.</summary>
public sealed class ConfigurationFileTests
{
    [Fact]
    public void Each_value_has_its_section_its_name_and_its_line()
    {
        ConfigurationFile file = Parse(
            """
            {
              "$schema": "aldis.schema.json",
              // as .NET configuration has it
              "Limits": { "MaxConnections": 20,
                "IdleTimeout": "10m", },
              "Listen": {
                "Conversations": [ "echo", "ack=tcp://:8000" ]
              },
              "Store": { "ClientFolders": true, "Share": null }
            }
            """);

        Assert.Empty(file.Faults);
        Assert.Equal(
            [
                new FileValue("Limits:MaxConnections", "20", 4),
                new FileValue("Limits:IdleTimeout", "10m", 5),
                new FileValue("Listen:Conversations", "echo\nack=tcp://:8000", 7),
                new FileValue("Store:ClientFolders", "true", 9),
            ],
            file.Values);
    }

    [Theory]
    [InlineData("", "f:1: this is no JSON")]
    [InlineData("{\n\"Limits\": {\n\"MaxConnections\": ten } }", "f:3: this is no JSON: 'ten } }' is an invalid JSON literal.")]
    [InlineData("[]", "f:1: a configuration is one object")]
    [InlineData("{} {}", "f:1: this is no JSON")]
    [InlineData("{\n\"MaxConnections\": 5 }", "f:2: 'MaxConnections' stands alone: every setting is in a section")]
    [InlineData("{ \"Limits\": { \"A\": 1,\n\"a\": 2 } }", "f:2: Limits:a is there twice.")]
    [InlineData("{ \"Limits\": {\n\"A\": { \"B\": 1 } } }", "f:2: Limits:A takes a value, not an object.")]
    [InlineData("{ \"Listen\": { \"Conversations\": [\n7 ] } }", "f:2: Listen:Conversations takes a list of texts, and this is none.")]
    [InlineData("{ \"Listen\": { \"Conversations\": [ [\"echo\"] ] } }", "f:1: Listen:Conversations takes a list of texts, and this is none.")]
    [InlineData("{ \"Listen\": { \"\\ud800\": 1 } }", "f:1: this is no text in UTF-8.")]
    public void What_is_wrong_is_said_with_its_line(string json, string sentence) =>
        Assert.Contains(Parse(json).Faults, fault => fault.StartsWith(sentence, StringComparison.Ordinal));

    [Fact]
    public void A_mark_of_the_byte_order_is_passed_over() =>
        Assert.Single(ConfigurationFile.Parse("f", [.. Encoding.UTF8.Preamble, .. "{\"Limits\":{\"A\":1}}"u8]).Values);

    [Fact]
    public void Whatever_the_bytes_are_there_are_values_or_sentences_and_no_fault() =>
        Prop.ForAll(
                Gen.OneOf(ArbMap.Default.GeneratorFor<byte[]>(), Gen.Elements("{}[]\":,\\ \nulltrea10".ToCharArray()).Select(static one => (byte)one).ArrayOf()).ToArbitrary(),
                static bytes => ConfigurationFile.Parse("f", bytes) is { } file && (file.Faults.Count > 0 || file.Path == "f"))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void A_file_that_is_no_configuration_by_its_length_is_refused()
    {
        using var directory = new Aldis.Tests.TemporaryDirectory();
        string path = Path.Combine(directory.Path, "long.json");
        File.WriteAllText(path, new string(' ', ConfigurationFile.MostBytes + 1));
        Assert.Contains("longer than", Assert.Throws<UsageException>(() => ConfigurationFile.Read(path)).Message, StringComparison.Ordinal);
    }

    private static ConfigurationFile Parse(string json) => ConfigurationFile.Parse("f", Encoding.UTF8.GetBytes(json));
}
