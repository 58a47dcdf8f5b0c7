using System.Text;
using Aldis.Journal.Storage;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;

namespace Aldis.Services.Tests.Messages;

public sealed class OutboxTests
{
    private const string First = "0000000001.outbox";

    /// <summary>Of a header without refused items.</summary>
    private const int HeaderBytes = 112;

    [Fact]
    public void A_new_outbox_has_a_random_id_and_keeps_it()
    {
        SimulatedStorage storage = new();
        string id;
        using (FileOutbox outbox = Open(storage))
        {
            id = outbox.ClientId;
        }

        using FileOutbox again = Open(storage);
        using FileOutbox other = Open(new SimulatedStorage());
        Assert.StartsWith("outbox-", id, StringComparison.Ordinal);
        Assert.Equal(id, again.ClientId);
        Assert.NotEqual(id, other.ClientId);
    }

    [Fact]
    public void A_second_opener_is_told_that_the_outbox_is_in_use()
    {
        SimulatedStorage storage = new();
        using FileOutbox outbox = Open(storage);

        OutboxException told = Assert.Throws<OutboxException>(() => Open(storage));
        Assert.Contains("in use by another process", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_opener_on_disk_is_told_too_and_may_open_it_afterwards()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("aldis-outbox-");
        try
        {
            OutboxOptions options = new() { Directory = Path.Combine(directory.FullName, "outbox") };
            using (FileOutbox outbox = FileOutbox.Open(options))
            {
                outbox.Add("line"u8);
                outbox.Sync();
                Assert.Throws<OutboxException>(() => FileOutbox.Open(options));
            }

            using FileOutbox again = FileOutbox.Open(options);
            Assert.Equal(["1 line"], ReadAll(again));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void An_outbox_numbers_for_one_client_id()
    {
        SimulatedStorage storage = new();
        Open(storage, clientId: "pump-7").Dispose();

        Assert.Throws<OutboxException>(() => Open(storage, clientId: "pump-8"));
        Assert.Throws<OutboxException>(() => Open(new SimulatedStorage(), clientId: "pump/7"));
        using FileOutbox outbox = Open(storage);
        Assert.Equal("pump-7", outbox.ClientId);
    }

    [Fact]
    public void A_line_is_taken_when_it_is_synced_and_one_sync_takes_many()
    {
        SimulatedStorage storage = new();
        using FileOutbox outbox = Open(storage);
        int before = storage.Syncs;
        for (int line = 1; line <= 100; line++)
        {
            Assert.Equal(line, outbox.Add(Encoding.UTF8.GetBytes($"line {line}")));
        }

        Assert.Equal(0, outbox.Taken);
        Assert.False(outbox.TryReadNext(out _, out _));
        outbox.Sync();
        Assert.Equal(100, outbox.Taken);
        Assert.Equal(before + 1, storage.Syncs);
        outbox.Sync();
        Assert.Equal(before + 1, storage.Syncs);
        Assert.Equal(Enumerable.Range(1, 100).Select(n => $"{n} line {n}"), ReadAll(outbox));
    }

    [Fact]
    public void After_a_restart_it_goes_on_behind_what_was_acknowledged()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage))
        {
            Add(outbox, "one", "two", string.Empty, "four");
            outbox.NoteState(new SenderState(2, 12, 13));
            outbox.NoteRefused(3);
            outbox.Sync();
        }

        using FileOutbox again = Open(storage);
        Assert.Equal(4, again.Taken);
        Assert.Equal(new SenderState(2, 12, 13), again.State);
        Assert.Equal(["4 four"], ReadAll(again));
        Add(again, "five");
        Assert.Equal(["5 five"], ReadAll(again));
    }

