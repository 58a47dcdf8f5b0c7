using System.Reflection;
using System.Runtime.CompilerServices;

namespace Aldis.Cli.Tests.Architecture;

/// <summary>What the libraries show a user (docs/ARCHITECTURE.md, What is public). Which members these are, the build checks.</summary>
public sealed class SurfaceTests
{
    // What is shown once can be taken back no more, and nobody learns two hundred types: who needs one more looks first for another way,
    // or for a type that nobody needs.
    // Seven came with the native form of files: its client, what that takes and gives, and who is told of what arrived.
    // One came with tokens: what a policy is asked whether a client may do it.
    // Three are a store in a database: it, what it is told, and what it tells.
    private const int MostPublicTypes = 123;

    private static readonly string[] Libraries =
        ["Aldis.Protocols", "Aldis.Lab", "Aldis.Journal", "Aldis.Postgres", "Aldis.Transports", "Aldis.Services", "Aldis.Dashboard"];

    [Fact]
    public void The_libraries_show_no_more_types_than_a_user_can_learn()
    {
        IEnumerable<Type> types = Libraries.SelectMany(static library => Assembly.Load(library).GetExportedTypes());
        string[] shown = [.. types.Select(static type => type.FullName!)];
        Assert.True(shown.Length <= MostPublicTypes, $"{shown.Length} types are public:\n{string.Join('\n', shown)}");
    }

    [Fact]
    public void Only_the_rooms_their_tests_and_the_benchmarks_are_friends_so_that_samples_see_what_users_see()
    {
        string[] tests = [.. Libraries.Select(static library => library + ".Tests"), "Aldis.Cli.Tests"];
        string[] friends = [.. Libraries, "aldis", "Aldis.Benchmarks", .. tests];
        IEnumerable<string> named = Libraries
            .SelectMany(static library => Assembly.Load(library).GetCustomAttributes<InternalsVisibleToAttribute>())
            .Select(static attribute => attribute.AssemblyName);
        Assert.Empty(named.Except(friends, StringComparer.Ordinal));
    }
}
