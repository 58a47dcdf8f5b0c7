namespace Aldis.Cli.Tests.Architecture;

/// <summary>The walks of docs/ARCHITECTURE.md lead where the code goes: what is moved or renamed there is moved and counted here.</summary>
public sealed class WalkTests
{
    [Fact]
    public void Every_type_on_a_walk_is_where_it_is_said_to_be_and_the_figures_are_those_of_its_steps()
    {
        string document = ArchitectureDocument.Read();
        Assert.Equal(
            ["A plain message", "A native message", "A datagram of `arq`", "A run of the laboratory"], Walks.TitlesIn(document));
        Assert.Empty(Walks.WrongWith(document));
    }

    [Theory]
    [InlineData("`Protocols/Messages/PlainMessageReader`", "`Protocols/Framing/PlainMessageReader`", "there is no Protocols/Framing/PlainMessageReader")]
    [InlineData("(`PlainHeaderScanner`)", "(`PlainFooterScanner`)", "there is no PlainFooterScanner beside PlainMessageReader")]
    [InlineData("↩ `PlainConnection` appends", "`PlainConnection` appends", "PlainConnection was left, and is gone back to without a mark")]
    [InlineData("(`PlainHeaderScanner`)", "(↩ `PlainHeaderScanner`)", "PlainHeaderScanner is marked as gone back to, and was not left")]
    [InlineData("**26 types, 5 turns back**", "**26 types, 4 turns back**", "A plain message: the steps have **26 types, 5 turns back**")]
    [InlineData("**26 types, 5 turns back**", "**25 types, 5 turns back**", "A plain message: the steps have **26 types, 5 turns back**")]
    public void A_walk_that_leads_elsewhere_is_caught(string right, string wrong, string expected)
    {
        string document = ArchitectureDocument.Read();
        Assert.Contains(right, document, StringComparison.Ordinal);
        Assert.Contains(
            Walks.WrongWith(document.Replace(right, wrong, StringComparison.Ordinal)),
            fault => fault.Contains(expected, StringComparison.Ordinal));
    }
}
