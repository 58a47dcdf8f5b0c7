using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Log;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Postgres;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Reading;
using Aldis.Protocols.Framing;

namespace Aldis.Cli.Verbs;

/// <summary>
/// <c>aldis log</c>: what the journal holds. Reads beside a running server or without one, and writes only to forget clients by name.
/// </summary>
internal static class LogVerb
{
    public const string Examples = """
        Examples:
          aldis log                                          every message in ./aldis-data, one line each
          aldis log -n 20 --follow --client pump-7           the last 20 of pump-7, then what it sends
          aldis log --last 2h --grep 'error|alarm'           of the last two hours, what matches
          aldis log --since 2026-05-01T06:00:00Z --until 2026-05-01T07:00:00Z --csv > hour.csv
          aldis log --full | less -S                         whole texts, one line each, in a pager
          aldis log --count                                  how many there are of each client
          aldis log --json | jq -r .text                     exact payloads, for programs
          aldis log --data /srv/aldis --verify               check every record and every client's sequence
          aldis log --clients                                who is remembered, how far, and since when unseen
          aldis log --forget pump-7                          have pump-7 begin anew, once none of its messages is left
          aldis log --store postgres://db1,db2/aldis -f      what several servers keep in a database, and what comes
        """;

    private const string Explanation = """
        Print the messages a journal holds, in the order in which they were stored. Works beside a running server or without one; writes
        nothing, but with --forget.

        A line is: time of receipt (local, with its offset; --utc for UTC), client id and sequence number ('-' for the plain form), peer
        address, text. Text is escaped, a backslash is doubled, and it is cut to 200 characters; on a terminal the line is cut to its width.
        --full shows the whole text, on a terminal over several lines. --json carries the exact payload, as 'text' where it is valid UTF-8,
        else as 'base64', and so does --csv (RFC 4180; times as in lines); on a terminal --csv escapes the text. Whoever opens that in a
        spreadsheet imports the columns as text: what begins with '=' came from a client.
        While a server runs, what it is about to acknowledge may be printed just before it does.
        A line of --clients is: when the client was last seen (where none of its messages is left, a time it was not seen after, or '-'),
        its id, its highest number, how many of its messages are left.
        Where the journal is damaged, what is skipped is said, what is sound behind it is printed, and the end is exit 5.

        --store reads the database of 'aldis serve --store' at the node that writes, as a user in role aldis_reader (--forget: aldis_owner), in
        the order of the times of receipt. While the database is away, --follow waits, and goes on where it was.
        """;

