using System.Buffers;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Embedded;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Services.Messages;

namespace Aldis.Services.Tests.Messages;

/// <summary>
/// A sender that is alone under its id and saw no acknowledgement at all, against what a journal kept: it is turned away only where its message
/// is stored no more.
/// </summary>
public sealed class HonestSenderTests
{
    private const string Id = "pump-7";
    private const int Clients = 20_000;
    private const string First = "0000000001.segment";

    private static readonly JournalOptions SmallSegments = TestJournal.Options with { SegmentBytes = 1 };

    [Fact]
    public void A_whole_window_is_compared_among_20000_clients_although_its_messages_were_deleted_by_age()
    {
        SimulatedStorage storage = StoreAmongMany();
        storage.Delete(First);

        using var after = new TestJournal(storage, SmallSegments);

        Assert.Equal(SenderEnd.Completed, SendAgain(after, SmallSegments.Window));
    }

    [Fact]
    public void A_whole_window_is_compared_after_a_repair_that_lost_the_message_of_another_client()
    {
        SimulatedStorage storage = StoreAmongMany();
        storage[First].Bytes[SegmentHeader.FixedLength + 3] ^= 0x80;

        using var after = new TestJournal(storage, SmallSegments with { Repair = true });

        Assert.NotEmpty(after.Journal.Recovery.Repaired);
        Assert.Equal(SenderEnd.Completed, SendAgain(after, SmallSegments.Window));
    }

    [Fact]
    public void A_message_that_a_repair_lost_is_not_acknowledged_to_the_sender_that_has_it()
    {
        SimulatedStorage storage = StoreAmongMany();
        int own = storage[First].Bytes.IndexOf(TestJournal.Text($"{Id} 1"));
        storage[First].Bytes[own] ^= 0x80;

        using var after = new TestJournal(storage, SmallSegments with { Repair = true });

        Assert.NotEmpty(after.Journal.Recovery.Repaired);
        Assert.DoesNotContain($"{Id}/1/{Id} 1", TestJournal.Read(storage));
        Assert.Equal(SenderEnd.Forgotten, SendAgain(after, SmallSegments.Window));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_window_that_was_made_smaller_forgets_nothing_its_sender_may_ask_for(bool rotates)
    {
        JournalOptions options = rotates ? SmallSegments : TestJournal.Options;
        using var before = new TestJournal(options: options);
        Append(before, Id, options.Window);
        before.Step();
        using var between = new TestJournal(before.Storage.Restart(new Random(0), powerLost: false), options with { Window = 16 });
        Append(between, "other", 1);
        between.Step();

        using var after = new TestJournal(between.Storage.Restart(new Random(0), powerLost: false), options with { Window = 16 });

        Assert.Equal(SenderEnd.Completed, SendAgain(after, options.Window));
    }

    /// <summary>A window of messages behind one of another client in the first segment, and the marks of 20,002 clients in the third.</summary>
    private static SimulatedStorage StoreAmongMany()
    {
        using var journal = new TestJournal(options: SmallSegments);
        Append(journal, "another", 1);
        Append(journal, Id, SmallSegments.Window);
        journal.Step();
        for (int client = 1; client <= Clients; client++)
        {
            Append(journal, $"client-{client}", 1);
        }

        journal.Step();
        Append(journal, "last", 1);
        journal.Step();
        return journal.Storage.Restart(new Random(0), powerLost: false);
    }

    private static void Append(TestJournal journal, string client, int count)
    {
        JournalAppender appender = journal.Open(client);
        for (int sequence = 1; sequence <= count; sequence++)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, TestJournal.Text($"{client} {sequence}")));
        }
    }

    /// <summary>Sends messages 1 to <paramref name="count"/> again, all of which the journal took before.</summary>
    private static SenderEnd SendAgain(TestJournal journal, int count)
    {
        MessageSender sender = new(Id, new SenderState(0, 0, count));
        for (int item = 1; item <= count; item++)
        {
            sender.Offer(item, $"{Id} {item}".Length);
        }

        sender.Finish();
        sender.HandleConnected();
        JournalAppender appender = journal.Open(Id);
        var session = new MessageSession(
            new ClientLedger(appender.Progress.CommittedSequence, appender), new MessageSessionOptions { Window = journal.Journal.Window });
        byte[] unit = new byte[ControlUnit.Size];
        while (sender.End == SenderEnd.None)
        {
            List<byte> toServer = [];
            while (sender.TryTakeUnit(unit))
            {
                // The session begins behind the preface.
                toServer.AddRange(unit.AsSpan().StartsWith("ALDIS"u8) ? [] : unit);
            }

            while (sender.TryTakeMessage(0, out OutgoingMessage message))
            {
                ClientUnit.WriteMessage(message.Length, message.Sequence, unit);
                toServer.AddRange(unit);
                toServer.AddRange(Encoding.UTF8.GetBytes($"{Id} {message.Item}"));
            }

            ReadOnlySequence<byte> received = new([.. toServer]);
            while (session.Read(ref received, out _, out _) == SessionStep.Continue)
            {
            }

            List<byte> toClient = [];
            while (session.TryTakeUnit(unit))
            {
                toClient.AddRange(unit);
            }

            Assert.NotEmpty(toClient);
            received = new ReadOnlySequence<byte>([.. toClient]);
            sender.Read(ref received, 0);
        }

        return sender.End;
    }
}
