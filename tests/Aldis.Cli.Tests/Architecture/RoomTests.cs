using System.Reflection;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>The rooms, their one direction and the size of their files (docs/ARCHITECTURE.md).</summary>
public sealed class RoomTests
{
    private const int MostLines = 500;
    private const int MostSampleLines = 30;

    // A file that is one thing and would be cut for the limit alone: its path, and why. It leaves the list when it is short enough again.
    private static readonly Dictionary<string, string> LongForAReason = new(StringComparer.Ordinal)
    {
        ["src/Aldis.Protocols/Arq/EstablishedConnection.cs"] =
            "Input, output and timers of a connection share one state; cut apart, each would reach for it through nullable properties.",
    };

    public static TheoryData<string, string> Rooms => new()
    {
        { "Aldis.Protocols", "" },
        { "Aldis.Lab", "Aldis.Protocols" },
        { "Aldis.Journal", "Aldis.Protocols" },
        { "Aldis.Postgres", "Aldis.Protocols,Aldis.Journal" },
        { "Aldis.Transports", "Aldis.Protocols" },
        { "Aldis.Services", "Aldis.Protocols,Aldis.Journal,Aldis.Transports" },
        { "Aldis.Dashboard", "Aldis.Protocols,Aldis.Lab,Aldis.Journal,Aldis.Transports,Aldis.Services" },
        { "aldis", "Aldis.Protocols,Aldis.Lab,Aldis.Journal,Aldis.Postgres,Aldis.Transports,Aldis.Services,Aldis.Dashboard" },
    };

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_refers_only_to_the_rooms_before_it(string room, string before)
    {
        IEnumerable<string> referred = Assembly.Load(room).GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => name.StartsWith("Aldis.", StringComparison.Ordinal));
        Assert.Empty(referred.Except(before.Split(','), StringComparer.Ordinal));
    }

    [Fact]
    public void Every_room_has_its_place_in_the_order()
    {
        IEnumerable<string> rooms = Directory.EnumerateDirectories(Path.Combine(Root(), "src")).Select(folder => Path.GetFileName(folder)!);
        IEnumerable<string> placed = Rooms.Select(room => room.Data.Item1 == "aldis" ? "Aldis.Cli" : room.Data.Item1);
        Assert.Equal(rooms.Order(StringComparer.Ordinal), placed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_journal_needs_no_web_server() =>
        Assert.DoesNotContain(
            Assembly.Load("Aldis.Journal").GetReferencedAssemblies(),
            name => name.Name!.StartsWith("Microsoft.", StringComparison.Ordinal) || name.Name == "System.IO.Pipelines");

    [Fact]
    public void No_source_file_has_more_than_500_lines_without_a_reason()
    {
        string root = Root();
        IEnumerable<string> tooLong = new[] { "src", "tests", "samples", "benchmarks" }
            .Select(folder => Path.Combine(root, folder)).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(file => File.ReadLines(file).Count() > MostLines)
            .Select(file => Path.GetRelativePath(root, file));
        Assert.Equal(LongForAReason.Keys.Order(StringComparer.Ordinal), tooLong.Order(StringComparer.Ordinal));
        Assert.All(LongForAReason.Values, static reason => Assert.False(string.IsNullOrWhiteSpace(reason)));
    }

    /// <summary>The generator of log messages writes classes in another order each time: with two of them the same tree has no longer the same bytes.</summary>
    [Fact]
    public void A_room_has_its_log_messages_in_one_class() => Assert.All(
        Directory.EnumerateDirectories(Path.Combine(Root(), "src")),
        static room => Assert.InRange(
            Directory.EnumerateFiles(room, "*.cs", SearchOption.AllDirectories)
                .Count(static file => File.ReadAllText(file).Contains("[LoggerMessage(", StringComparison.Ordinal)),
            0,
            1));

    [Fact]
    public void No_sample_has_more_than_30_lines() => Assert.DoesNotContain(
        Directory.EnumerateFiles(Path.Combine(Root(), "samples"), "Program.cs", SearchOption.AllDirectories),
        static file => File.ReadLines(file).Count() > MostSampleLines);

    internal static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Aldis.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
