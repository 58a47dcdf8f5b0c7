using Aldis.Cli.Logging;
using Microsoft.Extensions.Logging;

namespace Aldis.Cli.Tests.Logging;

/// <summary>Which records a log has.</summary>
public sealed class LogLevelTests
{
    [Theory]
    [InlineData("", "Aldis.messages", LogLevel.Information, true)]
    [InlineData("", "Aldis.messages", LogLevel.Debug, false)]
    [InlineData("warning", "Aldis.messages", LogLevel.Information, false)]
    [InlineData("warning messages=debug", "Aldis.messages", LogLevel.Debug, true)]
    [InlineData("warning messages=debug", "Aldis.echo", LogLevel.Information, false)]
    [InlineData("Aldis=error Aldis.messages=DEBUG", "Aldis.messages", LogLevel.Debug, true)]
    [InlineData("Aldis.messages=debug Aldis=error", "Aldis.messages", LogLevel.Debug, true)]
    [InlineData("Microsoft.AspNetCore=none", "Microsoft.AspNetCore.Server.Kestrel", LogLevel.Critical, false)]
    [InlineData("mess=debug", "Aldis.messages", LogLevel.Debug, false)]
    [InlineData("none", "Aldis.messages", LogLevel.None, false)]
    public void The_longest_beginning_of_a_category_decides_and_else_the_level_of_all(string rules, string category, LogLevel level, bool isLogged) =>
        Assert.Equal(isLogged, LogLevels.Parse(rules.Split(' ', StringSplitOptions.RemoveEmptyEntries)).IsEnabled(category, level));

    [Theory]
    [InlineData("informtion", "'informtion' is none: levels are trace, debug, information, warning, error, critical, none; did you mean 'information'?")]
    [InlineData("messages=", "'messages=' is none")]
    [InlineData("=debug", "'=debug' is none")]
    [InlineData("3", "'3' is none")]
    public void What_is_no_level_is_told(string word, string sentence) => Assert.Contains(sentence, LogLevels.WhyNot(word), StringComparison.Ordinal);
}
