using System.Text;
using System.Text.Json;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;

namespace Aldis.Cli.Tests.Verbs;

public sealed class LogVerifyTests : IDisposable
{
    private readonly LogFixture _log = new();

    public void Dispose() => _log.Dispose();

    /// <summary>Messages that fill a segment of the smallest size each.</summary>
    private static byte[][] Long(params int[] numbers) =>
        [.. numbers.Select(number => Encoding.UTF8.GetBytes($"{number}".PadRight(2000, '.')))];

    [Fact]
    public async Task A_sound_journal_is_reported_with_what_was_checked()
    {
        await _log.StoreAsync("a", "1", "2", "3");
        await _log.StoreAsync("", "p");
        (int exitCode, string output, string error) = await _log.RunAsync("--verify");
        Assert.Equal(0, exitCode);
        Assert.Empty(error);
        Assert.StartsWith("1 segments, 4 messages of 1 clients and the plain form, last commit ", output, StringComparison.Ordinal);
        Assert.Contains("sound: both CRCs of every record", output, StringComparison.Ordinal);
        (exitCode, output, _) = await _log.RunAsync("--verify", "--json");
        Assert.Equal(0, exitCode);
        JsonElement report = Assert.Single(LogFixture.Objects(output));
        Assert.Equal("verify", report.GetProperty("event").GetString());
        Assert.True(report.GetProperty("sound").GetBoolean());
        Assert.Equal(4, report.GetProperty("messages").GetInt64());
    }

