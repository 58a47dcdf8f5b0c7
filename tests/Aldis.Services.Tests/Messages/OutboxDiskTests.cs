using System.Globalization;
using System.Text;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages.Outbox;

namespace Aldis.Services.Tests.Messages;

/// <summary>An outbox on a disk that is full, or fails, or is gone.</summary>
public sealed class OutboxDiskTests
{
    private const int LineBytes = 1000;

    private static readonly int Runs =
        int.Parse(Environment.GetEnvironmentVariable("ALDIS_OUTBOX_RUNS") ?? "500", CultureInfo.InvariantCulture);

    [Fact]
    public void Lines_that_find_no_room_are_refused_and_those_before_them_stay()
    {
        SimulatedStorage storage = new() { CapacityBytes = 100_000 };
        using (FileOutbox outbox = Open(storage))
        {
            int taken = Fill(outbox);
            Assert.InRange(taken, 10, 100);
            Assert.Equal(taken, outbox.Taken);
            outbox.Add(Line(taken + 1));
            OutboxFullException full = Assert.Throws<OutboxFullException>(outbox.Sync);
            Assert.Equal("The outbox /outbox takes no more lines: No space left on device.", full.Message);
            Assert.Equal(taken, ReadAll(outbox).Count);
        }

        using FileOutbox again = Open(storage);
        Assert.Equal(again.Taken, ReadAll(again).Count);
    }

