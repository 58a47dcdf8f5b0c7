using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

public sealed class JournalRecoveryTests
{
    private const string First = "0000000001.segment";
    private const int Commits = 3;

    private static readonly JournalOptions Repairing = TestJournal.Options with { Repair = true };

    [Fact]
    public void A_last_commit_torn_at_any_byte_is_cut_and_nothing_before_it_is_lost()
    {
        int end = TestJournal.WithCommits(Commits)[First].Length;
        int begin = TestJournal.WithCommits(Commits - 1)[First].Length;
        List<string> kept = TestJournal.Read(TestJournal.WithCommits(Commits - 1));
        for (int cut = begin; cut < end; cut++)
        {
            SimulatedStorage shorter = TestJournal.WithCommits(Commits);
            shorter[First].SetLength(cut);
            AssertOpensWith(shorter, kept, null);

            SimulatedStorage zeroed = TestJournal.WithCommits(Commits);
            zeroed[First].Bytes[begin..cut].Clear();
            AssertOpensWith(zeroed, cut == begin ? TestJournal.Read(TestJournal.WithCommits(Commits)) : kept, null);

            SimulatedStorage flipped = TestJournal.WithCommits(Commits);
            flipped[First].Bytes[cut] ^= 0x10;
            AssertOpensWith(flipped, kept, end - begin);
        }
    }

    [Fact]
    public void Damage_at_any_byte_before_the_last_commit_is_refused_and_a_repair_says_what_is_lost()
    {
        SimulatedStorage sound = TestJournal.WithCommits(Commits);
        List<string> all = TestJournal.Read(sound);
        int last = TestJournal.WithCommits(Commits - 1)[First].Length;
        for (int offset = 0; offset < last; offset++)
        {
            SimulatedStorage storage = TestJournal.WithCommits(Commits);
            storage[First].Bytes[offset] ^= 0x01;
            byte[] before = storage[First].Bytes.ToArray();

            _ = Assert.Throws<JournalCorruptException>(() => new TestJournal(storage));
            Assert.Equal(before, storage[First].Bytes.ToArray());
            Assert.False(JournalReader.Verify(TestJournal.Directory, storage).IsSound);

            // One segment alone, and its header gone: there is nothing left that the records could be known by.
            if (offset < SegmentHeader.FixedLength)
            {
                _ = Assert.Throws<JournalCorruptException>(() => new TestJournal(storage, Repairing));
                continue;
            }

            using var repaired = new TestJournal(storage, Repairing);
            Assert.NotEmpty(repaired.Journal.Recovery.Repaired);
            List<string> left = TestJournal.Read(storage);
            Assert.Equal(all.Count - 1, left.Count);
            string lost = Assert.Single(all.Except(left));
            if (lost.StartsWith("pump", StringComparison.Ordinal))
            {
                long sequence = long.Parse(lost.Split('/')[1]);
                Assert.Equal(new LostRange("pump", sequence, sequence), Assert.Single(repaired.Journal.Recovery.Lost));
            }

            Assert.Equal(before, storage[First + ".damaged"].Bytes.ToArray());
        }
    }

    [Fact]
    public void A_repaired_journal_opens_again_and_goes_on()
    {
        SimulatedStorage storage = TestJournal.WithCommits(Commits);
        storage[First].Bytes[SegmentHeader.FixedLength + 3] ^= 0x80;
        using (var repaired = new TestJournal(storage, Repairing))
        {
            JournalAppender appender = repaired.Open("pump");
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(10, TestJournal.Text("pump 10")));
            repaired.Step();
        }

