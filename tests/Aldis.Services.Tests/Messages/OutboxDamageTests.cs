using System.Buffers.Binary;
using System.Text;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Integrity;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;

namespace Aldis.Services.Tests.Messages;

/// <summary>An outbox that is torn, damaged, contradicts itself, or is of another version: what is cut, and what is refused as it is.</summary>
public sealed class OutboxDamageTests
{
    private const string First = "0000000001.outbox";
    private const int Records = 12_288;
    private const int Slots = 4096;
    private const uint Salt = 0x0BADCAFE;

    [Fact]
    public void A_damaged_batch_before_a_sound_one_is_damage_and_nothing_of_it_is_cut()
    {
        SimulatedStorage storage = new();
        List<int> ends = [];
        using (FileOutbox outbox = Open(storage))
        {
            for (int batch = 0; batch < 5; batch++)
            {
                Add(outbox, "one", "two", "three");
                ends.Add(storage[First].Length);
            }
        }

        // The last record of batch 4: batch 5 proves that it was safe.
        storage[First].Bytes[ends[3] - 1] ^= 1;
        AssertRefused(storage, "is damaged at byte");
    }

    [Fact]
    public void A_damaged_batch_before_a_state_is_damage()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage))
        {
            Add(outbox, "one");
            Add(outbox, "two");
            outbox.NoteState(new SenderState(0, 0, 2));
            outbox.Sync();
        }

        storage[First].Bytes[^1] ^= 1;
        AssertRefused(storage, "is damaged at byte");
    }

    [Fact]
    public void A_damaged_state_before_a_line_is_damage()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage))
        {
            Add(outbox, "one", "two");
            outbox.NoteState(new SenderState(0, 0, 1));
            outbox.Sync();
            outbox.NoteState(new SenderState(0, 0, 2));
            outbox.Sync();
            Add(outbox, "three");
        }

        storage[First].Bytes[Slots + OutboxSlot.Size + 30] ^= 1;
        AssertRefused(storage, "has lost the numbering");
    }

    [Fact]
    public void A_torn_batch_keeps_its_sound_lines_and_is_whole_from_then_on()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage))
        {
            Add(outbox, "one");
            Add(outbox, "two", "three", "four");
        }

        byte[] torn = storage[First].Bytes[..^1].ToArray();
        SimulatedStorage killed = SimulatedStorage.With([new(First, torn)]);
        using (FileOutbox outbox = Open(killed))
        {
            Assert.Equal(3, outbox.Taken);
            Add(outbox, "four");
        }

        using FileOutbox again = Open(killed);
        Assert.Equal(["1 one", "2 two", "3 three", "4 four"], OutboxDiskTests.ReadAll(again));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(0x89)]
    [InlineData(2)]
    public void A_sound_record_of_an_unknown_kind_is_never_cut(byte type)
    {
        SimulatedStorage storage = SimulatedStorage.With([new(First, [.. NewSegment(), .. Record(1, 0x81, "one"u8), .. Record(2, type, new byte[8])])]);
        AssertRefused(storage, "of a kind that this version of aldis does not know");
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(1, 3)]
    public void Numbers_of_batches_step_by_one(long first, long second)
    {
        SimulatedStorage storage = SimulatedStorage.With(
            [new(First, [.. NewSegment(), .. Record(first, 0x81, "one"u8), .. Record(second, 0x81, "two"u8)])]);
        _ = Assert.Throws<OutboxException>(() => Open(storage));
    }

    [Theory]
    [InlineData(5, 2, 1)]
    [InlineData(-1, 0, 0)]
    [InlineData(3, 3, 3)]
    [InlineData(0, 0, 3)]
    [InlineData(0, -1, 0)]
    [InlineData(0, long.MinValue, long.MaxValue)]
    public void A_state_that_contradicts_itself_is_refused_in_a_sentence(long settled, long acknowledged, long assigned)
    {
        SenderState state = new(settled, acknowledged, assigned);
        byte[] body = new byte[OutboxSlot.StateLength];
        OutboxSlot.WriteState(state, body);
        byte[] inSlot = [.. NewSegment(), .. Record(1, 1, "one"u8), .. Record(1, 0x81, "two"u8)];
        new OutboxSlot(2, inSlot.Length, state, []).Write(Salt).CopyTo(inSlot, Slots);

        AssertRefused(SimulatedStorage.With([new(First, inSlot)]), "contradicts itself");
        AssertRefused(SimulatedStorage.With([new(First, NewSegment(state))]), "has a damaged header");
        if (settled > 0 || acknowledged != 0)
        {
            byte[] asRecord = [.. FirstVersion(), .. Record(1, 1, "one"u8), .. Record(1, 1, "two"u8), .. Record(1, 3, body)];
            AssertRefused(SimulatedStorage.With([new(First, asRecord)]), "contradicts itself");
        }
    }

    [Fact]
    public void A_newer_version_is_refused_and_not_guessed()
    {
        byte[] segment = NewSegment();
        BinaryPrimitives.WriteUInt32LittleEndian(segment.AsSpan(8), 3);
        AssertRefused(SimulatedStorage.With([new(First, segment)]), "is of version 3, which this version of aldis does not know");
    }

    [Fact]
    public void An_outbox_of_version_1_is_read_and_goes_on_in_version_2()
    {
        byte[] state = new byte[OutboxSlot.StateLength];
        OutboxSlot.WriteState(new SenderState(1, 7, 8), state);
        SimulatedStorage storage = SimulatedStorage.With(
            [new(First, [.. FirstVersion(), .. Record(1, 1, "one"u8), .. Record(1, 1, "two"u8), .. Record(2, 3, state), .. Record(3, 1, "three"u8)])]);
        using (FileOutbox outbox = Open(storage))
        {
            Assert.Equal(3, outbox.Taken);
            Assert.Equal(new SenderState(1, 7, 8), outbox.State);
            outbox.NoteState(new SenderState(1, 7, 9));
            outbox.Sync();
            Add(outbox, "four");
        }

        using FileOutbox again = Open(storage);
        Assert.Equal(["2 two", "3 three", "4 four"], OutboxDiskTests.ReadAll(again));
        Assert.Equal(new SenderState(1, 7, 9), again.State);
        Assert.Equal(new LineDigest().Add("one"u8).Add("two"u8).Add("three"u8).Add("four"u8), again.Digest);
        again.NoteState(new SenderState(3, 9, 9));
        again.Sync();
        Assert.DoesNotContain(First, storage.Names);
    }

    [Fact]
    public void A_torn_tail_of_version_1_is_cut_and_what_cannot_be_told_from_damage_is_not()
    {
        byte[] sound = [.. FirstVersion(), .. Record(1, 1, "one"u8), .. Record(2, 1, "two"u8)];
        byte[] third = Record(2, 1, "three"u8);
        byte[] torn = [.. sound, .. third.AsSpan(0, third.Length - 1)];
        using (FileOutbox outbox = Open(SimulatedStorage.With([new(First, torn)])))
        {
            Assert.Equal(2, outbox.Taken);
        }

        AssertRefused(SimulatedStorage.With([new(First, [.. torn, .. Record(3, 1, "four"u8)])]), "is damaged at byte");
    }

    [Fact]
    public void Whatever_the_bytes_are_it_opens_or_says_why_not_and_changes_nothing_then()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage, segmentBytes: 60))
        {
            for (int line = 1; line <= 8; line++)
            {
                Add(outbox, $"line {line}", string.Empty);
                outbox.NoteRefused(line * 2);
                outbox.NoteState(new SenderState(0, 0, line));
                outbox.Sync();
            }
        }

        Random random = new(11);
        int refused = 0;
        for (int run = 0; run < 3000; run++)
        {
            Dictionary<string, byte[]> files = storage.Snapshot();
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                string name = files.Keys.ElementAt(random.Next(files.Count));
                files[name] = Mutate(files[name], random);
            }

            SimulatedStorage broken = SimulatedStorage.With(files);
            try
            {
                using FileOutbox outbox = Open(broken);
                _ = new MessageSender(outbox.ClientId, outbox.State);
                _ = OutboxDiskTests.ReadAll(outbox);
            }
            catch (OutboxException)
            {
                refused++;
                Dictionary<string, byte[]> after = broken.Snapshot();
                Assert.Equal(files.Keys.Order(), after.Keys.Order());
                Assert.All(files, file => Assert.Equal(file.Value, after[file.Key]));
            }
        }

        Assert.InRange(refused, 500, 2999);
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        bytes = [.. bytes];

        // Mostly where something stands; the rest of the slots is empty.
        int at = random.Next(3) switch
        {
            0 => random.Next(Math.Min(200, bytes.Length)),
            1 => Math.Min(Slots + (random.Next(2) * OutboxSlot.Size) + random.Next(64), bytes.Length - 1),
            _ => random.Next(Math.Min(Records, bytes.Length - 1), bytes.Length),
        };
        switch (random.Next(5))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes, .. bytes.AsSpan(at)];
            case 2:
                bytes.AsSpan(at, Math.Min(8, bytes.Length - at)).Fill((byte)random.Next(256));
                return bytes;
            case 3:
                return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(at + 5, bytes.Length))];
            default:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
        }
    }

    private static void AssertRefused(SimulatedStorage storage, string reason)
    {
        Dictionary<string, byte[]> before = storage.Snapshot();
        OutboxException refused = Assert.Throws<OutboxException>(() => Open(storage));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Contains("Nothing was changed", refused.Message, StringComparison.Ordinal);
        Dictionary<string, byte[]> after = storage.Snapshot();
        Assert.Equal(before.Keys, after.Keys);
        Assert.All(before, file => Assert.Equal(file.Value, after[file.Key]));
    }

    /// <summary>A segment of the current version without a line.</summary>
    private static byte[] NewSegment(SenderState state = default)
    {
        OutboxContent content = new() { Salt = Salt, ClientId = "pump-7" };
        content.Apply(state);
        byte[] segment = new byte[Records];
        OutboxHeader.Write(1, content, isBatch: false).CopyTo(segment, 0);
        return segment;
    }

    /// <summary>The header of version 1 of a new outbox.</summary>
    private static byte[] FirstVersion()
    {
        byte[] header = new byte[108];
        "ALDISOBX"u8.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(12), Salt);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(16), 1);
        header[64] = 6;
        "pump-7"u8.CopyTo(header.AsSpan(65));
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(104), Crc32C.Compute(header.AsSpan(0, 104)));
        return header;
    }

    private static byte[] Record(long batch, byte type, ReadOnlySpan<byte> body)
    {
        byte[] record = new byte[17 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, record.Length);
        BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(8), batch);
        record[16] = type;
        body.CopyTo(record.AsSpan(17));
        byte[] salt = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(salt, Salt);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), Crc32C.Compute((byte[])[.. salt, .. record[..4], .. record[8..]]));
        return record;
    }

    private static FileOutbox Open(SimulatedStorage storage, int segmentBytes = 1 << 20) =>
        FileOutbox.Open(new OutboxOptions { Directory = "/outbox", SegmentBytes = segmentBytes, Storage = storage });

    private static void Add(FileOutbox outbox, params string[] lines)
    {
        foreach (string line in lines)
        {
            outbox.Add(Encoding.UTF8.GetBytes(line));
        }

        outbox.Sync();
    }
}
