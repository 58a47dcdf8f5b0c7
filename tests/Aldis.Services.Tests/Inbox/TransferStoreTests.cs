using System.Text;
using Aldis.Journal.Storage;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

public sealed class TransferStoreTests
{
    private const int Chunk = 1 << 20;

    private readonly SimulatedStorage _disk = new();

    [Fact]
    public async Task Files_of_every_size_are_stored_with_their_directories_and_nothing_else_is_left()
    {
        SourceFile[] files = [new("a", 0), new("d/e/b", 10), new("c", 40_000), new("d/f", Chunk), new("g", (3 * Chunk) + 5), new("d/h", 7)];
        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await new TransferFixture(_disk).SendAsync(files);

        Assert.All(answers, answer => Assert.Equal(TransferUnitKind.Want, answer.Kind));
        Assert.Equal(files.Length, recorder.Stored.Count);
        Assert.All(recorder.Stored, pair => Assert.Equal(files[pair.Key].Path, pair.Value));
        Assert.Empty(recorder.Renamed);
        Assert.Equal(files.Select(file => file.Path).Order(StringComparer.Ordinal), _disk.Names);
        Assert.All(files, file => Assert.True(file.Size == _disk[file.Path].Length && file.IsBeginning(_disk[file.Path].Bytes, file.Size)));
        Assert.Null(_disk.Find(TransferFixture.Parts));
    }

    [Fact]
    public async Task Many_small_files_share_their_syncs()
    {
        _disk.CanSyncAll = true;
        SourceFile[] files = [.. Enumerable.Range(0, 200).Select(number => new SourceFile($"d/{number}", 100, number))];
        (_, TransferRecorder recorder) = await new TransferFixture(_disk).SendAsync(files);

        Assert.Equal(files.Length, recorder.Stored.Count);
        Assert.InRange(_disk.SyncsOfAll, 1, 20);
        Assert.True(_disk.Syncs < files.Length / 2, $"{_disk.Syncs} syncs of single files.");
        Assert.InRange(_disk.DirectorySyncs, 1, 80);
    }

    [Fact]
    public async Task A_sync_of_everything_that_failed_confirms_nothing_and_is_not_believed_again()
    {
        _disk.CanSyncAll = _disk.FailsSyncOfAll = true;
        SourceFile[] files = [.. Enumerable.Range(0, 60).Select(number => new SourceFile($"{number}", 100, number))];
        var fixture = new TransferFixture(_disk);
        (_, TransferRecorder failed) = await fixture.SendAsync(files);

        Assert.NotEmpty(failed.Refused);
        Assert.All(failed.Refused.Values, refusal => Assert.Equal(RefusalCode.NotStored, refusal.Code));
        Assert.All(failed.Stored.Values, path => Assert.Equal(100, _disk.Restart(new Random(1), powerLost: true)[path].Length));
        Assert.Equal(1, _disk.SyncsOfAll);
        _disk.FailsSyncOfAll = false;
        SourceFile[] more = [.. Enumerable.Range(60, 60).Select(number => new SourceFile($"{number}", 100, number))];
        Assert.Equal(more.Length, (await fixture.SendAsync(more)).Recorder.Stored.Count);
        Assert.Equal(1, _disk.SyncsOfAll);
    }

    [Fact]
    public async Task A_cut_transfer_goes_on_behind_its_last_chunk_and_hashes_nothing()
    {
        SourceFile file = new("big", (4 * Chunk) + 100);
        var fixture = new TransferFixture(_disk);
        (_, TransferRecorder cut) = await fixture.SendAsync([file], TransferFixture.Offer([file.Entry]), chunks: 2);
        Assert.Equal(2 * Chunk, cut.Verified[0]);
        Assert.Equal(2, _disk.Names.Count());

        (IReadOnlyList<EntryAnswer> answers, TransferRecorder rest) = await fixture.SendAsync(file);

        Assert.Equal(TransferUnitKind.Resume, answers[0].Kind);
        Assert.Equal((2L * Chunk, file.ChainAt(2 * Chunk)), (answers[0].Offset, answers[0].Chain));
        Assert.Equal("big", rest.Stored[0]);
        Assert.True(file.IsBeginning(_disk["big"].Bytes, file.Size));
        Assert.Equal(["big"], _disk.Names);
    }