        using var again = new TestJournal(storage);
        Assert.Equal(10, again.Journal.FindClient("pump")!.Committed);
        Assert.Empty(again.Journal.Recovery.Repaired);
    }

    [Fact]
    public void A_missing_segment_is_corruption_and_the_marks_of_the_next_survive_a_repair()
    {
        JournalOptions options = TestJournal.Options with { SegmentBytes = 1 };
        SimulatedStorage storage = TestJournal.WithCommits(4, options);
        storage.Delete("0000000002.segment");
        JournalCorruptException refused = Assert.Throws<JournalCorruptException>(() => new TestJournal(storage, options));
        Assert.Equal(3, refused.Damage.Segment);
        Assert.Equal(2, refused.Damage.Commit);

        using var repaired = new TestJournal(storage, options with { Repair = true });
        Assert.Equal(12, repaired.Journal.FindClient("pump")!.Committed);
        Assert.Equal(new LostRange("pump", 4, 6), Assert.Single(repaired.Journal.Recovery.Lost));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(SegmentHeader.FixedLength + 2)]
    public void A_damaged_header_between_others_is_rebuilt_with_all_its_records(int offset)
    {
        JournalOptions options = TestJournal.Options with { SegmentBytes = 1 };
        SimulatedStorage storage = TestJournal.WithCommits(4, options);
        List<string> all = TestJournal.Read(storage);
        storage["0000000002.segment"].Bytes[offset] ^= 0x01;
        _ = Assert.Throws<JournalCorruptException>(() => new TestJournal(storage, options));

        using var repaired = new TestJournal(storage, options with { Repair = true });
        Assert.Equal(all, TestJournal.Read(storage));
        Assert.Empty(repaired.Journal.Recovery.Lost);
    }

    [Fact]
    public void Damage_at_the_end_of_a_segment_that_is_not_the_last_is_corruption()
    {
        JournalOptions options = TestJournal.Options with { SegmentBytes = 1 };
        SimulatedStorage storage = TestJournal.WithCommits(2, options);
        storage[First].Bytes[^1] ^= 1;
        _ = Assert.Throws<JournalCorruptException>(() => new TestJournal(storage, options));
    }

    [Fact]
    public void After_an_orderly_close_or_a_second_of_silence_damage_to_the_last_commit_is_seen()
    {
        SimulatedStorage storage = TestJournal.WithCommits(1);
        int end = storage[First].Length;
        new TestJournal(storage).Dispose();
        var clock = new VirtualTime();
        using (var test = new TestJournal(storage, TestJournal.Options with { TimeProvider = clock }))
        {
            Assert.Equal(AppendStatus.Accepted, test.Open("x").TryAppend(1, TestJournal.Text("x")));
            test.Step();
            end = storage[First].Length;
            clock.Advance(TimeSpan.FromSeconds(1));
            test.Step();
            Assert.Equal(end + RecordCodec.FixedLength, storage[First].Length);
        }

        storage[First].Bytes[end - 1] ^= 1;
        _ = Assert.Throws<JournalCorruptException>(() => new TestJournal(storage));
    }

    [Theory]
    [InlineData(1u, false)]
    [InlineData(0x5A17u, true)]
    public void A_record_forged_inside_a_payload_is_not_believed_without_the_salt(uint salt, bool believed)
    {
        byte[] forged = new byte[RecordCodec.FixedLength];
        _ = RecordCodec.WriteHead(forged, RecordType.Seal, 0, 0, [], [], 0);
        _ = RecordCodec.Seal(forged, 100, RecordFlags.EndsBatch | RecordFlags.EndsCommit, RecordCodec.SaltCrc(salt));
        var test = new TestJournal();
        Assert.Equal(AppendStatus.Accepted, test.Open("evil").TryAppend(1, forged));
        test.Step();
        SimulatedStorage storage = test.Storage.Restart(new Random(0), powerLost: false);
        storage[First].Bytes[SegmentHeader.FixedLength] ^= 1;

        if (believed)
        {
            _ = Assert.Throws<JournalCorruptException>(() => new TestJournal(storage));
        }
        else
        {
            using var opened = new TestJournal(storage);
            Assert.True(opened.Journal.Recovery.TornBytes > 0);
        }
    }

    [Fact]
    public void The_opening_tells_each_segment_it_has_read_and_how_much_that_was()
    {
        JournalOptions small = TestJournal.Options with { SegmentBytes = 200 };
        SimulatedStorage storage = TestJournal.WithCommits(Commits, small);
        string[] segments = [.. storage.ListFiles(TestJournal.Directory).Where(static name => name.EndsWith(".segment", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        long bytes = segments.Sum(name => (long)storage[name].Length);
        var time = new VirtualTime();
        List<RecoveryProgress> told = [];
        JournalOptions options = small with
        {
            TimeProvider = time,
            Progress = progress =>
            {
                told.Add(progress);
                time.Advance(TimeSpan.FromSeconds(1));
            },
        };

        using var journal = new TestJournal(storage, options);

        Assert.True(segments.Length > 1);
        Assert.Equal(Enumerable.Range(1, segments.Length), told.Select(static progress => progress.SegmentsRead));
        Assert.Equal(Enumerable.Range(0, segments.Length), told.Select(static progress => (int)progress.Elapsed.TotalSeconds));
        Assert.All(told, progress => Assert.Equal(segments.Length, progress.Segments));
        Assert.Equal((bytes, journal.Journal.Recovery.Messages), (told[^1].BytesRead, told[^1].Messages));
        Assert.Equal((bytes, TimeSpan.FromSeconds(segments.Length)), (journal.Journal.Recovery.BytesChecked, journal.Journal.Recovery.Elapsed));
    }

    [Fact]
    public void A_segment_that_was_never_born_is_removed()
    {
        SimulatedStorage storage = TestJournal.WithCommits(1);
        storage.OpenWrite("0000000002.segment.new").Write(0, TestJournal.Text("ALDISJNL"));
        new TestJournal(storage).Dispose();
        Assert.Equal([First], storage.Names);
    }

    private static void AssertOpensWith(SimulatedStorage storage, List<string> expected, int? tornBytes)
    {
        using var opened = new TestJournal(storage);
        Assert.Equal(expected, TestJournal.Read(storage));
        if (tornBytes is { } torn)
        {
            Assert.Equal(torn, opened.Journal.Recovery.TornBytes);
        }

        int last = expected.Count(line => line.StartsWith("pump", StringComparison.Ordinal));
        Assert.Equal(last, opened.Journal.FindClient("pump")?.Committed ?? 0);
    }
}
