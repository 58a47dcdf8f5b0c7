using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>A reader that goes to the end, or to a place, without reading what is before.</summary>
public sealed class JournalTailTests
{
    private const int All = 1_000_000;

    public static TheoryData<int, int, int> Journals => new()
    {
        // Bytes kept, bytes of a segment, bytes prepared ahead.
        { 100, 100_000, 0 },
        { 100, 100_000, 4096 },
        { 700, 100_000, 4096 },
        { 3000, 100_000, 100_000 },
        { 100, 600, 0 },
        { 700, 600, 4096 },
    };

    [Theory]
    [MemberData(nameof(Journals))]
    public void Who_skips_goes_on_near_the_end_and_misses_nothing_from_there(int keptBytes, int segmentBytes, int prepareBytes)
    {
        SimulatedStorage storage = TestJournal.WithCommits(
            60, TestJournal.Options with { SegmentBytes = segmentBytes, PrepareBytes = prepareBytes });
        List<string> all = TestJournal.Read(storage);
        for (int readBefore = 0; readBefore < 9; readBefore++)
        {
            using JournalReader reader = Follow(storage);
            for (int count = 0; count < readBefore; count++)
            {
                Assert.True(reader.TryRead(out _));
            }

            Assert.True(reader.SkipAhead(keptBytes));
            List<string> last = ReadOn(reader);
            Assert.InRange(last.Count, 1, 60);
            Assert.Equal(all[^last.Count..], last);
            Assert.Equal(0, reader.DamageCount);
        }
    }

    [Fact]
    public void Who_is_near_the_end_already_skips_nothing()
    {
        SimulatedStorage storage = TestJournal.WithCommits(10);
        List<string> all = TestJournal.Read(storage);
        using JournalReader reader = Follow(storage);
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.SkipAhead(All));
        Assert.Equal(all[1..], ReadOn(reader));
    }

    [Fact]
    public void A_journal_without_a_message_has_no_end_to_skip_to()
    {
        using JournalReader nothing = Follow(new SimulatedStorage());
        Assert.False(nothing.SkipAhead(100));
        using var test = new TestJournal();
        using JournalReader reader = Follow(test.Storage);
        _ = reader.SkipAhead(100);
        Assert.Equal(AppendStatus.Accepted, test.Open("pump").TryAppend(1, [1]));
        test.Step();
        Assert.Single(ReadOn(reader));
    }

    [Fact]
    public void Payloads_of_zeros_are_not_taken_for_the_end_of_what_follows_them()
    {
        using var test = new TestJournal(options: TestJournal.Options with { PrepareBytes = 8192 });
        JournalAppender appender = test.Open("pump");
        for (int sequence = 1; sequence <= 40; sequence++)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, new byte[sequence % 3 == 0 ? 5000 : 10]));
            test.Step();
        }

        using JournalReader reader = Follow(test.Storage);
        _ = reader.SkipAhead(300);
        List<string> last = ReadOn(reader);
        Assert.NotEmpty(last);
        Assert.StartsWith("pump/40/", last[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Who_goes_before_a_place_reads_the_message_there_and_what_follows()
    {
        SimulatedStorage storage = TestJournal.WithCommits(12, TestJournal.Options with { SegmentBytes = 600 });
        List<string> all = TestJournal.Read(storage);
        var places = new List<JournalPlace>();
        using JournalReader first = Follow(storage);
        while (first.TryRead(out _))
        {
            places.Add(first.Place);
        }

        Assert.Equal(all.Count, places.Distinct().Count());
        for (int index = 0; index < places.Count; index++)
        {
            using JournalReader reader = Follow(storage);
            Assert.True(reader.TryGoBefore(places[index].Next));
            Assert.Equal(all[index..], ReadOn(reader));
        }
    }

    [Theory]
    [InlineData(1, 70)]
    [InlineData(1, 1_000_000)]
    [InlineData(1, long.MaxValue)]
    [InlineData(99, 64)]
    public void A_place_where_no_message_is_leads_nowhere(long segment, long position)
    {
        SimulatedStorage storage = TestJournal.WithCommits(3);
        using JournalReader reader = Follow(storage);
        Assert.False(reader.TryGoBefore(new JournalPlace(segment, position)));
        _ = reader.SkipAhead(All);
        Assert.Equal(TestJournal.Read(storage), ReadOn(reader));
    }

    [Fact]
    public void No_more_is_looked_at_in_one_go_than_was_allowed()
    {
        SimulatedStorage storage = TestJournal.WithCommits(60);
        using JournalReader reader = Follow(storage, new JournalQuery { Follow = true, Client = "nobody" });
        reader.MostReadBytes = 1000;
        Assert.False(reader.TryRead(out _));
        Assert.InRange(reader.ReadBytes, 1000, 2000);
        reader.MostReadBytes = All;
        Assert.False(reader.TryRead(out _));
        Assert.InRange(reader.ReadBytes, 60 * 4 * 50, All);
    }

    private static JournalReader Follow(SimulatedStorage storage, JournalQuery? query = null) =>
        new(TestJournal.Directory, storage, query ?? new JournalQuery { Follow = true });

    private static List<string> ReadOn(JournalReader reader)
    {
        var read = new List<string>();
        while (reader.TryRead(out JournalMessage? message))
        {
            read.Add($"{message.Client}/{message.Sequence}/{Encoding.UTF8.GetString(message.Payload.Span)}");
        }

        return read;
    }
}