    [Theory]
    [InlineData("size")]
    [InlineData("time")]
    [InlineData("change")]
    [InlineData("algorithm")]
    public async Task A_source_that_changed_begins_anew(string what)
    {
        SourceFile file = new("big", 3 * Chunk);
        var fixture = new TransferFixture(_disk);
        _ = await fixture.SendAsync([file], TransferFixture.Offer([file.Entry]), chunks: 2);
        SourceFile changed = new("big", what == "size" ? (3 * Chunk) + 1 : 3 * Chunk)
        {
            Entry = file.Entry with
            {
                Size = what == "size" ? (3 * Chunk) + 1 : 3 * Chunk,
                ModifiedNs = file.Entry.ModifiedNs + (what == "time" ? 1 : 0),
                Change = file.Entry.Change + (what == "change" ? 1 : 0),
            },
        };
        TransferOffer offer = TransferFixture.Offer([changed.Entry]);
        offer = what == "algorithm" ? offer with { Opening = offer.Opening with { Algorithm = DigestAlgorithm.Sha256 } } : offer;

        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await fixture.SendAsync([changed], offer);

        Assert.Equal((TransferUnitKind.Want, true), (answers[0].Kind, answers[0].IsChanged));
        Assert.True(recorder.Stored.ContainsKey(0));
        Assert.True(changed.IsBeginning(_disk["big"].Bytes, changed.Size));
    }

    [Theory]
    [InlineData("key")]
    [InlineData("client")]
    [InlineData("path")]
    public async Task What_another_transfer_has_received_is_not_taken_for_this_ones(string what)
    {
        SourceFile file = new("big", 3 * Chunk);
        var fixture = new TransferFixture(_disk);
        _ = await fixture.SendAsync([file], TransferFixture.Offer([file.Entry]), chunks: 2);
        SourceFile other = new(what == "path" ? "other" : "big", 3 * Chunk);

        (IReadOnlyList<EntryAnswer> answers, _) = await fixture.SendAsync(
            [other],
            TransferFixture.Offer(
                [other.Entry], key: what == "key" ? "fedcba9876543210" : "0123456789abcdef", client: what == "client" ? "pump-8" : "pump"));

        Assert.Equal((TransferUnitKind.Want, false), (answers[0].Kind, answers[0].IsChanged));
    }

    [Fact]
    public async Task A_repeat_after_a_lost_confirmation_is_confirmed_again_and_stored_once()
    {
        SourceFile[] files = [new("small", 10), new("d/big", 2 * Chunk)];
        var fixture = new TransferFixture(_disk);
        _ = await fixture.SendAsync(files);
        int writes = _disk.Writes;

        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await fixture.SendAsync(files);

        Assert.All(answers, answer => Assert.Equal(TransferUnitKind.Have, answer.Kind));
        Assert.Equal(writes, _disk.Writes);
        Assert.Empty(recorder.Stored);
        IReadOnlyList<EntryAnswer> renaming = (await fixture.SendAsync(
            files, TransferFixture.Offer(files.Select(file => file.Entry), ConflictPolicy.Rename))).Answers;
        Assert.All(renaming, answer => Assert.Equal(TransferUnitKind.Have, answer.Kind));
        Assert.Equal(2, _disk.Names.Count());
    }

    [Fact]
    public async Task What_was_changed_since_it_was_stored_is_not_confirmed_for_it()
    {
        SourceFile file = new("a", 10);
        var fixture = new TransferFixture(_disk);
        _ = await fixture.SendAsync(file);
        _disk["a"].Modified++;

        Assert.Equal(TransferUnitKind.Prove, (await fixture.SendAsync(file)).Answers[0].Kind);
    }

