using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Files;
using Aldis.Services.Inbox;

namespace Aldis.Services.Tests.Inbox;

/// <summary>What the next server finds of a file where the one before was killed in the middle, or the power failed.</summary>
public sealed class TransferEndTests
{
    private const int Chunk = 1 << 20;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_process_that_is_killed_loses_no_chunk_that_was_written_before_the_last_one(bool writesDirectly)
    {
        for (int seed = 0; seed < 4; seed++)
        {
            var disk = new SimulatedStorage { SystemRun = 1, WritesDirectly = writesDirectly };
            (long said, long offset, bool isThere) = await EndInTheMiddleAsync(disk, seed, isPowerLost: false);

            Assert.True(isThere && offset >= 5 * Chunk && said <= offset, $"seed {seed}: {said} said, {offset} there");
        }
    }

    [Fact]
    public async Task A_power_cut_loses_nothing_that_was_said_and_nothing_else_counts()
    {
        for (int seed = 0; seed < 12; seed++)
        {
            (long said, long offset, bool isThere) = await EndInTheMiddleAsync(
                new SimulatedStorage { SystemRun = 1, WritesDirectly = true }, seed, isPowerLost: true);

            Assert.True(isThere && said <= offset, $"seed {seed}: {said} said, {offset} there");
        }
    }

    [Fact]
    public async Task A_note_that_counts_in_another_run_of_the_system_is_noticed()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var disk = new SimulatedStorage { SystemRun = 1, WritesDirectly = true, IsOneRunForEver = true };
            if (!(await EndInTheMiddleAsync(disk, seed, isPowerLost: true)).IsThere)
            {
                return;
            }
        }

        Assert.Fail("What was not synced counted, and nobody noticed.");
    }

    [Fact]
    public async Task What_a_killed_process_wrote_and_the_disk_then_lost_begins_anew()
    {
        var killed = new SimulatedStorage { SystemRun = 1, WritesDirectly = true };
        SourceFile file = new("big", 3 * Chunk);
        var fixture = new TransferFixture(killed);
        IIncomingTransfer transfer = await fixture.OpenAsync(TransferFixture.Offer([file.Entry]), new TransferRecorder());
        await fixture.SendAsync(transfer, 0, file, 0, 2);
        SimulatedStorage disk = killed.Restart(new Random(1), powerLost: false);
        bool hasFailed = false;
        disk.FailsSyncOf = name => !hasFailed && name.EndsWith(".part", StringComparison.Ordinal) && (hasFailed = true);

        (IReadOnlyList<EntryAnswer> answers, TransferRecorder recorder) = await new TransferFixture(disk).SendAsync(file);

        Assert.True(hasFailed);
        Assert.Equal(TransferUnitKind.Want, answers[0].Kind);
        Assert.Equal("big", recorder.Stored[0]);
    }

    [Fact]
    public async Task A_sync_that_takes_long_holds_nobody_up_before_four_times_as_much_came()
    {
        var disk = new SimulatedStorage { SystemRun = 1, WritesDirectly = true };
        SourceFile file = new("big", 8 * Chunk);
        var syncs = new ManualThreads();
        var fixture = new TransferFixture(
            disk, options: new InboxOptions { Directory = "files", FreeSpaceFloor = 0, SyncBytes = Chunk }, syncs: syncs);
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await fixture.OpenAsync(TransferFixture.Offer([file.Entry]), recorder);

        await fixture.SendAsync(transfer, 0, file, 0, 4);
        Task<int> fifth = fixture.SendAsync(transfer, 0, file, 4 * Chunk, 1);
        Assert.False(fifth.IsCompleted);
        Assert.Empty(recorder.Verified);

        await syncs.RunUntilAsync(fifth);
        Assert.InRange(recorder.Verified[0], Chunk, 5 * Chunk);
        await syncs.RunUntilAsync(fixture.DoAsync(transfer.DisposeAsync()));
        Assert.Equal(5 * Chunk, recorder.Verified[0]);
    }

    /// <summary>Six of eight chunks, then the end, and what the next server finds.</summary>
    /// <returns>What was said to be verified, where the next one goes on, and whether what is before that is the file's.</returns>
    private static async Task<(long Said, long Offset, bool IsThere)> EndInTheMiddleAsync(SimulatedStorage disk, int seed, bool isPowerLost)
    {
        SourceFile file = new("big", 8 * Chunk);
        TransferOffer offer = TransferFixture.Offer([file.Entry]);
        var fixture = new TransferFixture(
            disk, seed, new InboxOptions { Directory = "files", FreeSpaceFloor = 0, SyncBytes = 3 * Chunk });
        var recorder = new TransferRecorder();
        IIncomingTransfer transfer = await fixture.OpenAsync(offer, recorder);
        await fixture.SendAsync(transfer, 0, file, 0, 6);

        SimulatedStorage next = disk.Restart(new Random(seed), isPowerLost);
        IIncomingTransfer again = await new TransferFixture(next, seed).OpenAsync(offer, new TransferRecorder());
        long offset = again.Answers[0].Offset;
        string? part = next.Names.FirstOrDefault(name => name.EndsWith(".part", StringComparison.Ordinal));
        return (
            recorder.Verified.GetValueOrDefault(0),
            offset,
            offset == 0 || file.IsBeginning(next[part!].Bytes[..(int)offset], offset));
    }
}