    [Fact]
    public void A_full_disk_does_not_keep_it_from_being_drained_one_state_for_each_line()
    {
        SimulatedStorage storage = new() { CapacityBytes = 400_000 };
        int taken;
        using (FileOutbox outbox = Open(storage))
        {
            taken = Fill(outbox);
            Assert.InRange(taken, 300, 400);
        }

        for (int settled = 0; settled < taken;)
        {
            using FileOutbox outbox = Open(storage);
            for (int states = 0; states < 50 && settled < taken; states++)
            {
                settled++;
                outbox.NoteState(new SenderState(settled, settled, Math.Min(taken, settled + 1)));
                outbox.Sync();
            }
        }

        using FileOutbox drained = Open(storage);
        Assert.Equal(new SenderState(taken, taken, taken), drained.State);
        Assert.Empty(ReadAll(drained));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Once_everything_is_settled_its_room_is_there_for_new_lines_whoever_else_has_the_files_open(bool isOpenElsewhere)
    {
        SimulatedStorage storage = new() { CapacityBytes = 100_000, IsOpenElsewhere = isOpenElsewhere };
        using FileOutbox outbox = Open(storage);
        for (int round = 0; round < 20; round++)
        {
            long before = outbox.Taken;
            Assert.True(Fill(outbox) > before + 10, $"round {round}");
            outbox.NoteState(new SenderState(outbox.Taken, outbox.Taken, outbox.Taken));
            outbox.Sync();
        }
    }

    [Fact]
    public void When_others_fill_the_disk_what_waits_can_be_drained_and_new_lines_wait_for_room()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage, segmentBytes: 5000))
        {
            for (int line = 1; line <= 20; line++)
            {
                outbox.Add(Line(line));
                outbox.Sync();
            }
        }

        storage.CapacityBytes = 0;
        using FileOutbox full = Open(storage, segmentBytes: 5000);
        full.NoteRefused(7);
        for (int settled = 0; settled <= 20; settled++)
        {
            full.NoteState(new SenderState(settled, settled, settled));
            full.Sync();
            full.Add(Line(21));
            Assert.Throws<OutboxFullException>(full.Sync);
        }

        storage.CapacityBytes = long.MaxValue;
        full.Add(Line(21));
        full.Sync();
        Assert.Equal(21, full.Taken);
    }

    [Fact]
    public void More_refusals_than_a_slot_names_are_all_kept()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage))
        {
            for (int line = 1; line <= 3000; line++)
            {
                outbox.Add("too long"u8);
            }

            outbox.Sync();
            for (int item = 2; item < 3000; item++)
            {
                outbox.NoteRefused(item);
                if (item % 700 == 0)
                {
                    outbox.NoteState(new SenderState(0, 0, 1));
                    outbox.Sync();
                }
            }

            outbox.NoteState(new SenderState(0, 0, 2));
            outbox.Sync();
        }

        using FileOutbox again = Open(storage);
        Assert.Equal(["1 too long", "3000 too long"], ReadAll(again));
        Assert.Equal(new SenderState(0, 0, 2), again.State);
    }

    [Fact]
    public void A_refusal_is_safe_with_the_state_that_follows_from_it_and_not_before()
    {
        SimulatedStorage storage = new();
        using (FileOutbox outbox = Open(storage))
        {
            outbox.Add("one"u8);
            outbox.Add("two"u8);
            outbox.NoteState(new SenderState(0, 0, 2));
            outbox.Sync();
            outbox.NoteRefused(2);
            outbox.Add("three"u8);
            outbox.Sync();
        }

        using FileOutbox again = Open(storage);
        Assert.Equal(["1 one", "2 two", "3 three"], ReadAll(again));
    }

    [Fact]
    public void An_outbox_whose_files_are_gone_takes_nothing_more()
    {
        SimulatedStorage storage = new();
        using FileOutbox outbox = Open(storage);
        storage.HasVanished = true;
        outbox.Add("one"u8);

        Assert.Contains("0000000001.outbox is gone", Assert.Throws<OutboxException>(outbox.Sync).Message, StringComparison.Ordinal);
        Assert.Equal(0, outbox.Taken);
        outbox.NoteState(new SenderState(0, 5, 5));
        Assert.Throws<OutboxException>(outbox.Sync);
    }

    [Theory]
    [InlineData(0, "cannot be used: Input/output error.")]
    [InlineData(2, "cannot be used: Input/output error.")]
    public void An_outbox_that_cannot_be_created_says_why(int operations, string reason)
    {
        SimulatedStorage storage = new() { Fault = FaultKind.InputOutputError };
        storage.FailNext(operations);
        Assert.EndsWith(reason, Assert.Throws<OutboxException>(() => Open(storage)).Message, StringComparison.Ordinal);

        storage.FaultAt = -1;
        using FileOutbox outbox = Open(storage);
        Assert.Equal(0, outbox.Taken);
    }

    [Fact]
    public void Whatever_fails_every_line_that_was_taken_is_there_in_order_and_once()
    {
        for (int seed = 1; seed <= Runs; seed++)
        {
            string? broken = new OutboxFaultRun(seed).Run();
            Assert.True(broken is null, $"seed {seed}: {broken}");
        }
    }

    [Fact]
    public void A_disk_that_loses_what_was_synced_is_caught() =>
        Assert.Contains(Enumerable.Range(1, 100), seed => new OutboxFaultRun(seed, ignoresSync: true).Run() is not null);

    [Fact]
    public void A_refused_write_that_is_not_cut_off_is_caught() =>
        Assert.Contains(Enumerable.Range(1, 300), seed => new OutboxFaultRun(seed, ignoresCuts: true).Run() is not null);

    internal static List<string> ReadAll(IOutbox outbox)
    {
        List<string> lines = [];
        while (outbox.TryReadNext(out long item, out byte[] payload))
        {
            lines.Add($"{item} {Encoding.UTF8.GetString(payload)}");
        }

        return lines;
    }

    private static FileOutbox Open(SimulatedStorage storage, int segmentBytes = 1 << 20) => FileOutbox.Open(
        new OutboxOptions { Directory = "/outbox", ClientId = "pump-7", SegmentBytes = segmentBytes, Storage = storage });

    private static byte[] Line(int number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture).PadRight(LineBytes, '.'));

    /// <summary>Adds lines until there is no room.</summary>
    /// <returns>How many it has in all.</returns>
    private static int Fill(FileOutbox outbox)
    {
        for (int line = (int)outbox.Taken + 1; ; line++)
        {
            outbox.Add(Line(line));
            try
            {
                outbox.Sync();
            }
            catch (OutboxFullException)
            {
                return line - 1;
            }
        }
    }
}
