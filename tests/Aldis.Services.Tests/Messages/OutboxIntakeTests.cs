using System.Text;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;
using Aldis.Services.Messages.Outbox;

namespace Aldis.Services.Tests.Messages;

/// <summary>What is handed over to an outbox that has not room for all of it.</summary>
public sealed class OutboxIntakeTests
{
    private readonly SimulatedStorage _storage = new();
    private readonly List<string> _taken = [];

    [Fact]
    public void As_much_is_taken_as_fits_and_the_rest_when_there_is_room()
    {
        using FileOutbox outbox = Open();
        OutboxIntake intake = Hold(outbox, 100);
        _storage.CapacityBytes = Used + 5000;
        intake.Take();

        Assert.InRange(outbox.Taken, 30, 51);
        Assert.Equal(outbox.Taken, _taken.Count);
        Assert.Equal(100 - outbox.Taken, intake.Count);
        Assert.EndsWith("No space left on device.", intake.FullReason, StringComparison.Ordinal);
        Assert.False(intake.MayTake);

        outbox.NoteState(new SenderState(1, 1, 1));
        outbox.Sync();
        Assert.True(intake.MayTake);
        _storage.CapacityBytes = long.MaxValue;
        intake.Take();
        Assert.Null(intake.FullReason);
        Assert.Equal((0, 0L), (intake.Count, intake.Bytes));
        Assert.Equal(Enumerable.Range(1, 100).Select(number => $"{number}:{Text(number)}"), _taken);
        Assert.Equal(Enumerable.Range(2, 99).Select(number => $"{number} {Text(number)}"), OutboxDiskTests.ReadAll(outbox));
    }

    [Fact]
    public async Task Who_waits_for_what_is_given_up_is_told_why()
    {
        using FileOutbox outbox = Open();
        OutboxIntake intake = new(outbox, (_, _) => { });
        TaskCompletionSource acknowledged = new();
        TaskCompletionSource taken = new();
        intake.Hold(new OutboxEntry(new byte[5000], acknowledged));
        intake.Hold(new OutboxEntry(new byte[5000], Taken: taken));
        _storage.CapacityBytes = Used;
        intake.Take();
        intake.GiveUp(new OutboxFullException(intake.FullReason!));

        OutboxFullException told = await Assert.ThrowsAsync<OutboxFullException>(() => acknowledged.Task);
        Assert.Contains("takes no more lines", told.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<OutboxFullException>(() => taken.Task);
        Assert.Equal((2L, 0, 0L), (intake.NotTaken, intake.Count, intake.Bytes));
        Assert.Equal(0, outbox.Taken);
    }

    [Fact]
    public void Who_waits_until_a_message_is_safe_is_told_when_it_is_and_not_before()
    {
        using FileOutbox outbox = Open();
        TaskCompletionSource taken = new();
        OutboxIntake intake = new(outbox, (_, _) => Assert.False(taken.Task.IsCompleted));
        intake.Hold(new OutboxEntry(new byte[5000], Taken: taken));
        _storage.CapacityBytes = Used;
        intake.Take();
        Assert.False(taken.Task.IsCompleted);

        _storage.CapacityBytes = long.MaxValue;
        intake.Take();
        Assert.True(taken.Task.IsCompletedSuccessfully);
        Assert.Equal(1, outbox.Taken);
    }

    private long Used => _storage.Names.Sum(name => (long)_storage[name].Length);

    private static string Text(int number) => $"line {number}".PadRight(80, '.');

    private FileOutbox Open() => FileOutbox.Open(new OutboxOptions { Directory = "/outbox", ClientId = "pump-7", Storage = _storage });

    private OutboxIntake Hold(FileOutbox outbox, int count)
    {
        OutboxIntake intake = new(outbox, (item, entry) => _taken.Add($"{item}:{Encoding.ASCII.GetString(entry.Payload.Span)}"));
        for (int number = 1; number <= count; number++)
        {
            intake.Hold(new OutboxEntry(Encoding.ASCII.GetBytes(Text(number)), null));
        }

        return intake;
    }
}
