using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Protocols.Integrity;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>
/// Clients that are forgotten because of their age or by name, in virtual time: ninety days, each commit has its own segment, and two
/// segments are kept.
/// </summary>
public sealed class JournalForgetTests
{
    private static readonly TimeSpan Age = TimeSpan.FromDays(90);

    private readonly VirtualTime _clock = new();
    private readonly List<ClientForgotten> _forgotten = [];
    private SimulatedStorage _storage = new();

    [Fact]
    public void Without_the_option_nobody_is_ever_forgotten()
    {
        using TestJournal journal = Open(forgetAge: null);
        Store(journal, "old", 1);
        Push(journal);
        Pass(journal, TimeSpan.FromDays(3650));
        Assert.Equal(1, journal.Journal.FindClient("old")!.Committed);
        Assert.Equal(SegmentHeader.First, VersionOf(_storage.Names.Last(IsSegment)));
        AssertSound();
    }

    [Fact]
    public void A_client_that_was_not_seen_for_so_long_is_forgotten_and_begins_anew()
    {
        using TestJournal journal = Open();
        Store(journal, "old", 1, 2, 3);
        Push(journal);
        Pass(journal, Age - TimeSpan.FromHours(4));
        Assert.Empty(_forgotten);
        Assert.Equal(3, journal.Journal.FindClient("old")!.Committed);

        Pass(journal, TimeSpan.FromHours(8));

        ClientForgotten told = Assert.Single(_forgotten);
        Assert.Equal(("old", 3L), (told.Client, told.Last));
        Assert.InRange(told.Age, Age, Age + TimeSpan.FromHours(4));
        Assert.Null(journal.Journal.FindClient("old"));
        AssertSound();
        Store(journal, "old", 1);
        Assert.Equal(1, Reopened().Journal.FindClient("old")!.Committed);
        AssertSound();
    }

    [Fact]
    public void A_client_of_which_a_message_is_left_is_not_forgotten_however_old_it_is()
    {
        using TestJournal journal = Open();
        Store(journal, "old", 1);
        Store(journal, "other", 1);
        Pass(journal, TimeSpan.FromDays(1000));
        Assert.Empty(_forgotten);
        Assert.Equal(1, journal.Journal.FindClient("old")!.Committed);
    }

    [Fact]
    public void A_client_that_is_there_is_not_forgotten()
    {
        using TestJournal journal = Open();
        Store(journal, "old", 1);
        Push(journal);
        JournalAppender appender = journal.Open("old");
        Pass(journal, TimeSpan.FromDays(1000));
        Assert.Empty(_forgotten);
        Assert.Equal(AppendStatus.Accepted, appender.TryAppend(2, TestJournal.Text("late")));
    }

    [Fact]
    public void The_age_goes_on_over_restarts_and_a_clock_that_jumps_adds_nothing()
    {
        TestJournal journal = Open();
        Store(journal, "old", 1);
        Push(journal);
        for (int month = 0; month < 3; month++)
        {
            Pass(journal, TimeSpan.FromDays(29));
            _clock.Jump(TimeSpan.FromDays(365));
            journal.Dispose();
            journal = Open();
            Assert.Empty(_forgotten);
        }

        Pass(journal, TimeSpan.FromDays(4));
        Assert.Equal("old", Assert.Single(_forgotten).Client);
        journal.Dispose();
    }

    [Fact]
    public void A_journal_of_the_first_version_goes_on_in_the_second_and_its_clients_count_from_then_on()
    {
        using (TestJournal before = Open(forgetAge: null))
        {
            Store(before, "old", 1);
            Push(before);
            Pass(before, TimeSpan.FromDays(1000));
        }

        using TestJournal journal = Open();
        Assert.Equal(SegmentHeader.Forgetful, VersionOf(_storage.Names.Last(IsSegment)));
        Pass(journal, Age - TimeSpan.FromHours(4));
        Assert.Empty(_forgotten);
        Pass(journal, TimeSpan.FromHours(8));
        Assert.Equal("old", Assert.Single(_forgotten).Client);
        AssertSound();

        // Without the option it stays in the second version, and forgets nobody.
        journal.Dispose();
        using TestJournal after = Open(forgetAge: null);
        Push(after);
        Assert.Equal(SegmentHeader.Forgetful, VersionOf(_storage.Names.Last(IsSegment)));
        Pass(after, TimeSpan.FromDays(1000));
        Assert.Single(_forgotten);
    }

