using Aldis.Services.Inbox;
using Aldis.Tests;

namespace Aldis.Services.Tests.Inbox;

public sealed class OrderedWritesTests
{
    private readonly Queue<Action> _work = new();
    private readonly List<long> _written = [];
    private long _failsAt = -1;
    private bool _hasNoThread;

    [Fact]
    public async Task One_more_than_may_be_under_way_waits_for_the_first_and_all_are_done_in_order()
    {
        OrderedWrites writes = Begin();
        List<Task> given = [];
        for (int number = 0; number <= OrderedWrites.MostUnderWay; number++)
        {
            given.Add(writes.WriteAsync(number, new byte[1]).AsTask());
        }

        Assert.All(given[..^1], static task => Assert.True(task.IsCompletedSuccessfully));
        Assert.False(given[^1].IsCompleted);
        _work.Dequeue()();
        await given[^1].InTime();
        Work();
        await writes.Last.InTime();
        Assert.Equal([0, 1, 2, 3], _written);
    }

    [Fact]
    public async Task A_part_ends_behind_its_writes_and_knows_whether_the_disk_has_all_of_them()
    {
        OrderedWrites writes = Begin();
        var ends = new List<(int Writes, bool IsOnDisk)>();
        await writes.WriteAsync(1, new byte[1]);
        await writes.WriteAsync(2, default);
        Task first = writes.EndPartAsync(End);
        await writes.WriteAsync(3, new byte[1]);
        Task second = writes.EndPartAsync(End);
        Work();
        await Task.WhenAll(first, second).InTime();
        Assert.Equal([(2, false), (3, true)], ends);

        bool End(bool isOnDisk)
        {
            ends.Add((_written.Count, isOnDisk));
            return true;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_a_write_that_failed_nothing_is_written_and_no_part_ends(bool isForWantOfThread)
    {
        _failsAt = 1;
        _hasNoThread = isForWantOfThread;
        OrderedWrites writes = Begin();
        await writes.WriteAsync(1, new byte[1]);
        Task part = writes.EndPartAsync(static _ => throw new InvalidOperationException("it ended"));
        Work();
        Assert.True(writes.HasFailed);
        await Assert.ThrowsAsync<IOException>(() => part.InTime());
        await Assert.ThrowsAsync<IOException>(() => writes.WriteAsync(2, new byte[1]).AsTask().InTime());
        await Assert.ThrowsAsync<IOException>(() => writes.Last.InTime());
        Assert.Empty(_written);
    }

    [Fact]
    public async Task A_part_whose_end_fails_is_no_write_that_failed()
    {
        OrderedWrites writes = Begin();
        await writes.WriteAsync(1, new byte[1]);
        Task part = writes.EndPartAsync(static _ => throw new IOException("no room for a note"));
        await writes.WriteAsync(2, new byte[1]);
        Work();
        await Assert.ThrowsAsync<IOException>(() => part.InTime());
        await writes.Last.InTime();
        Assert.False(writes.HasFailed);
        Assert.Equal([1, 2], _written);
    }

    [Fact]
    public async Task Others_have_their_turn_between_many_writes()
    {
        OrderedWrites writes = Begin();
        bool isOtherDone = false;
        List<bool> seen = [];
        List<Task> parts = [];
        for (int part = 0; part < 40; part++)
        {
            parts.Add(writes.EndPartAsync(_ =>
            {
                seen.Add(isOtherDone);
                return true;
            }));
        }

        _work.Enqueue(() => isOtherDone = true);
        Work();
        await Task.WhenAll(parts).InTime();
        Assert.Equal((false, true), (seen[0], seen[^1]));
    }

    private OrderedWrites Begin() => new(
        work =>
        {
            if (_hasNoThread)
            {
                throw new IOException("no thread");
            }

            _work.Enqueue(work);
        },
        (offset, data) =>
        {
            if (offset == _failsAt)
            {
                throw new IOException("the disk failed");
            }

            _written.Add(offset);
            return !data.IsEmpty;
        });

    private void Work()
    {
        while (_work.TryDequeue(out Action? work))
        {
            work();
        }
    }
}
