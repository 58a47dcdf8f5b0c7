using System.Text;
using Aldis.Journal.Storage;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;

namespace Aldis.Services.Tests.Inbox;

public sealed class FileInboxTests
{
    // What one file costs of the disk, in order.
    private const int OperationsToSync = 0;
    private const int OperationsToRename = 1;
    private const int OperationsToDirectorySync = 2;

    private readonly SimulatedStorage _disk = new();

    [Fact]
    public async Task A_thousand_files_that_end_together_cost_a_few_syncs_of_the_directory_and_few_names()
    {
        const int count = 1000;
        var fixture = new InboxFixture(_disk);
        var files = new List<IncomingFile>();
        for (int number = 0; number < count; number++)
        {
            files.Add(await fixture.WriteAsync(Encoding.ASCII.GetBytes($"{number}")));
        }

        int before = _disk.Operations;
        List<(string? Name, Exception? Failure)> completed = await fixture.CompleteAsync(files);

        Assert.Equal(count, completed.Select(file => file.Name).OfType<string>().Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(count, _disk.Syncs);
        Assert.InRange(_disk.DirectorySyncs, 1, 5);
        Assert.Equal(count + count + _disk.DirectorySyncs, _disk.Operations - before);
        Assert.InRange(_disk.NamesAskedFor, count, 3 * count);
    }

    [Fact]
    public async Task A_file_whose_sync_failed_is_not_published_and_its_neighbours_are()
    {
        var fixture = new InboxFixture(_disk);
        IncomingFile[] files = [await fixture.WriteAsync([1]), await fixture.WriteAsync([2]), await fixture.WriteAsync([3])];
        _disk.FailNext(OperationsToSync + 1);

        List<(string? Name, Exception? Failure)> completed = await fixture.CompleteAsync(files);
        foreach (IncomingFile file in files)
        {
            await fixture.DisposeAsync(file);
        }

        Exception failure = Assert.Single(completed.Select(file => file.Failure).OfType<Exception>());
        Assert.IsNotType<InboxUncertainException>(failure);
        Assert.Equal(["received_file-2.txt", "received_file.txt"], _disk.Names);
    }

    [Theory]
    [InlineData(nameof(FileHarm.Deleted))]
    [InlineData(nameof(FileHarm.Replaced))]
    [InlineData(nameof(FileHarm.Cut))]
    public async Task A_file_that_somebody_laid_hands_on_is_not_published_and_its_neighbours_are(string harm)
    {
        var fixture = new InboxFixture(_disk);
        IncomingFile harmed = await fixture.WriteAsync([1, 2]);
        string part = Assert.Single(_disk.Names);
        IncomingFile neighbour = await fixture.WriteAsync([3]);
        _disk.Harm(part, Enum.Parse<FileHarm>(harm));

        List<(string? Name, Exception? Failure)> completed = await fixture.CompleteAsync(harmed, neighbour);

        Assert.Contains(part, completed[0].Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(InboxFixture.Name, completed[1].Name);
        await fixture.DisposeAsync(harmed);
        await fixture.DisposeAsync(neighbour);
        Assert.Equal([InboxFixture.Name], _disk.Names);
    }

    [Fact]
    public async Task A_file_that_could_not_be_renamed_is_not_published()
    {
        var fixture = new InboxFixture(_disk);
        IncomingFile file = await fixture.WriteAsync([1]);
        _disk.FailNext(OperationsToRename);

        Assert.NotNull((await fixture.CompleteAsync(file)).Single().Failure);
        await fixture.DisposeAsync(file);

        Assert.Empty(_disk.Names);
    }

    [Fact]
    public async Task A_file_renamed_when_the_directorys_sync_failed_is_called_what_it_is_and_no_other_is_taken()
    {
        var fixture = new InboxFixture(_disk);
        IncomingFile file = await fixture.WriteAsync([1]);
        IncomingFile later = await fixture.WriteAsync([2]);
        _disk.FailNext(OperationsToDirectorySync);

        var failure = Assert.IsType<InboxUncertainException>((await fixture.CompleteAsync(file)).Single().Failure);
        await fixture.DisposeAsync(file);

        Assert.Equal(InboxFixture.Name, failure.Name);
        Assert.Contains("power cut", failure.Message, StringComparison.Ordinal);
        Assert.Contains(InboxFixture.Name, _disk.Names);
        Assert.IsType<InboxRefusedException>((await fixture.CompleteAsync(later)).Single().Failure);
        await fixture.DisposeAsync(later);
        InboxRefusedException refusal = await Assert.ThrowsAsync<InboxRefusedException>(fixture.BeginAsync);
        Assert.Contains("restart", refusal.Message, StringComparison.Ordinal);
        Assert.Equal([InboxFixture.Name], _disk.Names);
    }

    [Fact]
    public async Task A_directory_that_somebody_took_away_is_the_matter_of_what_is_in_it_alone()
    {
        var fixture = new InboxFixture(_disk);
        var named = new NamedIn("gone", _disk.OpenRoot("files")!);
        IncomingFile neighbour = await fixture.WriteAsync([1]);

        List<(string? Name, Exception? Failure)> completed = await fixture.PublishAsync(named, neighbour);

        Assert.Equal("gone/name", Assert.IsType<InboxUncertainException>(completed[0].Failure).Name);
        Assert.Equal(InboxFixture.Name, completed[1].Name);
        Assert.Equal("received_file-2.txt", (await fixture.CompleteAsync(await fixture.WriteAsync([2]))).Single().Name);
    }

    [Fact]
    public async Task No_more_files_are_received_at_once_than_have_descriptors_and_the_next_is_when_one_ends()
    {
        var fixture = new InboxFixture(_disk, maxFiles: 2);
        IncomingFile first = await fixture.WriteAsync([1]);
        _ = await fixture.WriteAsync([2]);

        InboxRefusedException refusal = await Assert.ThrowsAsync<InboxRefusedException>(fixture.BeginAsync);
        Assert.True(refusal.IsForDescriptors);
        Assert.Contains("ulimit -n", refusal.Message, StringComparison.Ordinal);

        await fixture.DisposeAsync(first);
        await fixture.DisposeAsync(first);
        _ = await fixture.BeginAsync();
        _ = await Assert.ThrowsAsync<InboxRefusedException>(fixture.BeginAsync);
    }

    [Fact]
    public async Task Want_of_a_descriptor_refuses_one_file_in_plain_words_and_not_the_next()
    {
        var fixture = new InboxFixture(_disk, maxFiles: 1);
        await fixture.DisposeAsync(await fixture.BeginAsync());
        _disk.HasNoDescriptors = true;
        Assert.True((await Assert.ThrowsAsync<InboxRefusedException>(fixture.BeginAsync)).IsForDescriptors);

        _disk.HasNoDescriptors = false;
        _ = await fixture.BeginAsync();
    }

    [Fact]
    public async Task Want_of_a_thread_refuses_one_file_and_not_the_next()
    {
        var fixture = new InboxFixture(_disk);
        IncomingFile[] files = [await fixture.WriteAsync([1]), await fixture.WriteAsync([2])];

        fixture.HasNoThreads = true;
        Assert.IsType<InboxRefusedException>((await fixture.CompleteAsync(files[0])).Single().Failure);
        fixture.HasNoThreads = false;
        await fixture.DisposeAsync(files[0]);

        Assert.NotNull((await fixture.CompleteAsync(files[1])).Single().Name);
    }

    [Fact]
    public async Task Want_of_a_thread_at_the_beginning_is_a_refusal_and_at_the_end_leaves_no_trace()
    {
        var fixture = new InboxFixture(_disk, maxFiles: 1);
        fixture.HasNoThreads = true;
        _ = await Assert.ThrowsAsync<InboxRefusedException>(fixture.BeginAsync);

        fixture.HasNoThreads = false;
        IncomingFile file = await fixture.WriteAsync([1]);
        fixture.HasNoThreads = true;
        _ = await Assert.ThrowsAsync<InboxRefusedException>(() => fixture.WriteAsync(file, [2]));
        await fixture.DisposeAsync(file);

        Assert.Empty(_disk.Names);
        fixture.HasNoThreads = false;
        _ = await fixture.BeginAsync();
    }

    [Fact]
    public async Task What_a_killed_server_left_is_removed_by_the_next_that_is_alone()
    {
        var killed = new InboxFixture(_disk);
        await killed.WriteAsync([1, 2, 3]);
        await killed.CompleteAsync(await killed.WriteAsync([4]));
        await killed.WriteAsync([5]);
        SimulatedStorage disk = _disk.Restart(new Random(1), powerLost: false);
        disk.OpenWrite("mine.part").Dispose();

        Assert.Equal(2, new InboxFixture(disk).Inbox.RemoveUnfinished());

        Assert.Equal(["mine.part", InboxFixture.Name], disk.Names);
    }

    [Fact]
    public async Task What_another_server_is_receiving_is_never_removed()
    {
        var first = new InboxFixture(_disk);
        var second = new InboxFixture(_disk);
        IncomingFile file = await first.WriteAsync([1]);

        Assert.Equal(0, second.Inbox.RemoveUnfinished());
        IncomingFile other = await second.WriteAsync([2]);

        Assert.Equal("received_file.txt", (await first.CompleteAsync(file)).Single().Name);
        Assert.Equal("received_file-2.txt", (await second.CompleteAsync(other)).Single().Name);
    }

    [Theory]
    [InlineData("a.txt", "a-2.txt")]
    [InlineData("d.d/a", "d.d/a-2")]
    [InlineData("d/.profile", "d/.profile-2")]
    [InlineData("a.tar.gz", "a.tar-2.gz")]
    public void A_number_stands_before_the_ending(string path, string numbered) => Assert.Equal(numbered, FreeNames.Numbered(path, 2));

    [Theory]
    [InlineData("a.txt.0123abcd-1.part", true)]
    [InlineData("received_file.txt.00000000-123456.part", true)]
    [InlineData("a.txt.part", false)]
    [InlineData("a.txt.0123abcd.part", false)]
    [InlineData("a.txt.0123abcd-.part", false)]
    [InlineData("a.txt.0123abcg-1.part", false)]
    [InlineData("a.txt.123abcd-1.part", false)]
    [InlineData(".0123abcd-1.part", false)]
    [InlineData("0123abcd-1.part", false)]
    [InlineData("a.txt.0123abcd-1x.part", false)]
    [InlineData("a.txt.0123abcd-1.parts", false)]
    public void Only_names_a_server_gives_are_those_of_unfinished_files(string name, bool isOne) =>
        Assert.Equal(isOne, PartName.IsOne(name));

    /// <summary>What got its name in a directory.</summary>
    private sealed class NamedIn(string directory, IStorageRoot root) : IPublishable
    {
        public IStorageRoot Root => root;

        public IEnumerable<string> ChangedDirectories => [directory];

        public void Prepare()
        {
        }

        public void Sync()
        {
        }

        public void Check()
        {
        }

        public string GiveName(FreeNames names) => $"{directory}/name";
    }
}