    public static Command Create(VerbContext context)
    {
        var data = new Option<string>("--data")
        {
            DefaultValueFactory = _ => "./aldis-data",
            HelpName = "DIR",
            Description = "the directory that 'aldis serve' was given; the journal is DIR/journal",
        };
        var store = new Option<string?>("--store")
        {
            HelpName = "URL",
            Description = "a database instead of a journal: postgres://[user@]host[:port][,host...]/database, as 'aldis serve --store' has it",
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "wait for more at the end, until interrupted" };
        Option<long?> lines = TypedOption.Whole("--lines", "N", "only the last N messages of those that are wanted; with --follow 0 is none", 0L, "-n");
        var client = new Option<string?>("--client")
        {
            HelpName = "ID",
            Description = "only this client's messages; '' is the plain form",
        };
        Option<DateTimeOffset?> since = TypedOption.Moment(
            "--since",
            "only what was received then or later: RFC 3339 (2026-05-01T06:00:00Z), or how long ago (90s, 2h)",
            TimeProvider.System);
        Option<DateTimeOffset?> until = TypedOption.Moment("--until", "only what was received before then", TimeProvider.System);
        Option<TimeSpan?> last = ClientArguments.Duration("--last", "TIME", "only what was received in the last 10m, for example; as --since");
        var grep = new Option<string?>("--grep") { HelpName = "PATTERN", Description = "only messages whose text this regular expression matches" };
        var count = new Option<bool>("--count") { Description = "print no messages, but how many there are of each client" };
        var csv = new Option<bool>("--csv") { Description = "print records with commas, for spreadsheets" };
        var full = new Option<bool>("--full") { Description = "print whole texts" };
        var utc = new Option<bool>("--utc") { Description = "show times in UTC" };
        var verify = new Option<bool>("--verify")
        {
            Description = "print no messages; check the CRCs of every record and that no client's sequence has a gap or repeat",
        };
        var clients = new Option<bool>("--clients") { Description = "print no messages; list the clients that are remembered" };
        var forget = new Option<string[]>("--forget")
        {
            HelpName = "ID",
            Description = "print no messages; forget this client, of which none is left: its next message is the first of a new one. May be "
                + "given more than once; only while no server runs",
        };
        Option<bool> json = VerbContext.JsonOption();
        Option[] selecting = [follow, lines, client, since, until, last, grep];
        Option[] showing = [count, csv, full, utc];
        var verb = new Command("log", Explanation)
        {
            data, store, follow, lines, client, since, until, last, grep, count, csv, full, utc, verify, clients, forget, json,
        };
        verb.Validators.Add(call =>
        {
            bool Has(Option option) => call.GetResult(option) is { Implicit: false };
            string? wrong =
                Has(store) && Has(data) ? "--store and --data exclude each other: messages are in a database or in a journal."
                : Has(verify) && selecting.Concat(showing).Any(Has)
                    ? "--verify checks the whole journal once: it goes with --data or --store and --json alone."
                : Has(clients) && selecting.Concat(showing).Append(verify).Append(forget).Any(option => option != utc && Has(option))
                    ? "--clients lists all that are remembered: it goes with --data or --store, --utc and --json alone."
                : Has(forget) && selecting.Concat(showing).Append(verify).Any(Has) ? "--forget goes with --data or --store and --json alone."
                : Has(last) && Has(since) ? "--last and --since exclude each other: both say from when on."
                : Has(follow) && Has(until) ? "--follow and --until exclude each other: what comes is later."
                : Has(count) && (Has(follow) || Has(csv) || Has(full)) ? "--count prints one table: it goes without --follow, --csv and --full."
                : Has(csv) && Has(json) ? "--csv and --json exclude each other: both are for standard output."
                : null;
            if (wrong is not null)
            {
                call.AddError(wrong);
            }
        });
        verb.SetAction(call => context.RunAsync(call.GetValue(json), async events =>
        {
            if (Array.Find(call.GetValue(forget) ?? [], static id => !ClientId.IsValid(id)) is { } unknown)
            {
                throw new UsageException($"--forget takes a client id, 1 to 32 of A-Z a-z 0-9 . _ -, not '{unknown}'. The plain form has none.");
            }

            string directory = Path.Combine(call.GetValue(data)!, "journal");
            var query = new JournalQuery
            {
                Client = Client(call.GetValue(client)),
                Since = call.GetValue(since) ?? (call.GetValue(last) is { } ago ? TimeProvider.System.GetUtcNow() - ago : null),
                Follow = call.GetValue(follow),
            };
            var filter = new LogFilter(call.GetValue(until), LogFilter.Read(call.GetValue(grep)));
            var form = new LogForm
            {
                Zone = call.GetValue(utc) ? null : context.Console.TimeZone,
                Columns = context.Console.OutputIsTerminal ? context.Console.OutputColumns : null,
                IsFull = call.GetValue(full),
                IsCsv = call.GetValue(csv),
            };
            if (call.GetValue(store) is { } url)
            {
                if (!StoreAddress.TryParse(url, out StoreAddress? address, out string? problem))
                {
                    throw new UsageException(problem);
                }

                OpenSslNeed.RequireForDatabase();
                var log = new StoreLog(context, address, form, events);
                var wanted = new StoreQuery { Client = query.Client, Since = query.Since, Until = filter.Until };
                try
                {
                    return call.GetValue(clients) ? await log.ListAsync()
                        : call.GetValue(forget) is { Length: > 0 } ids ? await log.ForgetAsync(ids)
                        : call.GetValue(verify) ? await log.VerifyAsync()
                        : call.GetValue(count) ? await log.CountAsync(wanted, filter)
                        : await log.PrintAsync(wanted, filter, call.GetValue(lines), query.Follow);
                }
                catch (StoreException exception)
                {
                    return context.Report(
                        events, exception.IsReachable ? ExitCode.UsageOrLocalError : ExitCode.NetworkError, exception.Message);
                }
            }

            try
            {
                RequireJournal(directory);
                return call.GetValue(clients) ? LogClients.List(context, directory, form, events)
                    : call.GetValue(forget) is { Length: > 0 } forgotten ? LogClients.Forget(context, directory, forgotten, events)
                    : call.GetValue(verify) ? Verify(context, directory, events)
                    : call.GetValue(count) ? Count(context, directory, query, filter, form, events)
                    : await PrintAsync(context, directory, query, filter, call.GetValue(lines), form, events);
            }
            catch (IOException exception)
            {
                throw new UsageException($"the journal in {directory} cannot be read: {exception.Message}");
            }
        }));
        return verb;
    }

