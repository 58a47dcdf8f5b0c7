using System.Reflection;
using Aldis.Cli.Tests.Architecture.Round.One;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>No two folders of a room use each other, by any way (docs/ARCHITECTURE.md): a newcomer reads in one direction.</summary>
public sealed class FolderTests
{
    [Theory]
    [InlineData("Aldis.Protocols", "Aldis.Protocols")]
    [InlineData("Aldis.Lab", "Aldis.Lab")]
    [InlineData("Aldis.Journal", "Aldis.Journal")]
    [InlineData("Aldis.Postgres", "Aldis.Postgres")]
    [InlineData("Aldis.Transports", "Aldis.Transports")]
    [InlineData("Aldis.Services", "Aldis.Services")]
    [InlineData("aldis", "Aldis.Cli")]
    public void No_two_folders_of_a_room_depend_on_each_other(string room, string root) =>
        Assert.Equal(string.Empty, string.Join('\n', FolderGraph.Circles(TypesOf(Assembly.Load(room), root), root)));

    [Fact]
    public void Two_folders_that_do_are_found_out() =>
        Assert.Single(FolderGraph.Circles(TypesOf(typeof(There).Assembly, "Aldis.Cli.Tests.Architecture.Round"), "Aldis.Cli.Tests.Architecture.Round"));

    private static IEnumerable<Type> TypesOf(Assembly assembly, string root) =>
        assembly.GetTypes().Where(type => type.Namespace?.StartsWith(root, StringComparison.Ordinal) == true);
}