    [Theory]
    [InlineData(nameof(ConflictPolicy.Fail), 10, nameof(TransferUnitKind.Prove))]
    [InlineData(nameof(ConflictPolicy.Fail), 11, nameof(RefusalCode.Exists))]
    [InlineData(nameof(ConflictPolicy.Skip), 10, nameof(RefusalCode.Exists))]
    [InlineData(nameof(ConflictPolicy.Rename), 10, nameof(TransferUnitKind.Want))]
    [InlineData(nameof(ConflictPolicy.Overwrite), 10, nameof(TransferUnitKind.Prove))]
    [InlineData(nameof(ConflictPolicy.Overwrite), 11, nameof(RefusalCode.Exists))]
    public async Task Where_something_has_the_name_the_policy_says_what_is_done(string policy, int size, string expected)
    {
        Put("a", new byte[10]);
        SourceFile file = new("a", size);
        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await new TransferFixture(_disk).SendAsync(
            [file], TransferFixture.Offer([file.Entry], Enum.Parse<ConflictPolicy>(policy)));

        Assert.Equal(expected, answers[0].Kind == TransferUnitKind.Nak ? $"{answers[0].Code}" : $"{answers[0].Kind}");
        Assert.Equal(10, _disk["a"].Length);
        if (answers[0].Kind == TransferUnitKind.Want)
        {
            Assert.Equal("a-2", recorder.Stored[0]);
            Assert.Contains(0, recorder.Renamed);
        }
    }

    [Fact]
    public async Task What_is_there_is_replaced_where_the_server_allows_it_and_never_a_directory()
    {
        Put("a", new byte[10]);
        Put("d/b", new byte[10]);
        SourceFile[] files = [new("a", 20), new("d", 20)];
        var fixture = new TransferFixture(
            _disk, options: new InboxOptions { Directory = "files", FreeSpaceFloor = 0, AllowOverwrite = true });

        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await fixture.SendAsync(
            files, TransferFixture.Offer(files.Select(file => file.Entry), ConflictPolicy.Overwrite));

        Assert.Equal("a", recorder.Stored[0]);
        Assert.Equal(20, _disk["a"].Length);
        Assert.Equal(RefusalCode.Exists, answers[1].Code);
        Assert.Equal(10, _disk["d/b"].Length);
    }

    [Fact]
    public async Task A_name_that_is_taken_while_the_file_comes_is_refused_and_nothing_is_replaced()
    {
        SourceFile file = new("a", 10);
        var fixture = new TransferFixture(_disk);
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await fixture.OpenAsync(TransferFixture.Offer([file.Entry]), recorder);
        Put("a", [1]);
        await fixture.SendAsync(transfer, 0, file, 0, 1);
        await fixture.DoAsync(transfer.DisposeAsync());

        Assert.Equal(RefusalCode.Exists, recorder.Refused[0].Code);
        Assert.Equal(["a"], _disk.Names);
        Assert.Equal([1], _disk["a"].Bytes.ToArray());
    }

    [Fact]
    public async Task Directories_and_links_are_made_and_those_that_are_there_confirmed()
    {
        ManifestEntry[] entries =
        [
            Entry("d", FileEntryKind.Directory), Entry("d/empty", FileEntryKind.Directory), Entry("d/link", FileEntryKind.Link, "empty"),
            Entry("out", FileEntryKind.Link, "../x"),
        ];
        var fixture = new TransferFixture(_disk);
        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await fixture.SendAsync([], TransferFixture.Offer(entries));

        Assert.Equal([0, 1, 2], recorder.Stored.Keys.Order());
        Assert.Equal(RefusalCode.BadName, answers[3].Code);
        Assert.True(_disk.Find("d/empty") is { IsDirectory: true });
        Assert.Equal("empty", _disk.Find("d/link")!.Target);
        Assert.Equal(
            [TransferUnitKind.Have, TransferUnitKind.Have, TransferUnitKind.Have, TransferUnitKind.Nak],
            (await fixture.SendAsync([], TransferFixture.Offer(entries))).Answers.Select(answer => answer.Kind));
    }