    private static string? Client(string? client) => client is { Length: > 0 } && !ClientId.IsValid(client)
        ? throw new UsageException("--client takes a client id: 1 to 32 of A-Z a-z 0-9 . _ - (or '' for the plain form).")
        : client;

    private static void RequireJournal(string directory)
    {
        if (!JournalReader.Exists(directory, FileStorage.Instance))
        {
            throw new UsageException($"there is no journal in {directory}: --data names the directory that 'aldis serve' was given.");
        }
    }

    private static async Task<int> PrintAsync(
        VerbContext context, string directory, JournalQuery query, LogFilter filter, long? lines, LogForm form, JsonEvents? events)
    {
        // The last of them are found by reading twice: a journal may be larger than memory.
        long skipped = lines is long last ? Math.Max(0, CountWanted(context, directory, query, filter) - last) : 0;
        using var reader = new JournalReader(directory, FileStorage.Instance, query);
        var printer = new LogPrinter(context.Console.Output, events, form);
        var damage = new DamageTeller(context, reader, printer, events);
        while (true)
        {
            while (reader.TryRead(out JournalMessage? message))
            {
                damage.Tell();
                if (filter.IsWanted(message) && --skipped < 0)
                {
                    printer.Print(message);
                }

                context.Interruption.ThrowIfCancellationRequested();
            }

            damage.Tell();
            printer.Flush();
            if (!query.Follow)
            {
                return damage.Judge();
            }

            await Task.Delay(query.PollInterval, context.Interruption);
        }
    }

    private static int Count(
        VerbContext context, string directory, JournalQuery query, LogFilter filter, LogForm form, JsonEvents? events)
    {
        using var reader = new JournalReader(directory, FileStorage.Instance, query);
        var printer = new LogPrinter(context.Console.Output, events, form);
        var damage = new DamageTeller(context, reader, printer, events);
        var counts = new ClientCounts();
        while (reader.TryRead(out JournalMessage? message))
        {
            if (filter.IsWanted(message))
            {
                counts.Add(message);
            }

            context.Interruption.ThrowIfCancellationRequested();
        }

        damage.Tell();
        counts.Print(context, form, events);
        return damage.Judge();
    }

    private static long CountWanted(VerbContext context, string directory, JournalQuery query, LogFilter filter)
    {
        long wanted = 0;
        using var reader = new JournalReader(directory, FileStorage.Instance, query with { Follow = false });
        while (reader.TryRead(out JournalMessage? message))
        {
            wanted += filter.IsWanted(message) ? 1 : 0;
            context.Interruption.ThrowIfCancellationRequested();
        }

        return wanted;
    }

    private static int Verify(VerbContext context, string directory, JsonEvents? events)
    {
        JournalVerification found = JournalReader.Verify(directory, FileStorage.Instance);
        if (events is not null)
        {
            events.Write("verify", writer => LogPrinter.WriteVerification(writer, found));
        }
        else
        {
            DataOutput.Write(context.Console.Output, LogPrinter.DescribeVerification(found));
        }

        return found.IsSound ? ExitCode.Confirmed : ExitCode.IntegrityMismatch;
    }
}
