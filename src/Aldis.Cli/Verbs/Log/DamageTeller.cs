using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;

namespace Aldis.Cli.Verbs.Log;

/// <summary>Tells what of a journal was skipped because it is damaged, where it is missing, and how the command ends for it.</summary>
/// <param name="context">Where people read.</param>
/// <param name="reader">What reads the journal.</param>
/// <param name="printer">What prints the messages.</param>
/// <param name="events">Takes objects instead of lines, or null.</param>
internal sealed class DamageTeller(VerbContext context, JournalReader reader, LogPrinter printer, JsonEvents? events)
{
    private int _told;

    /// <summary>Tells what was skipped since the last call.</summary>
    public void Tell()
    {
        for (; _told < reader.Damage.Count; _told++)
        {
            if (events is not null)
            {
                printer.PrintSkipped(reader.Damage[_told]);
            }
            else
            {
                printer.Flush();
                context.Console.Error.WriteLine($"aldis: skipped: {reader.Damage[_told]}.");
            }
        }
    }

    /// <summary>What the command ends with.</summary>
    /// <returns>The exit code.</returns>
    public int Judge()
    {
        if (reader.DamageCount == 0)
        {
            return ExitCode.Confirmed;
        }

        string places = reader.DamageCount == 1 ? "1 place" : string.Create(CultureInfo.InvariantCulture, $"{reader.DamageCount} places");
        return context.Report(
            events,
            ExitCode.IntegrityMismatch,
            $"the journal is damaged in {places}: what is sound was printed, the rest was skipped. "
                + "'aldis log --verify' checks it all; 'aldis serve --repair' mends it.");
    }
}
