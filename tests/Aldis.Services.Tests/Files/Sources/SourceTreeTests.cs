using System.Diagnostics;
using System.Net.Sockets;
using Aldis.Protocols.Files;
using Aldis.Services.Files.Sources;
using Aldis.Tests;

namespace Aldis.Services.Tests.Files.Sources;

/// <summary>What of a tree is copied, under which name, and what is said of the rest.</summary>
public sealed class SourceTreeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        // What nobody may enter cannot be removed either.
        if (!OperatingSystem.IsWindows() && Directory.Exists(At("d/closed")))
        {
            File.SetUnixFileMode(At("d/closed"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _directory.Dispose();
    }

    [Fact]
    public void A_file_has_its_last_name_and_a_tree_the_name_of_its_top()
    {
        Make("d/b", "d/a/z", "d/a/y", "d/c", "f");
        Directory.CreateDirectory(At("d/empty"));
        Assert.Equal(["d", "d/a", "d/a/y", "d/a/z", "d/b", "d/c", "d/empty", "f"], Names(Walk("d", "f")));
        Assert.Equal(["d", "d/a"], Names(Walk("d/.").Take(2)));
        Assert.Equal(["a", "a/y"], Names(Walk("d/../d/a/").Take(2)));
    }

    [Fact]
    public void What_the_system_says_of_a_file_goes_with_it()
    {
        Make("d/f");
        File.WriteAllText(At("d/f"), "12345");
        File.SetLastWriteTimeUtc(At("d/f"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(7));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At("d/f"), UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.SetUser);
        }

        SourceEntry file = Walk("d").Last();
        Assert.Equal(5, file.Length);
        Assert.Equal(981_173_106_000_000_700, file.Status.Written);
        Assert.Equal(OperatingSystem.IsWindows() ? 0 : Convert.ToInt32("4440", 8), file.Permissions);
        Assert.True(!OperatingSystem.IsLinux() || file.Status.Changed > file.Status.Written);
    }

    [Theory]
    [InlineData(LinkPolicy.Follow, "d d/f=3 d/in d/in/f=3 d/to-directory d/to-directory/f=3 d/to-file=3")]
    [InlineData(LinkPolicy.Keep, "d d/f=3 d/in d/in/f=3 d/to-directory->in d/to-file->f")]
    [InlineData(LinkPolicy.Skip, "d d/f=3 d/in d/in/f=3 d/to-directory! d/to-file!")]
    internal void Links_are_followed_kept_or_left_out(LinkPolicy policy, string expected)
    {
        Make("d/f", "d/in/f");
        File.CreateSymbolicLink(At("d/to-file"), "f");
        File.CreateSymbolicLink(At("d/to-directory"), "in");
        Assert.Equal(expected, string.Join(' ', Walk(new PathFilter(), policy, "d").Select(static entry => entry.Kind switch
        {
            SourceKind.File => $"{entry.Name}={entry.Length}",
            SourceKind.Link => $"{entry.Name}->{entry.Target}",
            SourceKind.Skipped => entry.Name + "!",
            _ => entry.Name,
        })));
    }

    [Fact]
    public void A_link_that_is_named_is_followed_whatever_is_said_of_links()
    {
        Make("d/f");
        File.CreateSymbolicLink(At("named"), "d");
        Assert.Equal(["named", "named/f"], Names(Walk(new PathFilter(), LinkPolicy.Skip, "named")));
    }

    [Fact]
    public void A_link_to_what_it_is_in_is_told_and_has_an_end()
    {
        Make("d/in/f");
        File.CreateSymbolicLink(At("d/in/up"), "..");
        SourceEntry loop = Assert.Single(Walk("d"), static entry => entry.Kind == SourceKind.Skipped);
        Assert.Equal("d/in/up", loop.Name);
        Assert.Contains("would have no end", loop.Note, StringComparison.Ordinal);
        Assert.True(loop.IsFailure);
    }

    [Fact]
    public void A_link_to_nothing_is_told()
    {
        Make("d/f");
        File.CreateSymbolicLink(At("d/dangling"), "nothing");
        Assert.Equal(["d", "d/dangling! is a link to something that is not there", "d/f"], Told("d"));
    }

    [Fact]
    public async Task Pipes_sockets_and_devices_in_a_tree_are_left_out_with_a_word_and_are_no_failure()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Named pipes are not files elsewhere.");
        Make("d/f");
        await RunAsync("mkfifo", At("d/pipe"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At("d/s")));
        File.CreateSymbolicLink(At("d/device"), "/dev/null");
        Assert.Equal(["d", "d/device. is a device", "d/f", "d/pipe. is a pipe", "d/s. is a socket"], Told("d"));
    }

    [Fact]
    public async Task A_pipe_a_device_and_what_the_system_makes_up_are_read_to_their_end_where_they_are_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Named pipes are not files elsewhere.");
        await RunAsync("mkfifo", At("pipe"));
        Assert.All(
            SourceTree.Look([At("pipe"), "/dev/zero", "/proc/self/status"]), static entry => Assert.Equal(SourceKind.Stream, entry.Kind));
    }

    [Fact]
    public void A_directory_that_may_not_be_read_is_told_and_the_rest_goes_on()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "Nothing is closed to root.");
        Make("d/closed/f", "d/e");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(At("d/closed"), UnixFileMode.None);
        }

        Assert.Equal(["d", "d/closed! cannot be read: its permissions do not allow it", "d/e"], Told("d"));
    }

    [Fact]
    public async Task A_name_that_is_not_UTF8_is_told_and_the_rest_goes_on()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Names are UTF-16 elsewhere.");
        Make("d/f", "d/\uFFFD");
        await RunAsync("sh", "-c", $"touch \"$(printf '{At("d")}/g\\377')\"");
        string[] told = [.. Told("d")];
        await RunAsync("sh", "-c", $"rm \"$(printf '{At("d")}/g\\377')\"");
        Assert.Equal(["d", "d/f", "d/g\uFFFD! has a name that is not UTF-8", "d/\uFFFD"], told);
    }

    [Fact]
    public void A_filter_leaves_out_what_it_says_and_what_is_below()
    {
        Make("d/a.c", "d/a.h", "d/old/b.c", "d/new/c.c", "d/none/x");
        PathFilter filter = new();
        filter.Add(PathPattern.Parse("/old/"), takesIn: false);
        filter.Add(PathPattern.Parse("*.h"), takesIn: false);
        Assert.Equal(["d", "d/a.c", "d/new", "d/new/c.c", "d/none", "d/none/x"], Names(Walk(filter, LinkPolicy.Follow, "d")));

        PathFilter only = new();
        only.Add(PathPattern.Parse("*.c"), takesIn: true);
        Assert.Equal(["d", "d/a.c", "d/new/c.c", "d/old/b.c"], Names(Walk(only, LinkPolicy.Follow, "d")));
    }

    [Theory]
    [InlineData("there is no file or directory", "nothing")]
    [InlineData("is a link to something that is not there", "dangling")]
    [InlineData("would both be 'f'", "f", "d/f")]
    public void A_wrong_name_is_told_before_anything_is_done(string sentence, params string[] names)
    {
        Make("f", "d/f");
        File.CreateSymbolicLink(At("dangling"), "nowhere");
        SourceException exception = Assert.Throws<SourceException>(() => SourceTree.Look([.. names.Select(At)]));
        Assert.Contains(sentence, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_root_of_the_file_system_has_no_name() =>
        Assert.Contains("no name", Assert.Throws<SourceException>(static () => SourceTree.Look(["/"])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_deep_tree_is_walked_to_its_bottom()
    {
        string deep = string.Join('/', Enumerable.Repeat("d", 1000));
        Directory.CreateDirectory(At(deep));
        Assert.Equal(1000, Walk("d").Count());
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> Names(IEnumerable<SourceEntry> entries) => entries.Select(static entry => entry.Name);

    private string At(string name) => _directory.Combine(name);

    private void Make(params string[] names)
    {
        foreach (string name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
            File.WriteAllText(At(name), "abc");
        }
    }

    private IEnumerable<SourceEntry> Walk(params string[] names) => Walk(new PathFilter(), LinkPolicy.Follow, names);

    private IEnumerable<SourceEntry> Walk(PathFilter filter, LinkPolicy links, params string[] names) =>
        new SourceTree(filter, links).Walk(SourceTree.Look([.. names.Select(At)]));

    /// <summary>Names, behind a failure '!' and behind anything else that is left out '.' and the beginning of what is said.</summary>
    private IEnumerable<string> Told(params string[] names) => Walk(names).Select(static entry => entry.Note is null
        ? entry.Name
        : $"{entry.Name}{(entry.IsFailure ? '!' : '.')} {entry.Note.Split(';', ',')[0].Split(": rename")[0].TrimEnd('.')}");
}