    [Fact]
    public async Task Nothing_goes_through_a_link_or_a_file_that_is_there()
    {
        Put("file", [1]);
        Put("d/x", [1]);
        _disk.Create("link", new SimulatedFile { Target = "d" });
        SourceFile[] files = [new("link/a", 1), new("file/a", 1), new("link", 1), new("D/y", 1)];

        (IReadOnlyList<EntryAnswer> answers, _) = await new TransferFixture(_disk).SendAsync(files);

        Assert.Equal(
            [RefusalCode.BadName, RefusalCode.Exists, RefusalCode.BadName, RefusalCode.BadName], answers.Select(answer => answer.Code));
        Assert.Equal(RefusalCode.Exists, (await new TransferFixture(_disk).SendAsync(files[0])).Answers[0].Code);
        Assert.Equal(RefusalCode.Exists, (await new TransferFixture(_disk).SendAsync(files[2])).Answers[0].Code);
    }

    [Fact]
    public async Task A_verification_says_what_is_there_and_stores_nothing()
    {
        Put("same", new byte[10]);
        Put("other", new byte[11]);
        SourceFile[] files = [new("same", 10), new("other", 10), new("none", 10)];
        (IReadOnlyList<EntryAnswer> answers, _) = await new TransferFixture(_disk).SendAsync(
            [], TransferFixture.Offer(files.Select(file => file.Entry), isVerify: true));

        Assert.Equal(TransferUnitKind.Prove, answers[0].Kind);
        Assert.Equal([RefusalCode.Differs, RefusalCode.Missing], answers.Skip(1).Select(answer => answer.Code));
        Assert.Equal(["other", "same"], _disk.Names);
    }

    [Fact]
    public async Task A_digest_is_that_of_the_chunks_of_what_is_there()
    {
        byte[] content = new byte[(2 * Chunk) + 3];
        new Random(1).NextBytes(content);
        Put("a", content);
        SourceFile file = new("a", content.Length);
        var fixture = new TransferFixture(_disk);
        IIncomingTransfer transfer = await fixture.OpenAsync(TransferFixture.Offer([file.Entry]), new TransferRecorder());

        ContentDigest? digest = await fixture.DoAsync(transfer.ComputeDigestAsync(0));

        using ContentHash hash = Services.Integrity.ContentHashes.Create(DigestAlgorithm.Blake3);
        ContentDigest? chain = null;
        foreach (byte[] chunk in content.Chunk(Chunk))
        {
            hash.Append(chunk);
            chain = ChunkChain.Next(hash, chain, hash.Finish());
        }

        Assert.Equal(chain, digest);
    }

