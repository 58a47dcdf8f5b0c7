using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Terminal;

/// <summary>
/// Shows how far the opening of a journal is, once it takes longer than a second: on a terminal as a line that is written over, else as a
/// line every five seconds, and as an event each second. At its end it says what was found. One thread at a time.
/// </summary>
/// <param name="console">Where people read.</param>
/// <param name="json">Where events go; null without <c>--json</c>.</param>
internal sealed class RecoveryDisplay(CommandConsole console, JsonEvents? json) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EventPace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LinePace = TimeSpan.FromSeconds(5);

    private readonly LiveLine _live = new(console, isQuiet: false);
    private TimeSpan _nextEvent = Patience;
    private TimeSpan _nextLine = Patience;

    /// <summary>Shows progress, where it is time to.</summary>
    public void Show(RecoveryProgress progress)
    {
        if (progress.Elapsed < Patience)
        {
            return;
        }

        if (progress.Elapsed >= _nextEvent)
        {
            _nextEvent = progress.Elapsed + EventPace;
            json?.Write("journal-opening", writer =>
            {
                writer.WriteNumber("segments_read", progress.SegmentsRead);
                writer.WriteNumber("segments", progress.Segments);
                writer.WriteNumber("messages", progress.Messages);
                writer.WriteNumber("bytes", progress.BytesRead);
                writer.WriteNumber("seconds", progress.Elapsed.TotalSeconds);
            });
        }

        if (console.ErrorIsTerminal)
        {
            _live.Show(() => Text(progress));
        }
        else if (progress.Elapsed >= _nextLine)
        {
            _nextLine = progress.Elapsed + LinePace;
            console.Error.WriteLine(Text(progress));
        }
    }

    /// <summary>Says what was found; of a journal that is new there is nothing to say.</summary>
    public void Finish(RecoveryReport report)
    {
        _live.Clear();
        foreach (JournalDamage damage in report.Repaired)
        {
            console.Error.WriteLine($"aldis: repaired: {damage}.");
        }

        foreach (LostRange lost in report.Lost)
        {
            console.Error.WriteLine($"aldis: lost: {lost}.");
        }

        if (report.Segments == 0)
        {
            return;
        }

        string cut = report.TornBytes == 0
            ? string.Empty
            : $"; cut from its end: {Quantity.Bytes(report.TornBytes)} that were never acknowledged";
        console.Error.WriteLine(
            $"aldis: the journal is open, {Quantity.Bytes(report.BytesChecked)} checked in {Quantity.Duration(report.Elapsed)}: "
            + $"segments {Quantity.Count(report.Segments)}, messages {Quantity.Count(report.Messages)}, "
            + $"clients {Quantity.Count(report.Clients)}{cut}.");
        json?.Write("journal-opened", writer =>
        {
            writer.WriteNumber("segments", report.Segments);
            writer.WriteNumber("messages", report.Messages);
            writer.WriteNumber("clients", report.Clients);
            writer.WriteNumber("bytes", report.BytesChecked);
            writer.WriteNumber("torn_bytes", report.TornBytes);
            writer.WriteNumber("repaired", report.Repaired.Count);
            writer.WriteNumber("lost", report.Lost.Count);
            writer.WriteNumber("seconds", report.Elapsed.TotalSeconds);
        });
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose() => _live.Dispose();

    private static string Text(RecoveryProgress progress) =>
        $"aldis: reading the journal: segment {Quantity.Count(progress.SegmentsRead)} of {Quantity.Count(progress.Segments)}, "
        + $"{Quantity.Bytes(progress.BytesRead)}, messages {Quantity.Count(progress.Messages)}";
}
