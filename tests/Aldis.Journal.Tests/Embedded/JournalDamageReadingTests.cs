using Aldis.Journal.Embedded;
using Aldis.Journal.Tests.Storage;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>A reader of a damaged journal reads what is sound and says what it skipped.</summary>
public sealed class JournalDamageReadingTests
{
    private const string First = "0000000001.segment";

    /// <summary>Length of the mark of "pump" with three CRCs.</summary>
    private const int MarkLength = 1 + 4 + 8 + 2 + (3 * sizeof(uint));
    private const string Second = "0000000002.segment";

    private static readonly JournalOptions Small = TestJournal.Options with { SegmentBytes = 1 };

    [Fact]
    public void Damage_at_any_byte_of_the_only_segment_costs_one_message_and_is_told()
    {
        List<string> all = TestJournal.Read(TestJournal.WithCommits(3));
        int begin = SegmentHeader.FixedLength;
        int last = TestJournal.WithCommits(2)[First].Length;
        for (int offset = begin; offset < last; offset++)
        {
            SimulatedStorage storage = TestJournal.WithCommits(3);
            storage[First].Bytes[offset] ^= 0x01;
            (List<string> read, IReadOnlyList<JournalDamage> damage) = Read(storage);
            Assert.Equal(all.Count - 1, read.Count);
            _ = Assert.Single(all.Except(read));
            JournalDamage told = Assert.Single(damage);
            Assert.InRange(offset, told.Offset, told.Offset + told.Bytes - 1);
        }
    }

    [Fact]
    public void A_torn_tail_of_the_last_segment_is_not_there_yet_and_no_damage()
    {
        SimulatedStorage storage = TestJournal.WithCommits(2);
        storage[First].SetLength(storage[First].Length - 5);
        (List<string> read, IReadOnlyList<JournalDamage> damage) = Read(storage);
        Assert.Equal(4, read.Count);
        Assert.Empty(damage);
    }

    [Theory]
    [InlineData(First, 3)]
    [InlineData(Second, 20)]
    [InlineData("0000000004.segment", 40)]
    public void Behind_a_damaged_header_the_records_are_read_by_the_salt_of_another(string name, int offset)
    {
        SimulatedStorage storage = TestJournal.WithCommits(4, Small);
        List<string> all = TestJournal.Read(storage);
        storage[name].Bytes[offset] ^= 1;
        (List<string> read, IReadOnlyList<JournalDamage> damage) = Read(storage);
        Assert.Equal(all, read);
        Assert.Equal(0, Assert.Single(damage).Offset);
    }

    [Fact]
    public void A_journal_without_a_sound_header_is_skipped_and_told()
    {
        SimulatedStorage storage = TestJournal.WithCommits(2);
        storage[First].Bytes[0] ^= 1;
        (List<string> read, IReadOnlyList<JournalDamage> damage) = Read(storage);
        Assert.Empty(read);
        Assert.Equal(storage[First].Length, Assert.Single(damage).Bytes);
    }

    [Fact]
    public void A_segment_that_is_missing_or_cut_between_others_is_told()
    {
        SimulatedStorage missing = TestJournal.WithCommits(4, Small);
        missing.Delete(Second);
        (List<string> read, IReadOnlyList<JournalDamage> damage) = Read(missing);
        Assert.Equal(12, read.Count);
        Assert.Equal(2, Assert.Single(damage).Segment);

        // One that is cut inside its marks, and one that is cut exactly behind them.
        foreach (int length in new[] { SegmentHeader.FixedLength + 10, SegmentHeader.FixedLength + MarkLength })
        {
            SimulatedStorage cut = TestJournal.WithCommits(4, Small);
            cut[Second].SetLength(length);
            (read, damage) = Read(cut);
            Assert.Equal(12, read.Count);
            Assert.Equal(2, Assert.Single(damage).Commit);
        }
    }

    [Fact]
    public void Segments_that_retention_deleted_and_a_repaired_journal_are_no_damage()
    {
        SimulatedStorage storage = TestJournal.WithCommits(4, Small);
        storage.Delete(First);
        Assert.Empty(Read(storage).Damage);

        storage["0000000003.segment"].Bytes[^1] ^= 1;
        new TestJournal(storage, Small with { Repair = true }).Dispose();
        Assert.Empty(Read(storage).Damage);
    }

    private static (List<string> Read, IReadOnlyList<JournalDamage> Damage) Read(SimulatedStorage storage)
    {
        using var reader = new JournalReader(TestJournal.Directory, storage, new JournalQuery());
        List<string> all = [];
        while (reader.TryRead(out JournalMessage? message))
        {
            all.Add($"{message.Client}/{message.Sequence}/{System.Text.Encoding.UTF8.GetString(message.Payload.Span)}");
        }

        Assert.Equal(reader.DamageCount, reader.Damage.Count);
        return (all, reader.Damage);
    }
}