    [Fact]
    public void The_place_of_a_forgotten_client_goes_to_a_new_one()
    {
        using TestJournal journal = Open(maxClients: 2);
        Store(journal, "old", 1);
        Push(journal);
        Assert.Equal(AppendStatus.TooManyClients, journal.Open("new").TryAppend(1, TestJournal.Text("x")));
        Pass(journal, Age + TimeSpan.FromHours(6));
        Store(journal, "new", 1);
        AssertSound();
    }

    [Fact]
    public async Task Nobody_opens_a_client_that_is_being_forgotten_until_that_is_durable()
    {
        var clients = new ClientTable();
        clients.GetOrAdd("old").RecoverMark(3, [], segment: 1);
        var queue = new JournalQueue(TestJournal.Options, clients);
        List<JournalClient> chosen = queue.BeginForgetting(static all => [.. all.All.Where(client => client.IsAtRest)]);

        Assert.False(queue.TryOpen("old", "peer", out _, out Task settling));
        Assert.False(settling.IsCompleted);
        queue.EndForgetting(chosen);
        await settling;

        Assert.True(queue.TryOpen("old", "peer", out StoreOpening opening, out _));
        Assert.Equal(0, opening.Appender!.Progress.CommittedSequence);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_crash_at_any_write_leaves_a_client_known_or_forgotten_and_the_journal_sound(bool powerLost)
    {
        using (TestJournal journal = Open())
        {
            Store(journal, "old", 1, 2, 3);
            Push(journal);
            Pass(journal, Age - TimeSpan.FromHours(4));
            Assert.Empty(_forgotten);
        }

        _clock.Advance(TimeSpan.FromHours(4));
        Dictionary<string, byte[]> before = _storage.Snapshot();
        int known = 0;
        int forgotten = 0;
        for (int fault = 0; ; fault++)
        {
            _storage = SimulatedStorage.With(before);
            _storage.Fault = FaultKind.Crash;
            _storage.ShortWriteBytes = 30;
            _storage.FailNext(fault);
            _ = Xunit.Record.Exception(() =>
            {
                TestJournal crashing = Open();
                for (int hour = 0; hour < 3; hour++)
                {
                    _clock.Advance(TimeSpan.FromHours(1));
                    _ = crashing.Journal.Step(wait: false);
                }
            });
            bool isOver = !_storage.HasCrashed;
            _storage = _storage.Restart(new Random(fault), powerLost);
            using TestJournal again = Open();
            long committed = again.Journal.FindClient("old")?.Committed ?? 0;
            Assert.True(committed is 0 or 3, $"fault {fault}: {committed}");
            known += committed == 3 ? 1 : 0;
            forgotten += committed == 0 ? 1 : 0;
            AssertSound();
            Store(again, "old", (int)committed + 1);
            AssertSound();
            if (isOver)
            {
                break;
            }
        }

        Assert.True(known > 0 && forgotten > 0, $"{known} and {forgotten}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_damaged_entry_is_a_known_loss_after_a_repair_and_its_client_goes_on(bool cameAgain)
    {
        using (TestJournal journal = Open(segmentBytes: 100_000))
        {
            Store(journal, "old", 1, 2, 3);
        }

        using (TestJournal journal = Open())
        {
            Push(journal);
            Pass(journal, Age + TimeSpan.FromHours(6));
            Assert.Single(_forgotten);
        }

        using (TestJournal journal = Open(segmentBytes: 100_000))
        {
            if (cameAgain)
            {
                Store(journal, "old", 1, 2);
            }

            Store(journal, "other", 1);
        }

        string name = _storage.Names.First(name => IsSegment(name) && FindForget(name) >= 0);
        _storage[name].Bytes[FindForget(name) + 20] ^= 1;
        using (TestJournal repaired = Open(repair: true))
        {
            Assert.Single(repaired.Journal.Recovery.Repaired);
            Assert.Equal(cameAgain ? 2 : 3, repaired.Journal.FindClient("old")!.Committed);
            AssertSound();
            Store(repaired, "old", cameAgain ? 3 : 4);
        }

        AssertSound();
        Assert.Equal(1, JournalReader.Verify(TestJournal.Directory, _storage).KnownLosses);
    }

    [Fact]
    public void Damaged_marks_of_the_first_segment_are_restored_around_an_entry()
    {
        using (TestJournal journal = Open())
        {
            Store(journal, "old", 1, 2, 3);
            Push(journal);
            Pass(journal, Age + TimeSpan.FromHours(6));
            Store(journal, "old", 1, 2);
            Store(journal, "other", 1);
        }

        // What is before the segment with the entry is gone.
        string name = _storage.Names.First(name => IsSegment(name) && FindForget(name) >= 0);
        foreach (string older in _storage.Names.Where(older => IsSegment(older) && string.CompareOrdinal(older, name) < 0).ToArray())
        {
            _storage.Delete(older);
        }

        _storage[name].Bytes[SegmentHeader.FixedLength + 2] ^= 1;
        using TestJournal repaired = Open(repair: true);
        Assert.Equal(2, repaired.Journal.FindClient("old")!.Committed);
        AssertSound();
    }

    [Fact]
    public void Verify_finds_a_client_forgotten_while_a_message_of_it_is_left()
    {
        Write(
            Record(RecordType.Message, "old", 1, 1),
            Record(RecordType.Forget, "old", 1, 2));
        JournalVerification found = JournalReader.Verify(TestJournal.Directory, _storage);
        Assert.Equal(["client old: forgotten while messages of it are left"], found.Problems);
    }

    [Fact]
    public void Verify_finds_a_client_that_begins_anew_without_an_entry_and_one_forgotten_at_another_number()
    {
        Write(
            Record(RecordType.Message, "old", 1, 1),
            Record(RecordType.Message, "old", 2, 2),
            Record(RecordType.Message, "old", 1, 3),
            Record(RecordType.Forget, "stranger", 7, 4));
        JournalVerification found = JournalReader.Verify(TestJournal.Directory, _storage);
        Assert.Equal(
            ["client old: 1 comes after 2", "client stranger: forgotten at 7; the records before give 0"], found.Problems);
    }

    [Fact]
    public void By_name_a_client_is_forgotten_once_none_of_its_messages_is_left()
    {
        using (TestJournal journal = Open(forgetAge: null))
        {
            Store(journal, "old", 1, 2);
            Assert.Throws<JournalLockedException>(() => Forget("old"));
        }

        Assert.Contains("has 2 messages left", Assert.Throws<ClientKeptException>(() => Forget("old")).Message, StringComparison.Ordinal);
        using (TestJournal journal = Open(forgetAge: null))
        {
            Push(journal);
        }

        Dictionary<string, byte[]> before = _storage.Snapshot();
        Assert.Contains("no client 'nobody'", Assert.Throws<ClientKeptException>(() => Forget("old", "nobody")).Message, StringComparison.Ordinal);
        Assert.Equal(before, _storage.Snapshot());

        Assert.Contains("has 2 messages", Assert.Throws<ClientKeptException>(() => Forget("old", "push")).Message, StringComparison.Ordinal);
        ClientSummary told = Assert.Single(Forget("old", "old"));
        Assert.Equal(("old", 2L), (told.Client, told.Last));

        AssertSound();
        Assert.Equal("push", Assert.Single(ClientListing.Read(TestJournal.Directory, _storage).Clients).Client);
        using TestJournal again = Open(forgetAge: null);
        Assert.Null(again.Journal.FindClient("old"));
        Store(again, "old", 1);
        AssertSound();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void By_name_too_a_crash_at_any_write_leaves_a_client_known_or_forgotten_and_the_journal_sound(bool powerLost)
    {
        using (TestJournal journal = Open(forgetAge: null))
        {
            Store(journal, "old", 1, 2, 3);
            Push(journal);
        }

        Dictionary<string, byte[]> before = _storage.Snapshot();
        bool isOver = false;
        for (int fault = 0; !isOver; fault++)
        {
            _storage = SimulatedStorage.With(before);
            _storage.Fault = FaultKind.Crash;
            _storage.ShortWriteBytes = 30;
            _storage.FailNext(fault);
            Exception? crashed = Xunit.Record.Exception(() => Forget("old"));
            isOver = crashed is null;
            _storage = _storage.Restart(new Random(fault), powerLost);
            using TestJournal again = Open(forgetAge: null);
            long committed = again.Journal.FindClient("old")?.Committed ?? 0;
            Assert.True(committed == 0 || (committed == 3 && !isOver), $"fault {fault}: {committed}");
            AssertSound();
            Store(again, "old", (int)committed + 1);
            AssertSound();
        }
    }

    [Fact]
    public void The_list_says_how_far_each_client_is_what_is_left_and_when_it_was_seen()
    {
        DateTimeOffset begin = _clock.GetUtcNow();
        using (TestJournal journal = Open())
        {
            Store(journal, "old", 1, 2);
            Pass(journal, TimeSpan.FromDays(2));
            Push(journal);
            Store(journal, "young", 1);
        }

        IReadOnlyList<ClientSummary> clients = ClientListing.Read(TestJournal.Directory, _storage).Clients;

        Assert.Equal(["old", "push", "young"], clients.Select(client => client.Client));
        Assert.Equal((2L, 0L), (clients[0].Last, clients[0].Messages));
        Assert.InRange(clients[0].LastSeen!.Value, begin, begin + TimeSpan.FromHours(1));
        Assert.Equal((1L, 1L), (clients[2].Last, clients[2].Messages));
        Assert.InRange(clients[2].LastSeen!.Value, begin + TimeSpan.FromDays(2), begin + TimeSpan.FromDays(2) + TimeSpan.FromMinutes(1));
    }

    private static bool IsSegment(string name) => name.EndsWith(".segment", StringComparison.Ordinal);

    private static byte[] Record(RecordType type, string client, long sequence, long commit)
    {
        byte[] id = Encoding.ASCII.GetBytes(client);
        byte[] record = new byte[RecordCodec.FixedLength + id.Length];
        _ = RecordCodec.WriteHead(record, type, sequence, 0, id, [], Crc32C.Compute([]));
        _ = RecordCodec.Seal(record, commit, RecordFlags.EndsBatch | RecordFlags.EndsCommit, RecordCodec.SaltCrc(0x5A17));
        return record;
    }

    private void Write(params byte[][] records)
    {
        byte[] header = SegmentHeader.Write(SegmentHeader.Forgetful, 0x5A17, 1, 1, 0, 16, new ClientTable());
        _storage = SimulatedStorage.With([new("0000000001.segment", [.. header, .. records.SelectMany(static record => record)])]);
    }

    private int FindForget(string name)
    {
        ReadOnlySpan<byte> bytes = _storage[name].Bytes;
        uint saltCrc = RecordCodec.SaltCrc(0x5A17);
        for (int offset = 0; ; offset++)
        {
            int next = RecordSearch.Find(bytes[offset..], saltCrc, 1);
            if (next < 0 || RecordCodec.Decode(bytes[(offset + next)..]).Type == RecordType.Forget)
            {
                return next < 0 ? -1 : offset + next;
            }

            offset += next;
        }
    }

    private uint VersionOf(string name) => BinaryPrimitives.ReadUInt32LittleEndian(_storage[name].Bytes[8..]);

    private TestJournal Open(TimeSpan? forgetAge, int maxClients = 1000, long segmentBytes = 1, bool repair = false) =>
        new(_storage, TestJournal.Options with
        {
            TimeProvider = _clock,
            SegmentBytes = segmentBytes,
            RetainBytes = 3000,
            ForgetAge = forgetAge,
            MaxClients = maxClients,
            Repair = repair,
            ReadBootId = static () => new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
            Forgotten = _forgotten.Add,
        });

    private TestJournal Open(int maxClients = 1000, long segmentBytes = 1, bool repair = false) =>
        Open(Age, maxClients, segmentBytes, repair);

    private TestJournal Reopened()
    {
        _storage = _storage.Restart(new Random(0), powerLost: true);
        return Open();
    }

    private IReadOnlyList<ClientSummary> Forget(params string[] ids) =>
        ClientListing.Forget(TestJournal.Options with { TimeProvider = _clock }, _storage, ids);

    private void AssertSound()
    {
        JournalVerification found = JournalReader.Verify(TestJournal.Directory, _storage);
        Assert.True(found.IsSound, $"{found.Damage} {string.Join("; ", found.Problems)}");
    }

    /// <summary>Stores a message for each number, each in a commit of its own.</summary>
    private void Store(TestJournal journal, string client, params int[] sequences)
    {
        JournalAppender appender = journal.Open(client);
        foreach (int sequence in sequences)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, TestJournal.Text(sequence.ToString(CultureInfo.InvariantCulture))));
            journal.Step();
        }

        _ = appender.CloseAsync();
        journal.Step();
    }

    /// <summary>Another client sends so much that everything before is deleted.</summary>
    private void Push(TestJournal journal)
    {
        JournalAppender appender = journal.Open("push");
        for (int count = 0; count < 4; count++)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(appender.Client!.Taken + 1, new byte[1200]));
            _clock.Advance(TimeSpan.FromSeconds(1));
            journal.Step();
            _clock.Advance(TimeSpan.FromSeconds(1));
            journal.Step();
        }

        _ = appender.CloseAsync();
        journal.Step();
    }

    /// <summary>Time passes; the server looks at the clocks every two hours.</summary>
    private void Pass(TestJournal journal, TimeSpan time)
    {
        for (TimeSpan end = _clock.Now + time; _clock.Now < end;)
        {
            _clock.Advance(TimeSpan.FromHours(2));
            journal.Step();
        }
    }
}