    [Fact]
    public async Task A_file_whose_size_nobody_knew_ends_where_it_ends_and_is_not_kept_when_it_does_not()
    {
        SourceFile file = new("stdin", Chunk + 10) { Entry = Entry("stdin", FileEntryKind.File) with { Size = ManifestEntry.UnknownSize } };
        var fixture = new TransferFixture(
            _disk, options: new InboxOptions { Directory = "files", FreeSpaceFloor = 0, SyncBytes = Chunk });
        (_, TransferRecorder cut) = await fixture.SendAsync([file], TransferFixture.Offer([file.Entry]), chunks: 1);
        Assert.Equal(Chunk, cut.Verified[0]);
        Assert.Empty(_disk.Names);

        (_, TransferRecorder recorder) = await fixture.SendAsync(file);
        Assert.Equal("stdin", recorder.Stored[0]);
        Assert.Equal(file.Size, _disk["stdin"].Length);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 2)]
    public async Task What_the_source_gives_up_is_kept_or_is_gone(bool discard, int left)
    {
        SourceFile file = new("big", 3 * Chunk);
        var fixture = new TransferFixture(_disk);
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await fixture.OpenAsync(TransferFixture.Offer([file.Entry]), recorder);
        await fixture.SendAsync(transfer, 0, file, 0, 1);
        await fixture.DoAsync(transfer.AbandonAsync(0, discard));
        await fixture.DoAsync(transfer.WriteAsync(0, Chunk, new byte[] { 1 }));
        await fixture.DoAsync(transfer.DisposeAsync());

        Assert.Equal(left, _disk.Names.Count());
        Assert.Empty(recorder.Refused);
    }

    [Fact]
    public async Task A_chunk_that_is_sent_again_takes_the_place_of_the_one_before()
    {
        SourceFile file = new("a", 40_000);
        var fixture = new TransferFixture(_disk);
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await fixture.OpenAsync(TransferFixture.Offer([file.Entry]), recorder);
        await fixture.DoAsync(transfer.WriteAsync(0, 0, new byte[40_000]));
        await fixture.SendAsync(transfer, 0, file, 0, 1);
        await fixture.DoAsync(transfer.DisposeAsync());

        Assert.True(file.IsBeginning(_disk["a"].Bytes, file.Size));
    }

    [Fact]
    public async Task Quotas_of_bytes_and_files_are_kept_and_what_was_refused_or_taken_away_makes_room()
    {
        Put("there", new byte[100]);
        var time = new VirtualTime();
        var options = new InboxOptions { Directory = "files", FreeSpaceFloor = 0, QuotaBytes = 1000, QuotaFiles = 3, MaxFileBytes = 950 };
        var fixture = new TransferFixture(_disk, options: options, time: time);
        SourceFile[] files = [new("a", 500), new("b", 401), new("c", 400), new("long", 951), new("d", 0)];

        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await fixture.SendAsync(files);

        Assert.Equal([0, 2], recorder.Stored.Keys.Order());
        Assert.Equal([RefusalCode.Quota, RefusalCode.TooLarge, RefusalCode.Quota], new[] { 1, 3, 4 }.Select(entry => answers[entry].Code));
        Assert.Contains("400 are left", answers[1].Detail!, StringComparison.Ordinal);
        Assert.Equal(RefusalCode.Quota, (await fixture.SendAsync(files[1])).Answers[0].Code);
        _disk.DeleteBelow("a");
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True((await fixture.SendAsync(files[1])).Recorder.Stored.ContainsKey(0));
    }

    [Fact]
    public async Task Each_client_may_have_a_folder_and_a_quota_of_its_own()
    {
        var options = new InboxOptions { Directory = "files", FreeSpaceFloor = 0, HasClientFolders = true, ClientQuotaBytes = 100 };
        var fixture = new TransferFixture(_disk, options: options);
        SourceFile file = new("a", 60);
        foreach (string client in new[] { "one", "two" })
        {
            (_, TransferRecorder recorder) = await fixture.SendAsync([file], TransferFixture.Offer([file.Entry], client: client));
            Assert.Equal($"{client}/a", recorder.Stored[0]);
            Assert.Empty(recorder.Renamed);
        }

        SourceFile more = new("b", 60);
        Assert.Equal(
            RefusalCode.Quota, (await fixture.SendAsync([more], TransferFixture.Offer([more.Entry], client: "one"))).Answers[0].Code);
        foreach (string client in new[] { "..", ".", "nul", "a." })
        {
            InboxRefusedException refusal = await Assert.ThrowsAsync<InboxRefusedException>(
                () => fixture.OpenAsync(TransferFixture.Offer([file.Entry], client: client), new TransferRecorder()));
            Assert.Contains("folder", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_disk_without_room_refuses_and_keeps_what_is_verified()
    {
        SourceFile file = new("big", 3 * Chunk);
        _disk.CapacityBytes = (2 * Chunk) + 1000;
        var fixture = new TransferFixture(_disk);
        (_, TransferRecorder full) = await fixture.SendAsync(file);
        Assert.True(full.Refused.ContainsKey(0));

        _disk.CapacityBytes = long.MaxValue;
        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await fixture.SendAsync(file);
        Assert.Equal(TransferUnitKind.Resume, answers[0].Kind);
        Assert.True(recorder.Stored.ContainsKey(0));

        _disk.FreeBytes = 3000;
        SourceFile[] many = [new("x", 2000), new("vast", long.MaxValue), new("y", 1001), new("z", 1000)];
        (IReadOnlyList<EntryAnswer> some, _) = await fixture.SendAsync([], TransferFixture.Offer(many.Select(each => each.Entry)));
        Assert.Equal([RefusalCode.DiskFull, RefusalCode.DiskFull], new[] { 1, 2 }.Select(entry => some[entry].Code));
        Assert.Equal([TransferUnitKind.Want, TransferUnitKind.Want], new[] { 0, 3 }.Select(entry => some[entry].Kind));

        _disk.FreeBytes = 5;
        var floored = new TransferFixture(_disk, options: new InboxOptions { Directory = "files", FreeSpaceFloor = 10 });
        InboxRefusedException refusal = await Assert.ThrowsAsync<InboxRefusedException>(
            () => floored.OpenAsync(TransferFixture.Offer([file.Entry]), new TransferRecorder()));
        Assert.Equal(RefusalCode.DiskFull, refusal.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_note_that_finds_no_room_takes_none_away_that_was_made(bool writesDirectly)
    {
        const int HeaderAndOneNote = 64 + 64;
        var disk = new SimulatedStorage { SystemRun = 1, WritesDirectly = writesDirectly, CapacityBytes = (2 * Chunk) + HeaderAndOneNote + 10 };
        var fixture = new TransferFixture(disk);
        SourceFile file = new("big", 3 * Chunk);
        (_, TransferRecorder full) = await fixture.SendAsync(file);
        Assert.True(full.Refused.ContainsKey(0));

        disk.CapacityBytes = long.MaxValue;
        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await fixture.SendAsync(file);
        Assert.Equal((TransferUnitKind.Resume, Chunk), (answers[0].Kind, answers[0].Offset));
        Assert.True(recorder.Stored.ContainsKey(0));
    }

    [Fact]
    public async Task What_nobody_came_back_for_is_removed_in_time_and_never_while_it_is_received()
    {
        var time = new VirtualTime();
        SourceFile[] files = [new("old", 3 * Chunk), new("current", 3 * Chunk)];
        var first = new TransferFixture(_disk, time: time);
        var second = new TransferFixture(_disk, time: time);
        _ = await first.SendAsync([files[0]], TransferFixture.Offer([files[0].Entry]), chunks: 1);
        var recorder = new TransferRecorder();
        IIncomingTransfer current = await first.OpenAsync(TransferFixture.Offer([files[1].Entry], key: "1111111111111111"), recorder);
        await first.SendAsync(current, 0, files[1], 0, 1);
        foreach (string name in _disk.Names)
        {
            _disk[name].Modified = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        }

        IStorageRoot root = _disk.OpenRoot("files")!;
        var sweep = new PartSweep(TimeSpan.FromDays(7), time);
        time.Advance(TimeSpan.FromDays(6));
        Assert.Equal(0, sweep.Run(root));
        time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(1, sweep.Run(root));
        Assert.Equal(2, _disk.Names.Count());

        Assert.Equal(RefusalCode.Busy, (await second.SendAsync(
            [files[1]], TransferFixture.Offer([files[1].Entry], key: "1111111111111111"))).Recorder.Refused[0].Code);
        await first.SendAsync(current, 0, files[1], Chunk, 5);
        await first.DoAsync(current.DisposeAsync());
        Assert.Equal("current", recorder.Stored[0]);
    }

    private static ManifestEntry Entry(string path, FileEntryKind kind, string target = "") => new()
    {
        Kind = kind,
        Path = Encoding.UTF8.GetBytes(path),
        Target = Encoding.UTF8.GetBytes(target),
        Mode = 0x1ED,
    };

    private void Put(string path, byte[] content)
    {
        if (path.Contains('/', StringComparison.Ordinal) && _disk.Find(path.Split('/')[0]) is null)
        {
            _disk.Create(path.Split('/')[0], new SimulatedFile { IsDirectory = true });
        }

        using IStorageFile file = _disk.OpenOrCreate(path);
        file.Write(0, content);
    }
}
