using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>
/// Retention by age of a journal whose clock is wrong, in virtual time; thirty days are kept, each commit has its own segment, and the
/// last one stays.
/// </summary>
public sealed class JournalRetentionTests
{
    private const int Fresh = 200;
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private readonly VirtualTime _clock = new();
    private readonly SimulatedStorage _storage = new();
    private readonly List<SegmentDeletion> _deleted = [];
    private readonly List<TimeSpan> _jumps = [];
    private Guid _boot = Guid.NewGuid();
    private int _sent;

    [Fact]
    public void A_clock_that_is_a_year_ahead_for_one_message_deletes_nothing()
    {
        using TestJournal journal = Open();
        Store(journal, Fresh);
        _clock.Jump(TimeSpan.FromDays(365));
        Store(journal, 1);
        _clock.Jump(TimeSpan.FromDays(-365));
        Store(journal, 9);
        Assert.Empty(_deleted);
        Assert.Equal([TimeSpan.FromDays(365), TimeSpan.FromDays(-365)], _jumps);
        Assert.Equal(_sent, TestJournal.Read(_storage).Count);

        // And retention goes on all the same.
        Pass(journal, Kept + TimeSpan.FromHours(2));
        Assert.Equal(_sent - 1, _deleted.Count);
        Assert.All(_deleted, deletion => Assert.Equal(RetentionReason.Age, deletion.Reason));
        Assert.All(_deleted, deletion => Assert.InRange(deletion.Age, Kept, Kept + TimeSpan.FromHours(3)));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(300)]
    public void A_device_that_shows_1970_until_its_clock_is_set_loses_nothing_that_is_young(int minutes)
    {
        _clock.Jump(DateTimeOffset.UnixEpoch - _clock.GetUtcNow());
        TestJournal journal = Open();
        Store(journal, Fresh);
        Pass(journal, TimeSpan.FromMinutes(minutes));

        // The server is restarted at the moment the clock is set: it sees no jump, only another time.
        journal.Dispose();
        _clock.Jump(TimeSpan.FromDays(365.25 * 60));
        using TestJournal again = Open();
        Pass(again, TimeSpan.FromDays(29));
        Assert.Empty(_deleted);
        Pass(again, TimeSpan.FromDays(1));
        Assert.Equal(_sent - 1, _deleted.Count);
    }

    [Fact]
    public void After_forty_days_off_an_hour_of_agreement_settles_that_it_is_too_old()
    {
        TestJournal journal = Open();
        Store(journal, Fresh);
        Pass(journal, TimeSpan.FromHours(2));
        journal.Dispose();
        SwitchOff(TimeSpan.FromDays(40));
        using TestJournal again = Open();
        Pass(again, TimeSpan.FromMinutes(59));
        Assert.Empty(_deleted);
        Pass(again, TimeSpan.FromMinutes(2));
        Assert.Equal(Fresh - 1, _deleted.Count);
    }

    [Fact]
    public void A_clock_that_is_forty_days_ahead_when_the_machine_starts_and_is_set_right_deletes_nothing()
    {
        TestJournal journal = Open();
        Store(journal, Fresh);
        Pass(journal, TimeSpan.FromHours(2));
        journal.Dispose();
        SwitchOff(TimeSpan.FromMinutes(5));
        _clock.Jump(TimeSpan.FromDays(40));
        using TestJournal again = Open();
        Pass(again, TimeSpan.FromMinutes(20));
        _clock.Jump(TimeSpan.FromDays(-40));
        Pass(again, TimeSpan.FromDays(29));
        Assert.Empty(_deleted);
        Pass(again, TimeSpan.FromDays(1.2));
        Assert.Equal(_sent - 1, _deleted.Count);
    }

    [Fact]
    public void A_clock_that_goes_back_by_a_day_stops_no_retention()
    {
        using TestJournal journal = Open();
        Store(journal, 5);
        Pass(journal, TimeSpan.FromDays(29));
        _clock.Jump(TimeSpan.FromDays(-1));
        Pass(journal, TimeSpan.FromDays(1) + TimeSpan.FromMinutes(10));
        Assert.Equal(4, _deleted.Count);
    }

    [Fact]
    public void A_journal_to_which_nothing_comes_deletes_as_well()
    {
        using TestJournal journal = Open();
        Store(journal, 5);
        for (int day = 0; day < 31; day++)
        {
            _clock.Advance(TimeSpan.FromDays(1));
            journal.Step();
        }

        Assert.Equal(4, _deleted.Count);
    }

    [Fact]
    public void The_size_is_kept_whatever_the_clocks_say_and_the_reason_is_told()
    {
        _clock.Jump(DateTimeOffset.UnixEpoch - _clock.GetUtcNow());
        using var journal = new TestJournal(_storage, Options with { RetainBytes = 2000, RetainAge = null });
        Store(journal, 50);
        Assert.InRange(_deleted.Count, 25, 49);
        Assert.All(_deleted, deletion => Assert.Equal(RetentionReason.Size, deletion.Reason));
        Assert.Equal(Enumerable.Range(1, _deleted.Count).Select(number => (long)number), _deleted.Select(deletion => deletion.Segment));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_its_notes_or_with_those_of_another_journal_all_is_as_young_as_it_can_be(bool areDamaged)
    {
        TestJournal journal = Open();
        Store(journal, 5);
        Pass(journal, TimeSpan.FromDays(20));
        journal.Dispose();
        if (areDamaged)
        {
            _storage["ages"].Bytes[30] ^= 1;
        }
        else
        {
            _storage.Delete("ages");
        }

        using TestJournal again = Open();
        Pass(again, TimeSpan.FromDays(29));
        Assert.Empty(_deleted);
        Pass(again, TimeSpan.FromDays(2));
        Assert.Equal(4, _deleted.Count);
    }

    [Fact]
    public void Ages_are_remembered_across_a_restart_and_a_kill()
    {
        TestJournal journal = Open();
        Store(journal, 5);
        Pass(journal, TimeSpan.FromDays(20));

        // Killed: nothing is closed, and its storage lives on.
        SimulatedStorage left = _storage.Restart(new Random(0), powerLost: false);
        using var again = new TestJournal(left, Options);
        Pass(again, TimeSpan.FromDays(10) + TimeSpan.FromHours(1));
        Assert.Equal(4, _deleted.Count);
    }

    private JournalOptions Options => TestJournal.Options with
    {
        SegmentBytes = 1,
        RetainAge = Kept,
        TimeProvider = _clock,
        ReadBootId = () => _boot,
        Deleted = _deleted.Add,
        ClockJumped = _jumps.Add,
    };

    private TestJournal Open() => new(_storage, Options);

    /// <summary>Stores messages, each in a segment of its own, a second apart.</summary>
    private void Store(TestJournal journal, int count)
    {
        JournalAppender appender = journal.Open(null);
        for (int i = 0; i < count; i++, _sent++)
        {
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(0, TestJournal.Text($"{_sent}")));
            journal.Step();
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        journal.Step();
    }

    /// <summary>Lets time pass while the writer looks at the clocks.</summary>
    private void Pass(TestJournal journal, TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMinutes(10))
        {
            _clock.Advance(time - passed < TimeSpan.FromMinutes(10) ? time - passed : TimeSpan.FromMinutes(10));
            journal.Step();
        }
    }

    private void SwitchOff(TimeSpan time)
    {
        _clock.Advance(time);
        _boot = Guid.NewGuid();
    }
}
