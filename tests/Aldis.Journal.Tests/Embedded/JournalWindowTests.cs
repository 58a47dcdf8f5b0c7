using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>The CRCs of whatever a sender may be unsure of are there to be compared.</summary>
public sealed class JournalWindowTests
{
    private const int Clients = 20_000;
    private const int Window = 256;
    private const int Stored = 300;
    private const string First = "0000000001.segment";
    private const string Second = "0000000002.segment";

    private static readonly JournalOptions Narrow = TestJournal.Options with { Window = 16, SegmentBytes = 1 };
    private static readonly JournalOptions Wide = Narrow with { Window = 64 };

    [Fact]
    public void The_windows_of_twenty_thousand_clients_survive_restart_rotation_retention_and_repair()
    {
        SimulatedStorage storage = Crowded();
        JournalOptions options = TestJournal.Options with { Window = Window };
        using (var opened = new TestJournal(storage, options))
        {
            AssertCrowdIsKnown(opened);
            Append(opened, "first", 1);
        }

        // A larger window begins a segment; then the first one goes, and a record behind the marks is damaged.
        options = options with { Window = Window + 1 };
        using (var rotated = new TestJournal(storage, options))
        {
            AssertCrowdIsKnown(rotated);
            Append(rotated, "late", 1);
            Append(rotated, "later", 1);
        }

        storage.Delete(First);
        int late = storage[Second].Bytes.LastIndexOf("late 1"u8);
        storage[Second].Bytes[late] ^= 1;
        using var repaired = new TestJournal(storage, options with { Repair = true });
        Assert.Single(repaired.Journal.Recovery.Repaired);
        AssertCrowdIsKnown(repaired);
    }

