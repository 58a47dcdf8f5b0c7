using System.CommandLine;
using System.Globalization;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Postgres;
using Aldis.Postgres.Addresses;
using Aldis.Postgres.Schema;
using Aldis.Protocols.Messages;

namespace Aldis.Cli.Verbs.Store;

/// <summary><c>aldis store</c>: the database in which several servers keep messages, made ready and looked at.</summary>
internal static class StoreVerb
{
    public const string Examples = """
        Examples:
          aldis store init postgres://owner@db1,db2,db3/aldis         roles and tables, where they are missing
          aldis store check postgres://server@db1,db2,db3/aldis       every node, and whether a server could write
          aldis store check --level replicated postgres://db1/aldis   whether it could promise that, too
          aldis store init --print > store.sql                        the statements, for somebody else to run
          aldis store copy /srv/aldis postgres://owner@db1/aldis      the messages of a journal into a database; the other way likewise
        """;

    private const string Explanation = """
        Make a PostgreSQL ready for 'aldis serve --store', and look how it is.

        init     make the roles aldis_owner, aldis_writer and aldis_reader and the tables, where they are missing; needs a user who may
        migrate  bring the tables to the version that this program writes
        check    ask every node; end with 0 only where a server could keep messages at --level
        copy     copy messages from URL to TO, of which one is the directory that 'aldis serve --data' was given: whose, which number, when and
                 from where stay. What is there already is compared and not stored again, so it may be interrupted and run again. Another
                 text under a number that is taken is told, nothing more of that client is copied, and the end is exit 5. No server may write
                 the journal; into a database it needs a user in role aldis_owner, out of it one in role aldis_reader

        URL is postgres://[user@]host[:port][,host...]/database[?sslmode=...&sslrootcert=...], never with a password: that is in the file
        PGPASSFILE names, in ~/.pgpass or in PGPASSWORD. A server connects as a user of its own: create role NAME login in role aldis_writer.
        """;

    private const string Init = "init";
    private const string Migrate = "migrate";
    private const string Check = "check";
    private const string Copy = "copy";

    /// <summary>Makes the verb.</summary>
    /// <param name="context">What every verb is given.</param>
    public static Command Create(VerbContext context)
    {
        var what = new Argument<string>("WHAT") { Description = "init, migrate, check or copy" };
        what.AcceptOnlyFromAmong(Init, Migrate, Check, Copy);
        var url = new Argument<string?>("URL") { Arity = ArgumentArity.ZeroOrOne, Description = "the database; every node of it" };
        var to = new Argument<string?>("TO") { Arity = ArgumentArity.ZeroOrOne, Description = "with copy: where to, a URL or a directory" };
        Option<AcknowledgementLevel?> level = TypedOption.Choice(
            "--level",
            "durable|replicated",
            "with check: the least that acknowledgements are to mean; durable if left out",
            ("durable", AcknowledgementLevel.Durable),
            ("replicated", AcknowledgementLevel.Replicated));
        var print = new Option<bool>("--print") { Description = "with init: print the statements instead of running them" };
        Option<bool> json = VerbContext.JsonOption();
        var verb = new Command("store", Explanation) { what, url, to, level, print, json };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), async events =>
        {
            string action = call.GetValue(what)!;
            bool prints = call.GetValue(print);
            if ((prints && action != Init) || (call.GetValue(level) is not null && action != Check))
            {
                throw new UsageException("--print goes with init, and --level with check.");
            }

            if (call.GetValue(to) is { } more && action != Copy)
            {
                throw new UsageException($"'{more}' is one word too many: {action} takes one URL, which names every node.");
            }

            if (prints)
            {
                DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(string.Join('\n', StoreSchema.Init) + "\n"));
                return ExitCode.Confirmed;
            }

            StoreSetup? setup = action == Copy ? null : SetupOf(call.GetValue(url));
            try
            {
                return setup is null ? await new StoreCopy(context, events).RunAsync(call.GetValue(url), call.GetValue(to)) : action switch
                {
                    Init => await InitAsync(context, setup, events),
                    Migrate => await MigrateAsync(context, setup, events),
                    _ => await CheckAsync(context, setup, call.GetValue(level) == AcknowledgementLevel.Replicated, events),
                };
            }
            catch (StoreException exception)
            {
                return context.Report(events, exception.IsReachable ? ExitCode.UsageOrLocalError : ExitCode.NetworkError, exception.Message);
            }
        }));
        return verb;
    }

    private static StoreSetup SetupOf(string? url)
    {
        string? problem = "URL is missing: postgres://[user@]host[:port][,host...]/database.";
        if (url is null || !StoreAddress.TryParse(url, out StoreAddress? address, out problem))
        {
            throw new UsageException(problem!);
        }

        OpenSslNeed.RequireForDatabase();
        return new StoreSetup(address);
    }

    private static async Task<int> InitAsync(VerbContext context, StoreSetup setup, JsonEvents? events)
    {
        await setup.InitAsync();
        Say(context, events, StoreSchema.Version, $"the store is there, at version {StoreSchema.Version}; a server connects as a user in role aldis_writer");
        return ExitCode.Confirmed;
    }

    private static async Task<int> MigrateAsync(VerbContext context, StoreSetup setup, JsonEvents? events)
    {
        int version = await setup.MigrateAsync();
        Say(context, events, version, string.Create(CultureInfo.InvariantCulture, $"the store is at version {version}: nothing to do"));
        return ExitCode.Confirmed;
    }

    private static async Task<int> CheckAsync(VerbContext context, StoreSetup setup, bool isReplicated, JsonEvents? events)
    {
        StoreInspection seen = await setup.InspectAsync();
        foreach (StoreNodeReport node in seen.Nodes)
        {
            if (events is null)
            {
                DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(node + "\n"));
                continue;
            }

            events.Write("node", writer =>
            {
                writer.WriteString("host", node.Host.ToString());
                writer.WriteString("state", node.State);
                if (node.Timeline is { } timeline)
                {
                    writer.WriteNumber("timeline", timeline);
                    writer.WriteBoolean("waits_for_standbys", node.WaitsForStandbys);
                    writer.WriteNumber("standbys", node.Standbys);
                }

                if (node.Problem is not null)
                {
                    writer.WriteString("reason", node.Problem);
                }
            });
        }

        string[] problems = [.. seen.Problems(isReplicated)];
        if (problems.Length > 0)
        {
            return context.Report(events, seen.Writes is null ? ExitCode.NetworkError : ExitCode.UsageOrLocalError, problems);
        }

        Say(context, events, StoreSchema.Version, $"a server can keep messages there, at level {(isReplicated ? "replicated" : "durable")}");
        return ExitCode.Confirmed;
    }

    private static void Say(VerbContext context, JsonEvents? events, int version, string sentence)
    {
        if (events is null)
        {
            DataOutput.Write(context.Console.Output, Encoding.UTF8.GetBytes(sentence + "\n"));
            return;
        }

        events.Write("store", writer =>
        {
            writer.WriteNumber("version", version);
            writer.WriteString("message", sentence);
        });
    }
}
