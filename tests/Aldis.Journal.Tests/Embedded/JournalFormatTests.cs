using System.Buffers.Binary;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Integrity;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>Segments that this program did not write itself.</summary>
public sealed class JournalFormatTests
{
    private const string Second = "0000000002.segment";
    private const string Third = "0000000003.segment";

    /// <summary>
    /// A segment as it was written before a header named its window: marks of "pump" (3, with three CRCs) and "quiet" (1, with one), then a
    /// commit of pump's message 4 and a plain one, then a seal.
    /// </summary>
    private const string BeforeWindows =
        "414C4449534A4E4C01000000175A0000020000000000000002000000000000000000D53533E8461A020000002F000000" +
        "AC4AC91A0000000000000000E65DD8720470756D7003000000000000000300D2F279A0260129B3258242410571756965" +
        "740100000000000000010079622DF43600000037489A2E020000000000000004000000000000000000D53533E8461A01" +
        "000404CEE6889570756D707065657270756D702034330000003F8ECFAC020000000000000000000000000000000000D5" +
        "3533E8461A01030004CADE220870656572706C61696E203128000000CAB1404303000000000000000000000000000000" +
        "0000D53533E8461A0203000000000000";

    [Fact]
    public void A_journal_of_before_windows_were_noted_is_read_and_goes_on_in_a_new_segment()
    {
        byte[] old = Convert.FromHexString(BeforeWindows);
        var storage = new SimulatedStorage();
        storage.OpenWrite(Second).Write(0, old);
        Assert.True(JournalReader.Verify(TestJournal.Directory, storage).IsSound);
        using (var test = new TestJournal(storage))
        {
            AssertKnown(test, "pump", 1, 4);
            Assert.Equal(1, test.Journal.FindClient("quiet")!.Committed);
            Assert.Equal(AppendStatus.Accepted, test.Open("pump").TryAppend(5, TestJournal.Text("pump 5")));
            test.Step();
        }

        Assert.Equal(old, storage[Second].Bytes.ToArray());
        Assert.Equal(["pump/4/pump 4", "/0/plain 1", "pump/5/pump 5"], TestJournal.Read(storage));
        storage.Delete(Second);
        using var retained = new TestJournal(storage);
        AssertKnown(retained, "pump", 1, 5);
        Assert.Contains(Third, storage.Names);
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(3, false)]
    [InlineData(0, true)]
    [InlineData(0x01000000, false)]
    public void A_segment_of_another_version_is_neither_read_nor_repaired(int version, bool isSameLayout)
    {
        SimulatedStorage storage = TestJournal.WithCommits(3, TestJournal.Options with { SegmentBytes = 1 });
        Span<byte> header = storage[Third].Bytes;
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], isSameLayout ? Crc32C.Compute(header[..60]) : 0x12345678);

        // Damage before it calls for a repair.
        storage[Second].Bytes[^1] ^= 1;
        storage.OpenWrite("0000000004.segment.new").Write(0, "ALDISJNL"u8);
        Dictionary<string, byte[]> before = storage.Names.ToDictionary(name => name, name => storage[name].Bytes.ToArray());

        var refused = Assert.Throws<JournalVersionException>(() => new TestJournal(storage, TestJournal.Options with { Repair = true }));
        Assert.Contains(Third, refused.Message, StringComparison.Ordinal);
        Assert.Contains($"version {(uint)version} ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before.Keys, storage.Names);
        Assert.All(before, file => Assert.Equal(file.Value, storage[file.Key].Bytes.ToArray()));
        _ = Assert.Throws<JournalVersionException>(() => TestJournal.Read(storage));

        storage[Second].Bytes[^1] ^= 1;
        _ = Assert.Throws<JournalVersionException>(() => new TestJournal(storage));
        _ = Assert.Throws<JournalVersionException>(() => JournalReader.Verify(TestJournal.Directory, storage));
    }

    [Fact]
    public void A_header_that_declares_more_marks_than_the_file_has_reserves_nothing_for_them()
    {
        SimulatedStorage storage = TestJournal.WithCommits(1);
        Span<byte> header = storage["0000000001.segment"].Bytes;
        BinaryPrimitives.WriteInt32LittleEndian(header[40..], int.MaxValue);
        BinaryPrimitives.WriteInt32LittleEndian(header[44..], int.MaxValue);
        BinaryPrimitives.WriteUInt32LittleEndian(header[60..], Crc32C.Compute(header[..60]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.NotNull(JournalReader.Verify(TestJournal.Directory, storage).Damage);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void A_repaired_journal_is_sound_with_known_losses_and_a_later_gap_is_none_of_them()
    {
        SimulatedStorage storage = TestJournal.WithCommits(5, TestJournal.Options with { SegmentBytes = 1 });
        storage.Delete(Second);
        storage[Third].Bytes[^80] ^= 1;
        new TestJournal(storage, TestJournal.Options with { Repair = true, SegmentBytes = 1 }).Dispose();

        JournalVerification repaired = JournalReader.Verify(TestJournal.Directory, storage);
        Assert.True(repaired.IsSound, string.Join("; ", repaired.Problems));
        Assert.Equal(2, repaired.KnownLosses);
        Assert.Equal([new LostRange("pump", 4, 6), new LostRange("pump", 9, 9)], repaired.Lost);

        // What goes missing afterwards, with the commit numbers right, is not excused by it.
        byte[] late = Convert.FromHexString(BeforeWindows)[111..165];
        BinaryPrimitives.WriteInt64LittleEndian(late.AsSpan(16), 99);
        _ = RecordCodec.Seal(late, repaired.LastCommit + 1, RecordFlags.EndsBatch | RecordFlags.EndsCommit, RecordCodec.SaltCrc(0x5A17));
        string last = storage.Names.Last(name => name.EndsWith(".segment", StringComparison.Ordinal));
        storage[last].Write(storage[last].Length, late);
        JournalVerification gap = JournalReader.Verify(TestJournal.Directory, storage);
        Assert.False(gap.IsSound);
        Assert.Equal("client pump: 16 to 98: missing", Assert.Single(gap.Problems));
    }

    [Fact]
    public void Sound_records_of_a_damaged_batch_are_kept_by_a_repair()
    {
        SimulatedStorage storage = TestJournal.WithCommits(2);
        List<string> all = TestJournal.Read(storage);
        int second = storage["0000000001.segment"].Bytes.IndexOf("pump 2"u8);
        storage["0000000001.segment"].Bytes[second] ^= 1;
        new TestJournal(storage, TestJournal.Options with { Repair = true }).Dispose();
        Assert.Equal(all.Where(line => line != "pump/2/pump 2"), TestJournal.Read(storage));
    }

    private static void AssertKnown(TestJournal test, string id, int first, int last)
    {
        JournalClient client = test.Journal.FindClient(id)!;
        Assert.Equal(last, client.Committed);
        for (int sequence = first; sequence <= last; sequence++)
        {
            Assert.True(test.Journal.TryGetCrc(client, sequence, out uint crc));
            Assert.Equal(JournalClient.ComputeCrc(TestJournal.Text($"{id} {sequence}")), crc);
        }
    }
}