    [Fact]
    public void Marks_cost_little_more_memory_than_their_crcs()
    {
        byte[] marks = MarkCodec.Write(CrowdedTable(), SegmentHeader.First, 2, 0, out int count);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(MarkCodec.TryRead(marks, count, SegmentHeader.First, 2, new ClientTable()));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, Clients * Window * sizeof(uint), (Clients * Window * sizeof(uint)) + (Clients * 400));
    }

    [Fact]
    public void Messages_under_way_push_no_written_one_out_of_a_mark()
    {
        using var test = new TestJournal(options: Narrow);
        JournalAppender appender = test.Open("pump");
        AppendTo(appender, 1, 40);
        test.Step();

        // The next step begins a segment before it writes what is under way; that write is lost.
        AppendTo(appender, 41, 56);
        test.Step();
        SimulatedStorage storage = test.Storage.Restart(new Random(0), powerLost: false);
        storage[Second].SetLength(SegmentHeader.FixedLength + 1 + 4 + 8 + 2 + (16 * sizeof(uint)));
        storage.Delete(First);

        using var again = new TestJournal(storage, Narrow);
        Assert.Equal(40, again.Journal.FindClient("pump")!.Committed);
        AssertKnown(again, "pump", 25, 40);
    }

    [Fact]
    public void After_the_window_was_made_smaller_what_was_taken_under_the_larger_is_still_known()
    {
        var storage = new SimulatedStorage();
        using (var wide = new TestJournal(storage, Wide))
        {
            Append(wide, "pump", 1, 100);
        }

        using (var narrow = new TestJournal(storage, Narrow))
        {
            AssertKnown(narrow, "pump", 37, 100);
            for (int sequence = 101; sequence <= 130; sequence++)
            {
                Append(narrow, "pump", sequence);
            }

            AssertKnown(narrow, "pump", 67, 130);
        }

        string[] segments = [.. storage.Names.Where(name => name.EndsWith(".segment", StringComparison.Ordinal))];
        Assert.True(segments.Length > 2);
        Array.ForEach(segments[..^1], storage.Delete);
        using var retained = new TestJournal(storage, Narrow);
        AssertKnown(retained, "pump", 67, 130);
    }

    [Fact]
    public void A_smaller_window_is_all_that_is_kept_once_as_many_messages_came_under_it_as_the_larger_held()
    {
        var window = new CrcWindow();
        for (int sequence = 1; sequence <= 64; sequence++)
        {
            window.Add(sequence, 0, window: 64, written: sequence);
        }

        for (int sequence = 65; sequence <= 127; sequence++)
        {
            window.Add(sequence, 0, window: 16, written: sequence);
            Assert.Equal(64, window.Count);
        }

        window.Add(128, 0, window: 16, written: 128);
        Assert.Equal(16, window.Count);
    }

    [Fact]
    public void A_larger_window_begins_a_segment_that_says_so()
    {
        var storage = new SimulatedStorage();
        using (var narrow = new TestJournal(storage, Narrow with { SegmentBytes = 1_000_000 }))
        {
            Append(narrow, "pump", 1);
        }

        using (var wide = new TestJournal(storage, Wide with { SegmentBytes = 1_000_000 }))
        {
            Append(wide, "pump", 2, 80);
        }

        Assert.Equal([First, Second], storage.Names.Where(name => name.EndsWith("segment", StringComparison.Ordinal)));
        using var again = new TestJournal(storage, Narrow);
        AssertKnown(again, "pump", 17, 80);
        Assert.True(JournalReader.Verify(TestJournal.Directory, storage).IsSound);
    }

    [Fact]
    public void Only_clients_that_ended_in_order_let_go_of_crcs_and_keep_the_last()
    {
        ClientTable clients = CrowdedTable();
        foreach (JournalClient client in clients.All.Where((_, i) => i % 2 == 0))
        {
            client.HasEnded = true;
        }

        clients.LetGoOfEnded(Clients * Window);
        Assert.All(clients.All, client => Assert.Equal(Window, client.Crcs.Count));
        clients.LetGoOfEnded(MarkCodec.MaxCrcBytes / sizeof(uint));

        int left = clients.All.Sum(client => client.Crcs.Count);
        Assert.InRange(left, (MarkCodec.MaxCrcBytes / sizeof(uint)) - Window, MarkCodec.MaxCrcBytes / sizeof(uint));
        Assert.All(clients.All, client =>
        {
            Assert.Equal(client.Crcs.Count == Window ? Window : 1, client.Crcs.Count);
            Assert.True(client.HasEnded || client.Crcs.Count == Window);
            Assert.True(client.Crcs.TryGet(Stored, out uint crc));
            Assert.Equal(Crc(client.Id, Stored), crc);
        });
    }

    [Fact]
    public void A_farewell_counts_until_the_client_appends_again_and_not_after_another_connection_did()
    {
        using var test = new TestJournal();
        JournalAppender first = test.Open("pump");
        AppendTo(first, 1, 1);
        test.Step();
        first.HandleFarewell();
        Assert.True(first.Client!.HasEnded);

        JournalAppender second = test.Open("pump");
        AppendTo(second, 2, 2);
        Assert.False(first.Client.HasEnded);
        first.HandleFarewell();
        Assert.False(first.Client.HasEnded);
        second.HandleFarewell();
        Assert.True(first.Client.HasEnded);
        test.Step();
        test.Open("pump").HandleFarewell();
        Assert.True(first.Client.HasEnded);
        test.Open(null).HandleFarewell();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(SegmentHeader.FixedLength + 1)]
    [InlineData(SegmentHeader.FixedLength + 50)]
    public void Damaged_marks_of_the_first_segment_are_restored_from_those_of_the_next(int offset)
    {
        var storage = new SimulatedStorage();
        using (var test = new TestJournal(storage, Narrow))
        {
            Append(test, "quiet", 1, 3);
            Append(test, "pump", 1, 20);
            Append(test, "pump", 21, 22);
            Assert.Equal(AppendStatus.Accepted, test.Open(null).TryAppend(0, new byte[1000]));
            test.Step();
            Append(test, "pump", 23);
            Append(test, "other", 1);
        }

        storage.Delete(First);
        storage.Delete(Second);
        storage["0000000003.segment"].Bytes[offset] ^= 1;
        using var repaired = new TestJournal(storage, Narrow with { Repair = true });
        Assert.Empty(repaired.Journal.Recovery.Lost);
        AssertKnown(repaired, "quiet", 1, 3);
        AssertKnown(repaired, "pump", 8, 23);
        AssertKnown(repaired, "other", 1, 1);
        Assert.True(JournalReader.Verify(TestJournal.Directory, storage).IsSound);
    }

    [Fact]
    public void A_message_that_a_repair_could_not_keep_is_not_known_to_be_stored()
    {
        SimulatedStorage storage = TestJournal.WithCommits(4, Narrow);
        storage.Delete(Second);
        using var repaired = new TestJournal(storage, Narrow with { Repair = true });
        JournalClient client = repaired.Journal.FindClient("pump")!;
        Assert.Equal(12, client.Committed);
        Assert.False(repaired.Journal.TryGetCrc(client, 6, out _));
        Assert.True(repaired.Journal.TryGetCrc(client, 7, out _));
    }

    [Fact]
    public void As_many_clients_are_taken_as_have_room_for_their_crcs_in_a_header()
    {
        Assert.InRange(MarkCodec.MaxClients(Window), 1_000_000, int.MaxValue);
        Assert.InRange(MarkCodec.MaxClients(ushort.MaxValue), 4000, 4100);
    }

    private static string Id(int client) => $"client-{client:D5}";

    private static uint Crc(string client, long sequence) => JournalClient.ComputeCrc(Payload(client, sequence));

    private static byte[] Payload(string client, long sequence) => Encoding.ASCII.GetBytes($"{client} {sequence}");

    /// <summary>Clients that have sent more than a window each.</summary>
    private static ClientTable CrowdedTable()
    {
        var clients = new ClientTable();
        for (int number = 0; number < Clients; number++)
        {
            JournalClient client = clients.GetOrAdd(Encoding.ASCII.GetBytes(Id(number)));
            for (int sequence = Stored - Window; sequence <= Stored; sequence++)
            {
                client.Recover(sequence, Crc(client.Id, sequence), Window, segment: 1);
            }
        }

        return clients;
    }

    private static SimulatedStorage Crowded()
    {
        var storage = new SimulatedStorage();
        storage.OpenWrite(First).Write(0, SegmentHeader.Write(SegmentHeader.First, 0x5A17, 1, 1, 0, Window, CrowdedTable()));
        return storage;
    }

    private static void Append(TestJournal journal, string client, int first, int? last = null)
    {
        JournalAppender appender = journal.Open(client);
        AppendTo(appender, first, last ?? first);
        journal.Step();
    }

    private static void AppendTo(JournalAppender appender, int first, int last)
    {
        for (int sequence = first; sequence <= last; sequence++)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, Payload(appender.Client!.Id, sequence)));
        }
    }

    private static void AssertCrowdIsKnown(TestJournal journal)
    {
        for (int number = 0; number < Clients; number++)
        {
            AssertKnown(journal, Id(number), Stored - Window + 1, Stored - Window + 2);
            AssertKnown(journal, Id(number), Stored - (number % Window), Stored - (number % Window));
            AssertKnown(journal, Id(number), Stored, Stored);
        }
    }

    private static void AssertKnown(TestJournal journal, string id, int first, int last)
    {
        JournalClient client = journal.Journal.FindClient(id)!;
        for (int sequence = first; sequence <= last; sequence++)
        {
            bool isKnown = journal.Journal.TryGetCrc(client, sequence, out uint crc) && crc == Crc(id, sequence);
            Assert.True(isKnown, $"{id}: {sequence} is not known");
        }
    }
}
