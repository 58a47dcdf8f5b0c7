using System.Reflection;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>The rooms, their one direction and the size of their files (docs/ARCHITECTURE.md).</summary>
public sealed class RoomTests
{
    private const int MostLines = 500;

    [Theory]
    [InlineData("Aldis.Protocols", "")]
    [InlineData("Aldis.Lab", "Aldis.Protocols")]
    [InlineData("Aldis.Journal", "Aldis.Protocols")]
    [InlineData("Aldis.Transports", "Aldis.Protocols")]
    [InlineData("Aldis.Services", "Aldis.Protocols,Aldis.Journal,Aldis.Transports")]
    [InlineData("aldis", "Aldis.Protocols,Aldis.Lab,Aldis.Journal,Aldis.Transports,Aldis.Services")]
    public void A_room_refers_only_to_the_rooms_before_it(string room, string before)
    {
        IEnumerable<string> referred = Assembly.Load(room).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("Aldis.", StringComparison.Ordinal));
        Assert.Empty(referred.Except(before.Split(','), StringComparer.Ordinal));
    }

    [Fact]
    public void No_source_file_has_more_than_500_lines()
    {
        string root = Root();
        IEnumerable<string> tooLong = new[] { "src", "tests", "samples", "benchmarks" }
            .Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => File.ReadLines(file).Count() > MostLines)
            .Select(file => Path.GetRelativePath(root, file));
        Assert.Empty(tooLong);
    }

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Aldis.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