    [Fact]
    public void Acknowledged_segments_are_deleted_and_nothing_else_is_forgotten()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage, segmentBytes: 400))
        {
            for (int item = 1; item <= 100; item++)
            {
                Add(outbox, $"line {item}");
                outbox.NoteState(new SenderState(Math.Max(0, item - 3), Math.Max(0, item - 3), item < 99 ? item : item - 1));
                if (item == 99)
                {
                    outbox.NoteRefused(99);
                }

                outbox.Sync();
            }

            Assert.InRange(storage.Names.Count(name => name.EndsWith(".outbox", StringComparison.Ordinal)), 1, 3);
        }

        using FileOutbox again = Open(storage, segmentBytes: 400);
        Assert.Equal(100, again.Taken);
        Assert.Equal(new SenderState(97, 97, 99), again.State);
        Assert.Equal(["98 line 98", "100 line 100"], ReadAll(again));
    }

    [Fact]
    public void A_kill_at_every_byte_leaves_whole_lines_and_loses_nothing_that_was_synced()
    {
        SimulatedStorage storage = new();
        List<(byte[] Bytes, long Taken, SenderState State)> synced = [];
        using (FileOutbox outbox = Open(storage))
        {
            synced.Add((storage[First].Bytes.ToArray(), 0, default));
            for (int batch = 0; batch < 6; batch++)
            {
                Add(outbox, $"line {(batch * 2) + 1}", $"line {(batch * 2) + 2}");
                synced.Add((storage[First].Bytes.ToArray(), outbox.Taken, outbox.State));
                outbox.NoteState(new SenderState(batch, batch, batch + 1));
                outbox.Sync();
                synced.Add((storage[First].Bytes.ToArray(), outbox.Taken, outbox.State));
            }
        }

        for (int step = 1; step < synced.Count; step++)
        {
            (_, long taken, SenderState state) = synced[step - 1];
            (_, long takenNext, SenderState stateNext) = synced[step];
            foreach (byte[] bytes in PartlyWritten(synced[step - 1].Bytes, synced[step].Bytes))
            {
                SimulatedStorage killed = With(bytes);
                using (FileOutbox outbox = Open(killed))
                {
                    Assert.InRange(outbox.Taken, taken, takenNext);
                    Assert.True(outbox.State == state || outbox.State == stateNext);
                    for (long line = outbox.Taken + 1; line <= 12; line++)
                    {
                        Add(outbox, $"line {line}");
                    }
                }

                using FileOutbox again = Open(killed);
                Assert.Equal(12, again.Taken);
                Assert.Equal(
                    Enumerable.Range(1, 12).Where(n => n > again.State.AcknowledgedItem).Select(n => $"{n} line {n}"),
                    ReadAll(again));
            }
        }
    }

    [Fact]
    public void Damage_before_a_later_batch_is_reported_and_nothing_is_changed()
    {
        SimulatedStorage storage = new();
        int begin;
        int secondBatch;
        using (FileOutbox outbox = Open(storage))
        {
            begin = storage[First].Length;
            Add(outbox, "one");
            Add(outbox, "two");
            secondBatch = storage[First].Length;
            Add(outbox, "three");
        }

        byte[] whole = storage[First].Bytes.ToArray();
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x10;
            SimulatedStorage broken = With(damaged);
            if (at < HeaderBytes || (at >= begin && at < secondBatch))
            {
                Assert.Throws<OutboxException>(() => Open(broken));
                Assert.Equal(damaged, broken[First].Bytes.ToArray());
            }
            else
            {
                // The last batch cannot be told from one that was never synced; and nothing is lost in what nothing was written to.
                using FileOutbox outbox = Open(broken);
                Assert.Equal(at < begin ? 3 : 2, outbox.Taken);
            }
        }
    }

    [Theory]
    [InlineData("0000000001.outbox")]
    [InlineData("0000000002.outbox")]
    public void A_missing_segment_is_reported(string name)
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage, segmentBytes: 1))
        {
            Add(outbox, "one");
            Add(outbox, "two");
            Add(outbox, "three");
        }

        storage.Delete(name);
        Assert.Throws<OutboxException>(() => Open(storage, segmentBytes: 1));
    }

    [Fact]
    public void After_a_failed_sync_it_takes_nothing_more_until_it_is_opened_again()
    {
        SimulatedStorage storage = new() { Fault = FaultKind.InputOutputError };
        using (FileOutbox outbox = Open(storage))
        {
            Add(outbox, "one");
            outbox.Add("two"u8);
            storage.FailNext(operations: 1);
            OutboxException failed = Assert.Throws<OutboxException>(outbox.Sync);
            Assert.Contains("takes nothing more until it is opened again", failed.Message, StringComparison.Ordinal);
            Assert.Equal(1, outbox.Taken);
            outbox.Add("three"u8);
            Assert.Throws<OutboxException>(outbox.Sync);
        }

        using FileOutbox again = Open(storage);
        Assert.InRange(again.Taken, 1, 2);
    }

    [Fact]
    public void A_line_that_looks_like_a_record_is_a_line()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage))
        {
            Add(outbox, "one");
        }

        byte[] whole = storage[First].Bytes.ToArray();
        using (FileOutbox outbox = Open(storage))
        {
            outbox.Add(whole);
            outbox.Sync();
        }

        storage[First].Bytes[^1] ^= 1;
        using FileOutbox cut = Open(storage);
        Assert.Equal(1, cut.Taken);
    }

    [Fact]
    public void A_memory_outbox_behaves_alike_without_files()
    {
        using MemoryOutbox outbox = new();
        outbox.Add("one"u8);
        Assert.False(outbox.TryReadNext(out _, out _));
        outbox.Sync();

        Assert.Equal(1, outbox.Taken);
        Assert.Equal(["1 one"], ReadAll(outbox));
        Assert.NotEqual(outbox.ClientId, new MemoryOutbox().ClientId);
        Assert.Throws<OutboxException>(() => new MemoryOutbox("a b"));
    }

    private static FileOutbox Open(IStorage storage, string? clientId = null, int segmentBytes = 1 << 20) =>
        FileOutbox.Open(new OutboxOptions { Directory = "/outbox", ClientId = clientId, SegmentBytes = segmentBytes, Storage = storage });

    private static void Add(FileOutbox outbox, params string[] lines) => Add(outbox, sync: true, lines);

    private static void Add(FileOutbox outbox, bool sync, params string[] lines)
    {
        foreach (string line in lines)
        {
            outbox.Add(Encoding.UTF8.GetBytes(line));
        }

        if (sync)
        {
            outbox.Sync();
        }
    }

    private static SimulatedStorage With(byte[] segment) => SimulatedStorage.With([new(First, segment)]);

    /// <summary>What a file may be between two of its states: of the bytes that differ, the first none, one, two, … are written.</summary>
    private static IEnumerable<byte[]> PartlyWritten(byte[] before, byte[] after)
    {
        yield return before;
        byte[] bytes = before;
        for (int at = 0; at < after.Length; at++)
        {
            if (at >= bytes.Length || bytes[at] != after[at])
            {
                bytes = [.. after.AsSpan(0, at + 1), .. bytes.AsSpan(Math.Min(at + 1, bytes.Length))];
                yield return bytes;
            }
        }
    }

    private static List<string> ReadAll(IOutbox outbox)
    {
        List<string> lines = [];
        while (outbox.TryReadNext(out long item, out byte[] payload))
        {
            lines.Add($"{item} {Encoding.UTF8.GetString(payload)}");
        }

        return lines;
    }
}
