using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;

namespace Aldis.Cli.Tests.Terminal;

/// <summary>What people see while a journal is opened.</summary>
public sealed class RecoveryDisplayTests : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly MemoryStream _output = new();

    public void Dispose()
    {
        _error.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void Nothing_is_shown_within_a_second_then_a_line_every_five_and_an_event_each()
    {
        Show(isTerminal: false, TimeSpan.FromMilliseconds(300), segments: 40);

        Assert.Equal(
            [
                "aldis: reading the journal: segment 4 of 40, 256.0 MiB, messages 4,000",
                "aldis: reading the journal: segment 21 of 40, 1.31 GiB, messages 21,000",
                "aldis: reading the journal: segment 38 of 40, 2.38 GiB, messages 38,000",
            ],
            Lines());
        Assert.Equal(10, Encoding.UTF8.GetString(_output.ToArray()).Split('\n').Count(static line => line.Contains("journal-opening", StringComparison.Ordinal)));
    }

    [Fact]
    public void On_a_terminal_it_is_one_line_that_is_gone_at_the_end()
    {
        Show(isTerminal: true, TimeSpan.FromSeconds(2), segments: 1);

        Assert.Equal("\raldis: reading the journal: segment 1 of 1, 64.0 MiB, messages 1,000", _error.ToString().Split("\r ")[0]);
        Assert.EndsWith("\r", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void At_the_end_it_says_what_was_read_and_cut_and_of_a_new_journal_nothing()
    {
        using RecoveryDisplay display = Display(isTerminal: false);
        display.Finish(Report(0, 0));
        Assert.Empty(_error.ToString());
        Assert.Equal(0, _output.Length);
        display.Finish(Report(2, 0));
        display.Finish(Report(2, 97));

        const string Read = "aldis: the journal is open, 5.0 KiB checked in 1.50 s: segments 2, messages 12,000, clients 3";
        Assert.Equal([$"{Read}.", $"{Read}; cut from its end: 97 B that were never acknowledged."], Lines());
    }

    private static RecoveryReport Report(int segments, long torn) => new()
    {
        Segments = segments,
        Messages = 12_000,
        Clients = 3,
        LastCommit = 7,
        TornBytes = torn,
        BytesChecked = 5120,
        Elapsed = TimeSpan.FromSeconds(1.5),
        Repaired = [],
        Lost = [],
    };

    private string[] Lines() => _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private void Show(bool isTerminal, TimeSpan each, int segments)
    {
        using RecoveryDisplay display = Display(isTerminal);
        for (int read = 1; read <= segments; read++)
        {
            display.Show(new RecoveryProgress(read, segments, read * (64L << 20), read * 1000L, read * each));
        }
    }

    private RecoveryDisplay Display(bool isTerminal) => new(
        new CommandConsole { Input = Stream.Null, Output = Stream.Null, Error = _error, ErrorIsTerminal = isTerminal },
        new JsonEvents(_output, clock: TimeProvider.System));
}
