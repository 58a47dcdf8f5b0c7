using System.CommandLine;
using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Postgres.Addresses;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The section <c>Store</c>, as far as it says what is kept of messages and where; of files <see cref="InboxArguments"/> does.</summary>
internal sealed class StoreArguments
{
    private const string DatabaseFlag = "--store";
    private const string NodeFlag = "--node";

    private readonly OptionSetting<string?> _directory = TypedSetting.Text(
        "Store:Directory",
        "--data",
        "DIR",
        "where received data is kept, of one server at a time: messages in DIR/journal, files in DIR/files, the secret of arq listeners in "
            + "DIR/arq.secret",
        "./aldis-data");

    private readonly OptionSetting<AcknowledgementLevel?> _level = TypedSetting.Choice(
        "Store:Level",
        "--level",
        "the least an acknowledgement of a message means: parsed, written, written and synced to disk, or on the disk of a standby too, which "
            + "goes with --store",
        "durable",
        ("received", AcknowledgementLevel.Received),
        ("stored", AcknowledgementLevel.Stored),
        ("durable", AcknowledgementLevel.Durable),
        ("replicated", AcknowledgementLevel.Replicated));

    private readonly OptionSetting<string?> _database = TypedSetting.Text(
        "Store:Database",
        DatabaseFlag,
        "URL",
        "keep messages in PostgreSQL, with any number of other servers: postgres://[user@]host[:port][,host...]/database, made ready by 'aldis "
            + "store init'; the password from PGPASSFILE, ~/.pgpass or PGPASSWORD (docs/cluster.md). In the journal of --data if left out");

    private readonly OptionSetting<string?> _node = TypedSetting.Text(
        "Store:Node",
        NodeFlag,
        "ID",
        "this server's own id in the database, which no other server of it has: as a client id. Made once, and kept in DIR/store.node, if left out");

    private readonly OptionSetting<TimeSpan?> _retainAge = TypedSetting.Time(
        "Store:RetainAge",
        "--retain-age",
        "delete journal segments whose newest message is older, for example 30d; never if left out. A clock that jumps "
            + "makes nothing older; after a start or a jump nothing is deleted by age for an hour",
        "12h or 30d");

    private readonly OptionSetting<long?> _retainSize = TypedSetting.Size(
        "Store:RetainBytes",
        "--retain-size",
        "delete the oldest journal segments while it is larger, for example 20G; never if left out",
        "such as 500M or 20G");

    private readonly OptionSetting<TimeSpan?> _forgetClients = TypedSetting.Time(
        "Store:ForgetClients",
        "--forget-clients",
        "forget clients that were not seen for so long and of which retention has deleted every message, for example 365d; "
            + "never if left out. Choose it longer than any client stays away: what comes after it is a new client",
        "90d or 365d",
        helpName: "AGE");

    private readonly OptionSetting<UnixFileMode?> _mode = new("Store:FileMode", SettingKind.Text, ModeOption()) { Default = "0600" };

    private readonly OptionSetting<string?> _share = TypedSetting.Text(
        "Store:Share",
        "--share",
        "DIR",
        "a directory whose files every client of files may list and fetch; links in it are left out. Nothing if left out");

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All => [_directory, _database, _node, _level, _retainAge, _retainSize, _forgetClients, _mode, _share];

    /// <summary>Where data is kept.</summary>
    public string ReadDirectory(ServeConfiguration configuration) => configuration.Get(_directory)!;

    /// <summary>What an acknowledgement means.</summary>
    public AcknowledgementLevel ReadLevel(ServeConfiguration configuration) => configuration.Get(_level)!.Value;

    /// <summary>The database; null where messages are kept in a journal.</summary>
    /// <exception cref="UsageException">It is no address of one, or what was said beside it is for a journal.</exception>
    public DatabasePlace? ReadDatabase(ServeConfiguration configuration)
    {
        string? node = configuration.Get(_node);
        AcknowledgementLevel level = ReadLevel(configuration);
        if (configuration.Get(_database) is not { } url)
        {
            return node is not null ? throw configuration.Lacks(_node, _database, "a journal has one server.")
                : level == AcknowledgementLevel.Replicated
                    ? throw new UsageException($"--level replicated goes with {DatabaseFlag}: a journal is on one machine.")
                : null;
        }

        if (!StoreAddress.TryParse(url, out _, out string? problem))
        {
            throw new UsageException($"{DatabaseFlag}: {problem}");
        }

        OpenSslNeed.RequireForDatabase();
        string? wrong = node is not null && !ClientId.IsValid(node) ? $"{NodeFlag} takes 1 to 32 characters of A-Z a-z 0-9 . _ -, not '{node}'."
            : level is not (AcknowledgementLevel.Durable or AcknowledgementLevel.Replicated)
                ? $"--level with {DatabaseFlag} is durable or replicated: a database commits nothing with less."
            : ReadRetainBytes(configuration) is not null ? $"--retain-size is for a journal: with {DatabaseFlag} whole days are kept, by --retain-age."
            : ReadForgetAge(configuration) is not null
                ? $"--forget-clients is for a journal: with {DatabaseFlag} how far a client is stays for ever."
            : null;
        return wrong is null ? new DatabasePlace(url, node) : throw new UsageException(wrong);
    }

    /// <summary>The age of segments; null keeps them.</summary>
    public TimeSpan? ReadRetainAge(ServeConfiguration configuration) => configuration.Get(_retainAge);

    /// <summary>The size of the journal; null is any.</summary>
    public long? ReadRetainBytes(ServeConfiguration configuration) => configuration.Get(_retainSize);

    /// <summary>The age of clients; null keeps them.</summary>
    public TimeSpan? ReadForgetAge(ServeConfiguration configuration) => configuration.Get(_forgetClients);

    /// <summary>The mode of received files.</summary>
    public UnixFileMode? ReadMode(ServeConfiguration configuration) => configuration.Get(_mode);

    /// <summary>What is shared; null for nothing.</summary>
    public string? ReadShare(ServeConfiguration configuration) => configuration.Get(_share);

    private static Option<UnixFileMode?> ModeOption()
    {
        var mode = new Option<UnixFileMode?>("--mode")
        {
            HelpName = "MODE",
            Description = "mode of received files, for example 0640, of which the umask may take something. A directory "
                + "that is created can be entered by whoever may read the files; the journal stays 0600; default 0600",
            CustomParser = static result =>
            {
                string text = result.Tokens[0].Value;
                if (ParseMode(text) is { } given)
                {
                    return given;
                }

                result.AddError($"--mode takes a mode of files that their owner may read and write, such as 0640, not '{text}'.");
                return null;
            },
        };
        mode.CompletionSources.Clear();
        return mode;
    }

    private static UnixFileMode? ParseMode(string text)
    {
        const int ReadAndWrite = 0b110_110_110;
        const int OwnerOnly = 0b110_000_000;
        if (text.Length is < 3 or > 4 || text.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return null;
        }

        int mode = Convert.ToInt32(text, 8);
        return (mode & ~ReadAndWrite) == 0 && (mode & OwnerOnly) == OwnerOnly ? (UnixFileMode)mode : null;
    }
}
