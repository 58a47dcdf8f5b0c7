using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Log;
using Aldis.Journal.Embedded;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>How messages of the journal are shown: lines, records, widths, times, counts.</summary>
public sealed class LogFormTests
{
    private static readonly DateTimeOffset Noon = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo India = TimeZoneInfo.CreateCustomTimeZone("india", new TimeSpan(5, 30, 0), null, null);

    [Fact]
    public void A_time_is_local_with_its_offset_or_universal()
    {
        Assert.StartsWith("2026-05-01T17:30:00.0000000+05:30 c 1 peer x\n", new LogForm { Zone = India }.Write(Of("x")), StringComparison.Ordinal);
        Assert.StartsWith("2026-05-01T12:00:00.0000000Z c 1 peer x\n", new LogForm().Write(Of("x")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_backslash_is_doubled_so_that_a_line_end_and_what_looks_like_one_differ()
    {
        Assert.EndsWith(@" a\nb" + "\n", new LogForm().Write(Of("a\nb")), StringComparison.Ordinal);
        Assert.EndsWith(@" a\\nb" + "\n", new LogForm().Write(Of(@"a\nb")), StringComparison.Ordinal);
        Assert.EndsWith(@" \\xff\xff" + "\n", new LogForm().Write(Of([0x5c, 0x78, 0x66, 0x66, 0xff])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(200)]
    public void On_a_terminal_a_message_is_one_line_of_its_width(int columns)
    {
        string line = new LogForm { Columns = columns }.Write(Of(new string('x', 190)));
        Assert.Equal(columns, line.TrimEnd('\n').Length);
        Assert.EndsWith("…\n", line, StringComparison.Ordinal);
        Assert.DoesNotContain("…", new LogForm { Columns = columns }.Write(Of("short")), StringComparison.Ordinal);
    }

    [Fact]
    public void Wide_characters_take_two_columns_and_marks_none()
    {
        Assert.Equal("水水…", TextColumns.Cut("水水水水", 6));
        Assert.Equal("水水水", TextColumns.Cut("水水水", 6));
        Assert.Equal("e\u0301e\u0301", TextColumns.Cut("e\u0301e\u0301", 2));
        Assert.Equal("😀…", TextColumns.Cut("😀😀😀", 4));
    }

    [Fact]
    public void The_whole_text_is_wrapped_on_a_terminal_and_one_line_in_a_pipe()
    {
        string text = string.Concat(Enumerable.Range(0, 300).Select(static at => (char)('a' + (at % 26))));
        string piped = new LogForm { IsFull = true }.Write(Of(text));
        Assert.EndsWith(" " + text + "\n", piped, StringComparison.Ordinal);
        string[] shown = new LogForm { IsFull = true, Columns = 60 }.Write(Of(text)).TrimEnd('\n').Split('\n');
        Assert.All(shown, static line => Assert.True(line.Length <= 60));
        Assert.All(shown[1..], static line => Assert.StartsWith("    ", line, StringComparison.Ordinal));
        Assert.Equal(piped, string.Concat(shown.Select((line, at) => at == 0 ? line : line[4..])) + "\n");
    }

    [Fact]
    public void A_record_is_exact_and_quoted_where_it_must_be()
    {
        var csv = new LogForm { IsCsv = true };
        Assert.Equal("2026-05-01T12:00:00.0000000Z,c,1,peer,plain,\r\n", csv.Write(Of("plain")));
        Assert.EndsWith(",peer,\"a,\"\"b\"\"\nc\",\r\n", csv.Write(Of("a,\"b\"\nc")), StringComparison.Ordinal);
        Assert.EndsWith(",peer,,/w==\r\n", csv.Write(Of([0xff])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_does_not_obey_a_record()
    {
        string record = new LogForm { IsCsv = true, Columns = 80 }.Write(Of("\u001b[2J"));
        Assert.DoesNotContain('\u001b', record);
    }

    [Theory]
    [InlineData("alarm|error", true)]
    [InlineData("^pump", true)]
    [InlineData("PUMP", false)]
    [InlineData("(?i)PUMP", true)]
    [InlineData("°C$", true)]
    public void A_pattern_matches_the_text(string pattern, bool isWanted) =>
        Assert.Equal(isWanted, new LogFilter(null, LogFilter.Read(pattern)).IsWanted(Of("pump 7: alarm at 21 °C")));

    [Theory]
    [InlineData("(", "--grep takes a regular expression: ")]
    [InlineData(@"(a)\1", "refers back")]
    [InlineData("(?=a)", "looks around")]
    public void A_pattern_that_is_none_or_could_take_for_ever_is_refused(string pattern, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<UsageException>(() => LogFilter.Read(pattern)).Message, StringComparison.Ordinal);

    [Fact]
    public void Until_leaves_out_that_time()
    {
        Assert.False(new LogFilter(Noon, null).IsWanted(Of("x")));
        Assert.True(new LogFilter(Noon.AddTicks(1), null).IsWanted(Of("x")));
    }

    [Fact]
    public void Counts_are_of_each_client_and_of_all_most_first()
    {
        var counts = new ClientCounts();
        counts.Add(Of("12345") with { Client = "few" });
        counts.Add(Of("1"));
        counts.Add(Of("23") with { ReceivedAt = Noon.AddHours(1) });
        counts.Add(Of("") with { Client = "" });
        Assert.Equal(
            """
            client  messages  bytes  first                         last
            c              2      3  2026-05-01T12:00:00.0000000Z  2026-05-01T13:00:00.0000000Z
            -              1      0  2026-05-01T12:00:00.0000000Z  2026-05-01T12:00:00.0000000Z
            few            1      5  2026-05-01T12:00:00.0000000Z  2026-05-01T12:00:00.0000000Z
            all            4      8

            """,
            Encoding.UTF8.GetString(counts.Table(new LogForm())));
    }

    private static JournalMessage Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    private static JournalMessage Of(byte[] payload) => new("c", 1, Noon, "peer", payload);
}
