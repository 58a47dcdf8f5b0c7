using System.Diagnostics;
using System.Text;
using Aldis.Protocols.Files;
using Aldis.Services.Files;
using Aldis.Services.Files.Sources;
using Aldis.Tests;

namespace Aldis.Services.Tests.Files.Sources;

/// <summary>What is found in a tree, as it goes into a transfer.</summary>
public sealed class TreeSourceTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_entry_says_what_it_is_and_a_file_gives_any_part_of_it()
    {
        Directory.CreateDirectory(At("d/é"));
        await File.WriteAllTextAsync(At("d/é/f"), "0123456789", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(At("d/link"), "é/f");
        TreeSource source = Open(LinkPolicy.Keep, "d");
        Assert.Equal(["D d", "L d/link -> é/f", "D d/é", "F d/é/f"], source.Entries.Select(static entry =>
            $"{entry.Kind.ToString()[0]} {Text(entry.Path)}{(entry.Target.IsEmpty ? string.Empty : " -> " + Text(entry.Target))}"));
        ManifestEntry file = source.Entries[3];
        Assert.Equal(10, file.Size);
        Assert.True(file.ModifiedNs > 0 && (!OperatingSystem.IsLinux() || file.Change > 0));

        await using ISourceFile open = await source.OpenAsync(3, TestContext.Current.CancellationToken);
        byte[] buffer = new byte[100];
        Assert.Equal(3, await open.ReadAsync(7, buffer, TestContext.Current.CancellationToken));
        Assert.Equal("789", Encoding.UTF8.GetString(buffer, 0, 3));
        Assert.Equal(0, await open.ReadAsync(10, buffer, TestContext.Current.CancellationToken));
        Assert.True(open.IsUnchanged());
    }

    [Theory]
    [InlineData("grew")]
    [InlineData("shrank")]
    [InlineData("was written to, and its time set back")]
    [InlineData("was replaced before it was opened")]
    [InlineData("was replaced after it was opened")]
    public async Task A_file_that_is_not_what_it_was_is_changed(string how)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there the system tells of every change.");
        string file = At("f");
        await File.WriteAllTextAsync(file, "0123456789", TestContext.Current.CancellationToken);
        TreeSource source = Open(LinkPolicy.Follow, "f");
        if (how.EndsWith("before it was opened", StringComparison.Ordinal))
        {
            Replace(file);
        }

        await using ISourceFile open = await source.OpenAsync(0, TestContext.Current.CancellationToken);
        switch (how)
        {
            case "grew":
                await File.AppendAllTextAsync(file, "x", TestContext.Current.CancellationToken);
                break;
            case "shrank":
                await File.WriteAllTextAsync(file, "01234", TestContext.Current.CancellationToken);
                break;
            case "was written to, and its time set back":
                DateTime before = File.GetLastWriteTimeUtc(file);
                await File.WriteAllTextAsync(file, "9876543210", TestContext.Current.CancellationToken);
                File.SetLastWriteTimeUtc(file, before);
                break;
            case "was replaced after it was opened":
                Replace(file);
                break;
            default:
                break;
        }

        Assert.False(open.IsUnchanged());
    }

    [Fact]
    public async Task A_pipe_is_waited_for_read_once_and_let_go_when_told_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Named pipes are not files elsewhere.");
        using (Process make = Process.Start("mkfifo", At("pipe")))
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        TreeSource source = Open(LinkPolicy.Follow, "pipe");
        Assert.Equal(ManifestEntry.UnknownSize, source.Entries[0].Size);
        using var stop = new CancellationTokenSource();
        Task<ISourceFile> opening = source.OpenAsync(0, TestContext.Current.CancellationToken).AsTask();
        await using var writer = new FileStream(At("pipe"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        await writer.WriteAsync("abc"u8.ToArray(), TestContext.Current.CancellationToken);
        ISourceFile open = await opening;
        byte[] buffer = new byte[100];
        Assert.Equal(3, await open.ReadAsync(0, buffer, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<IOException>(async () => await open.ReadAsync(0, buffer, TestContext.Current.CancellationToken));
        Task<int> silent = open.ReadAsync(3, buffer, stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => silent);
    }

    private static void Replace(string file)
    {
        File.WriteAllText(file + ".new", "9876543210");
        File.Move(file + ".new", file, overwrite: true);
    }

    private static string Text(ReadOnlyMemory<byte> path) => Encoding.UTF8.GetString(path.Span);

    private TreeSource Open(LinkPolicy links, string name) =>
        new([.. new SourceTree(new PathFilter(), links).Walk(SourceTree.Look([At(name)]))]);

    private string At(string name) => _directory.Combine(name);
}