    [Fact]
    public async Task A_changed_byte_anywhere_in_a_durable_record_is_found()
    {
        await _log.StoreAsync("a", "first", "second", "third");
        string segment = Assert.Single(_log.Segments());
        byte[] sound = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        int begin = sound.AsSpan().IndexOf("first"u8) - 1 - "127.0.0.1:4242".Length - 40;
        int end = sound.AsSpan().IndexOf("second"u8) + "second".Length;
        for (int offset = begin; offset < end; offset++)
        {
            byte[] damaged = [.. sound];
            damaged[offset] ^= 0x10;
            await File.WriteAllBytesAsync(segment, damaged, TestContext.Current.CancellationToken);
            (int exitCode, string output, _) = await _log.RunAsync("--verify");
            Assert.True(exitCode == ExitCode.IntegrityMismatch, $"the change at offset {offset} of {segment} was not found: {output}");
            Assert.Contains("damaged: segment 1, ", output, StringComparison.Ordinal);
            Assert.EndsWith("NOT sound\n", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_segment_that_is_missing_in_the_middle_is_found()
    {
        using (MessageJournal journal = _log.Open(segmentBytes: 1))
        {
            await LogFixture.StoreAsync(journal, "a", Long(1, 2, 3, 4, 5));
        }

        Assert.True(_log.Segments().Length > 3);
        Assert.Equal(0, (await _log.RunAsync("--verify")).ExitCode);
        File.Delete(_log.Segments()[1]);
        (int exitCode, string output, _) = await _log.RunAsync("--verify", "--json");
        Assert.Equal(ExitCode.IntegrityMismatch, exitCode);
        Assert.False(Assert.Single(LogFixture.Objects(output)).GetProperty("sound").GetBoolean());
    }

    [Fact]
    public async Task Segments_deleted_from_the_beginning_are_no_gap()
    {
        using (MessageJournal journal = _log.Open(segmentBytes: 1))
        {
            await LogFixture.StoreAsync(journal, "a", Long(1, 2, 3));
        }

        File.Delete(_log.Segments()[0]);
        (int exitCode, string output, _) = await _log.RunAsync("--verify");
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public async Task A_torn_tail_is_no_problem_and_nothing_on_disk_is_changed()
    {
        await _log.StoreAsync("a", "1", "2");
        string segment = Assert.Single(_log.Segments());
        await File.AppendAllBytesAsync(segment, [60, 0, 0, 0, 1, 2, 3], TestContext.Current.CancellationToken);
        byte[] before = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        string[] files = Directory.GetFiles(_log.Data, "*", SearchOption.AllDirectories);
        (int exitCode, string output, _) = await _log.RunAsync("--verify");
        Assert.Equal(0, exitCode);
        Assert.Contains("7 bytes behind it", output, StringComparison.Ordinal);
        (exitCode, output, _) = await _log.RunAsync();
        Assert.Equal(0, exitCode);
        Assert.Equal(2, output.Count(character => character == '\n'));
        Assert.Equal(before, await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken));
        Assert.Equal(files, Directory.GetFiles(_log.Data, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Printing_a_damaged_journal_says_so_and_ends_with_5()
    {
        using (MessageJournal journal = _log.Open(segmentBytes: 1))
        {
            await LogFixture.StoreAsync(journal, "a", Long(1, 2, 3));
        }

        byte[] damaged = await File.ReadAllBytesAsync(_log.Segments()[1], TestContext.Current.CancellationToken);
        damaged[^1] ^= 1;
        await File.WriteAllBytesAsync(_log.Segments()[1], damaged, TestContext.Current.CancellationToken);
        (int exitCode, string output, string error) = await _log.RunAsync();
        Assert.Equal(ExitCode.IntegrityMismatch, exitCode);
        Assert.EndsWith(" 3 127.0.0.1:4242 3" + new string('.', 199) + "…\n", output, StringComparison.Ordinal);
        Assert.StartsWith("aldis: skipped: segment 2, ", error, StringComparison.Ordinal);
        Assert.Contains("aldis: the journal is damaged in 1 place: what is sound was printed", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_in_the_only_segment_costs_its_message_alone_and_ends_with_5()
    {
        await _log.StoreAsync("a", [.. Enumerable.Range(1, 300).Select(number => $"line {number}")]);
        string segment = Assert.Single(_log.Segments());
        byte[] damaged = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        damaged[damaged.AsSpan().IndexOf("line 211"u8)] ^= 1;
        await File.WriteAllBytesAsync(segment, damaged, TestContext.Current.CancellationToken);

        (int exitCode, string output, string error) = await _log.RunAsync();
        Assert.Equal(ExitCode.IntegrityMismatch, exitCode);
        Assert.Equal(299, output.Count(character => character == '\n'));
        Assert.EndsWith(" line 300\n", output, StringComparison.Ordinal);
        Assert.StartsWith("aldis: skipped: segment 1, ", error, StringComparison.Ordinal);

        (exitCode, output, _) = await _log.RunAsync("--json");
        Assert.Equal(ExitCode.IntegrityMismatch, exitCode);
        JsonElement skipped = LogFixture.Objects(output).Single(item => item.GetProperty("event").GetString() == "skipped");
        Assert.Equal(1, skipped.GetProperty("segment").GetInt64());
    }

    [Fact]
    public async Task A_repaired_journal_verifies_as_sound_and_names_what_is_lost()
    {
        await _log.StoreAsync("c4", "1", "two", "three", "4", "5");
        string segment = Assert.Single(_log.Segments());
        byte[] damaged = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        damaged[damaged.AsSpan().IndexOf("two"u8)] ^= 1;
        damaged[damaged.AsSpan().IndexOf("three"u8)] ^= 1;
        await File.WriteAllBytesAsync(segment, damaged, TestContext.Current.CancellationToken);
        using (MessageJournal repaired = MessageJournal.Open(
            new JournalOptions { Directory = _log.JournalDirectory, Repair = true }, FileStorage.Instance))
        {
            Assert.Equal("client c4: 2 to 3", Assert.Single(repaired.Recovery.Lost).ToString());
        }

        (int exitCode, string output, _) = await _log.RunAsync("--verify");
        Assert.True(exitCode == ExitCode.Confirmed, output);
        Assert.Contains("lost, as a repair found: client c4: 2 to 3\n", output, StringComparison.Ordinal);
        Assert.Contains("\nsound, with 1 known loss: ", output, StringComparison.Ordinal);
        (_, output, _) = await _log.RunAsync("--verify", "--json");
        JsonElement report = Assert.Single(LogFixture.Objects(output));
        Assert.True(report.GetProperty("sound").GetBoolean());
        Assert.Equal(3, Assert.Single(report.GetProperty("lost").EnumerateArray().ToArray()).GetProperty("last").GetInt64());
    }

    [Fact]
    public async Task A_segment_of_another_version_is_refused_with_a_sentence()
    {
        await _log.StoreAsync("a", "1");
        byte[] other = await File.ReadAllBytesAsync(Assert.Single(_log.Segments()), TestContext.Current.CancellationToken);
        (other[8], other[60]) = (3, (byte)(other[60] + 1));
        await File.WriteAllBytesAsync(_log.Segments()[0], other, TestContext.Current.CancellationToken);
        foreach (string[] options in new string[][] { [], ["--verify"] })
        {
            (int exitCode, _, string error) = await _log.RunAsync(options);
            Assert.Equal(ExitCode.UsageOrLocalError, exitCode);
            Assert.Contains("is in version 3 of the journal's format", error, StringComparison.Ordinal);
        }

        (await Run.AldisAsync("serve", "messages=tcp://127.0.0.1:0", "--repair", "--data", _log.Data))
            .Ends(ExitCode.UsageOrLocalError, "is in version 3 of the journal's format");
        Assert.Equal(other, await File.ReadAllBytesAsync(_log.Segments()[0], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Verifying_does_not_go_with_a_selection()
    {
        await _log.StoreAsync("a", "1");
        (int exitCode, _, string error) = await _log.RunAsync("--verify", "--client", "a");
        Assert.Equal(2, exitCode);
        Assert.Contains("--verify", error, StringComparison.Ordinal);
    }
}
