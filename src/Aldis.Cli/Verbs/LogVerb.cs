using System.CommandLine;
using System.Globalization;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Text;

namespace Aldis.Cli.Verbs;

/// <summary>
/// <c>aldis log</c>: what the journal holds. Reads beside a running server or without one, and writes only to forget clients by name.
/// </summary>
internal static class LogVerb
{
    public const string Examples = """
        Examples:
          aldis log                                          every message in ./aldis-data, one line each
          aldis log --follow --client pump-7                 what pump-7 sends, as it is stored
          aldis log --since 2h --json                        the last two hours, exact payloads
          aldis log --since 2026-05-01T06:00:00Z | wc -l     how many since then
          aldis log --data /srv/aldis --verify               check every record and every client's sequence
          aldis log --clients                                who is remembered, how far, and since when unseen
          aldis log --forget pump-7                          have pump-7 begin anew, once none of its messages is left
        """;

    private const string Explanation = """
        Print the messages a journal holds, in the order in which they were stored. Works beside a running server or without one; writes
        nothing, but with --forget.

        A line is: time of receipt (UTC), client id and sequence number ('-' for the plain form), peer address, text. Text is escaped and
        cut to 200 characters; --json carries the exact payload, as 'text' where it is valid UTF-8, else as 'base64'.
        While a server runs, what it is about to acknowledge may be printed just before it does.
        A line of --clients is: when the client was last seen (where none of its messages is left, a time it was not seen after, or '-'),
        its id, its highest number, how many of its messages are left.
        Where the journal is damaged, what is skipped is said, what is sound behind it is printed, and the end is exit 5.
        """;

    private static readonly string[] UniversalTime = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"];
    private static readonly string[] OffsetTime = ["yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    public static Command Create(VerbContext context)
    {
        var data = new Option<string>("--data")
        {
            DefaultValueFactory = _ => "./aldis-data",
            HelpName = "DIR",
            Description = "the directory that 'aldis serve' was given; the journal is DIR/journal",
        };
        var follow = new Option<bool>("--follow", "-f") { Description = "wait for more at the end, until interrupted" };
        var client = new Option<string?>("--client")
        {
            HelpName = "ID",
            Description = "only this client's messages; '' is the plain form",
        };
        var since = new Option<string?>("--since")
        {
            HelpName = "TIME",
            Description = "only what was received then or later: RFC 3339 (2026-05-01T06:00:00Z), or how long ago (90s, 2h)",
        };
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
        var verb = new Command("log", Explanation) { data, follow, client, since, verify, clients, forget, json };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), async events =>
        {
            string directory = Path.Combine(call.GetValue(data)!, "journal");
            JournalQuery query = MakeQuery(call.GetValue(client), call.GetValue(since), call.GetValue(follow));
            bool verifies = call.GetValue(verify);
            if (verifies && query != new JournalQuery())
            {
                throw new UsageException("--verify checks the whole journal once: it goes with --data and --json alone.");
            }

            bool lists = call.GetValue(clients);
            string[] forgotten = call.GetValue(forget) ?? [];
            if ((lists || forgotten.Length > 0) && (verifies || query != new JournalQuery() || (lists && forgotten.Length > 0)))
            {
                throw new UsageException("--clients and --forget go with --data and --json alone.");
            }

            try
            {
                RequireJournal(directory);
                return lists ? LogClients.List(context, directory, events)
                    : forgotten.Length > 0 ? LogClients.Forget(context, directory, forgotten, events)
                    : verifies ? Verify(context, directory, events) : await PrintAsync(context, directory, query, events);
            }
            catch (IOException exception)
            {
                throw new UsageException($"the journal in {directory} cannot be read: {exception.Message}");
            }
        }));
        return verb;
    }

    private static JournalQuery MakeQuery(string? client, string? since, bool follow)
    {
        if (client is { Length: > 0 } && !ClientId.IsValid(client))
        {
            throw new UsageException("--client takes a client id: 1 to 32 of A-Z a-z 0-9 . _ - (or '' for the plain form).");
        }

        return new JournalQuery { Client = client, Since = since is null ? null : ParseSince(since, TimeProvider.System), Follow = follow };
    }

    /// <summary>Reads a point in time.</summary>
    /// <param name="text">RFC 3339 section 5.6 with at most seven digits of a second, or a duration before now.</param>
    /// <param name="clock">What now is.</param>
    /// <exception cref="UsageException">It is neither.</exception>
    internal static DateTimeOffset ParseSince(string text, TimeProvider clock)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (DateTimeOffset.TryParseExact(text, UniversalTime, culture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            || DateTimeOffset.TryParseExact(text, OffsetTime, culture, DateTimeStyles.None, out time))
        {
            return time;
        }

        return Quantity.TryParseDuration(text, out TimeSpan ago)
            ? clock.GetUtcNow() - ago
            : throw new UsageException($"--since takes a time such as 2026-05-01T06:00:00Z or a duration such as 2h, not '{text}'{UnitText.EndWithoutUnit(text, "m", "h")}");
    }

    private static void RequireJournal(string directory)
    {
        if (!JournalReader.Exists(directory, FileStorage.Instance))
        {
            throw new UsageException($"there is no journal in {directory}: --data names the directory that 'aldis serve' was given.");
        }
    }

    private static async Task<int> PrintAsync(VerbContext context, string directory, JournalQuery query, JsonEvents? events)
    {
        using var reader = new JournalReader(directory, FileStorage.Instance, query);
        var printer = new LogPrinter(context.Console.Output, events);
        int told = 0;
        while (true)
        {
            while (reader.TryRead(out JournalMessage? message))
            {
                TellDamage();
                printer.Print(message);
                context.Interruption.ThrowIfCancellationRequested();
            }

            TellDamage();
            printer.Flush();
            if (!query.Follow)
            {
                break;
            }

            await Task.Delay(query.PollInterval, context.Interruption);
        }

        if (reader.DamageCount == 0)
        {
            return ExitCode.Confirmed;
        }

        return context.Report(events, ExitCode.IntegrityMismatch, string.Create(
            CultureInfo.InvariantCulture,
            $"the journal is damaged in {Count(reader.DamageCount, "place")}: what is sound was printed, the rest was skipped. "
                + $"'aldis log --verify' checks it all; 'aldis serve --repair' mends it."));

        void TellDamage()
        {
            for (; told < reader.Damage.Count; told++)
            {
                if (events is not null)
                {
                    printer.PrintSkipped(reader.Damage[told]);
                }
                else
                {
                    printer.Flush();
                    context.Console.Error.WriteLine($"aldis: skipped: {reader.Damage[told]}.");
                }
            }
        }
    }

    private static string Count(long count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? string.Empty : "s")}");

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
