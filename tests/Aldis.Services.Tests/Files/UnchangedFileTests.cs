using Aldis.Services.Files;
using Aldis.Tests;

namespace Aldis.Services.Tests.Files;

public sealed class UnchangedFileTests : IDisposable
{
    private const int Length = 1000;

    private readonly TemporaryDirectory _directory = new();

    private string Name => _directory.Combine("source");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(Length)]
    public async Task A_file_nobody_touches_is_read_to_its_end(int length)
    {
        Make(length);
        Assert.Equal(length, await ReadAsync(static () => { }));
    }

    [Fact]
    public Task One_that_grows_is_not() => FailsAsync("grew from 1000 to 1001 bytes", () => File.AppendAllText(Name, "x"));

    [Fact]
    public Task One_that_shrinks_is_not() => FailsAsync("shrank from 1000 to 5 bytes", () =>
    {
        using FileStream file = OpenToWrite();
        file.SetLength(5);
    });

    [Fact]
    public Task One_that_is_written_to_is_not() => FailsAsync("was written to", () =>
    {
        using FileStream file = OpenToWrite();
        file.WriteByte(1);
    });

    [Fact]
    public Task One_that_is_truncated_and_written_again_is_not() => FailsAsync("was written to", () =>
    {
        using FileStream file = OpenToWrite();
        file.SetLength(0);
        file.Write(new byte[Length]);
    });

    [Fact]
    public Task One_whose_name_another_file_took_is_not() => FailsAsync("another file took its name", () =>
    {
        File.WriteAllText(_directory.Combine("new"), "new");
        File.Move(_directory.Combine("new"), Name, overwrite: true);
    });

    [Fact]
    public async Task One_that_is_removed_is_whole_all_the_same()
    {
        Make(Length);
        Assert.Equal(Length, await ReadAsync(() => File.Delete(Name)));
    }

    [Theory]
    [InlineData("/proc/version")]
    [InlineData("/sys/class/net/lo/mtu")]
    public async Task What_the_system_makes_up_is_read_as_it_comes(string name)
    {
        Assert.SkipUnless(File.Exists(name), "This system has no such file.");
        await using FileStream file = Open(name);
        await using var source = new UnchangedFile(file);
        using var reader = new StreamReader(source);
        Assert.Equal(
            await File.ReadAllTextAsync(name, TestContext.Current.CancellationToken),
            await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    private static FileStream Open(string name) =>
        new(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>As other programs do it: without regard to locks that only programs of this runtime look at.</summary>
    private FileStream OpenToWrite() => new(Name, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    private async Task FailsAsync(string how, Action change)
    {
        Make(Length);
        FileChangedException failure = await Assert.ThrowsAsync<FileChangedException>(() => ReadAsync(change));
        Assert.Contains(how, failure.Message, StringComparison.Ordinal);
    }

    private void Make(int length)
    {
        File.WriteAllBytes(Name, new byte[length]);

        // Two changes within a tick of the system's clock cannot be told apart by it.
        File.SetLastWriteTimeUtc(Name, DateTime.UtcNow.AddDays(-1));
    }

    /// <summary>Reads a few bytes, makes the change, reads the rest.</summary>
    private async Task<int> ReadAsync(Action change)
    {
        await using FileStream file = Open(Name);
        await using var source = new UnchangedFile(file);
        byte[] buffer = new byte[10];
        int total = await source.ReadAsync(buffer.AsMemory(0, 3), TestContext.Current.CancellationToken);
        change();
        int read;
        while ((read = await source.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
        {
            total += read;
        }

        return total;
    }
}
