using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Log;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Copying;

namespace Aldis.Cli.Verbs.Store;

/// <summary><c>aldis store copy</c>: the messages of a journal into a database, or of a database into a journal.</summary>
/// <param name="context">What every verb is given.</param>
/// <param name="events">Takes objects instead of lines; null for lines.</param>
internal sealed class StoreCopy(VerbContext context, JsonEvents? events)
{
    private const string Usage = "'aldis store copy FROM TO' takes the URL of a database and the directory that 'aldis serve --data' was given.";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);

    /// <summary>Copies.</summary>
    /// <param name="from">From where: a URL or a directory.</param>
    /// <param name="to">Where to: the other one.</param>
    /// <returns>The exit status.</returns>
    /// <exception cref="UsageException">That are not a URL and a directory, a server writes the journal, or it cannot be read or
    /// written.</exception>
    public async Task<int> RunAsync(string? from, string? to)
    {
        if (from is null || to is null || IsAddress(from) == IsAddress(to))
        {
            throw new UsageException(Usage);
        }

        bool isFromJournal = IsAddress(to);
        string directory = Path.Combine(isFromJournal ? from : to, "journal");
        if (!StoreAddress.TryParse(isFromJournal ? to : from, out StoreAddress? address, out string? problem))
        {
            throw new UsageException(problem);
        }

        OpenSslNeed.RequireForDatabase();
        if (isFromJournal && !JournalReader.Exists(directory, FileStorage.Instance))
        {
            throw new UsageException($"there is no journal in {directory}: FROM is the directory that 'aldis serve --data' was given.");
        }

        var report = new CopyReport();
        try
        {
            await ShowAsync(
                report,
                isFromJournal
                    ? new JournalToDatabase(directory, address, report).RunAsync(context.Interruption)
                    : new DatabaseToJournal(address, directory, report).RunAsync(context.Interruption));
        }
        catch (JournalLockedException exception)
        {
            throw new UsageException(exception.Message + " Stop it first.");
        }
        catch (JournalCorruptException exception)
        {
            throw new UsageException(exception.Message + " 'aldis serve --repair' mends it.");
        }
        catch (IOException exception) when (exception is not Postgres.StoreException)
        {
            throw new UsageException($"the journal in {directory} cannot be copied: {exception.Message}");
        }

        Tell(report);
        return report.ProblemCount == 0 ? ExitCode.Confirmed : ExitCode.IntegrityMismatch;
    }

    private static bool IsAddress(string place) => place.Contains("://", StringComparison.Ordinal);

    private async Task ShowAsync(CopyReport report, Task copying)
    {
        using var line = new LiveLine(context.Console, isQuiet: false);
        while (await Task.WhenAny(copying, Task.Delay(Pace)) != copying)
        {
            line.Show(() => string.Create(CultureInfo.InvariantCulture, $"{report.Copied} copied, {report.Present} there already"));
        }

        await copying;
    }

    private void Tell(CopyReport report)
    {
        if (events is not null)
        {
            events.Write("copied", writer =>
            {
                writer.WriteNumber("copied", report.Copied);
                writer.WriteNumber("present", report.Present);
                writer.WriteNumber("left_out", report.LeftOut);
                LogPrinter.WriteProblems(writer, report.ProblemCount, report.Problems);
            });
            return;
        }

        var text = new StringBuilder();
        LogPrinter.DescribeProblems(text, report.ProblemCount, report.Problems);
        _ = text.Append(CultureInfo.InvariantCulture, $"{report.Copied} messages copied, {report.Present} were there already");
        if (report.ProblemCount > 0)
        {
            _ = text.Append(CultureInfo.InvariantCulture, $", {report.LeftOut} behind what is wrong were left out");
        }

        _ = text.Append('\n');
        DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(text.ToString()));
    }
}
