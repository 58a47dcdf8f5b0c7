using Aldis.Cli.Verbs.Serve.Configuration;
using Aldis.Services.Inbox;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>What the native form of <c>files</c> may store: of the sections <c>Store</c> and <c>Limits</c>.</summary>
internal sealed class InboxArguments
{
    private readonly OptionSetting<bool> _allowOverwrite = TypedSetting.Flag(
        "Store:AllowOverwrite",
        "--allow-overwrite",
        "let clients that ask for it (copy --overwrite) replace files that are there; if left out these are refused as 'exists'");

    private readonly OptionSetting<bool> _clientFolders = TypedSetting.Flag(
        "Store:ClientFolders",
        "--client-folders",
        "give each client of the native form of files a folder of its own, named as its id, below DIR/files");

    private readonly OptionSetting<long?> _inboxQuota = Size(
        "Limits:InboxBytes", "--inbox-quota", "most bytes of all files below DIR/files, for example 500G; beyond them native files are refused as 'quota'");

    private readonly OptionSetting<long?> _inboxFiles = TypedSetting.Whole<long>(
        "Limits:InboxFiles", "--inbox-files", "most files below DIR/files; beyond them native files are refused as 'quota'", 1);

    private readonly OptionSetting<long?> _clientQuota = Size(
        "Limits:ClientBytes", "--client-quota", "most bytes of one client's files, with --client-folders");

    private readonly OptionSetting<long?> _maxFileSize = Size(
        "Limits:MaxFileBytes", "--max-file-size", "bytes of the longest native file, for example 20G; longer ones are refused as 'too-large'");

    private readonly OptionSetting<TimeSpan?> _partAge = TypedSetting.Time(
        "Store:PartAge", "--part-age", "how long an unfinished native file is kept for its client to go on with it", "12h or 7d", "7d");

    /// <summary>All of them.</summary>
    public IEnumerable<Setting> All =>
        [_maxFileSize, _inboxQuota, _inboxFiles, _clientFolders, _clientQuota, _allowOverwrite, _partAge];

    /// <summary>What they say.</summary>
    /// <param name="configuration">Where they say it.</param>
    /// <returns>The options of the inbox, without its directory.</returns>
    public InboxOptions Read(ServeConfiguration configuration)
    {
        var defaults = new InboxOptions { Directory = string.Empty };
        return defaults with
        {
            MaxFileBytes = configuration.Get(_maxFileSize) ?? defaults.MaxFileBytes,
            QuotaBytes = configuration.Get(_inboxQuota),
            QuotaFiles = configuration.Get(_inboxFiles),
            HasClientFolders = configuration.Get(_clientFolders),
            ClientQuotaBytes = configuration.Get(_clientQuota),
            AllowOverwrite = configuration.Get(_allowOverwrite),
            PartAge = configuration.Get(_partAge)!.Value,
        };
    }

    private static OptionSetting<long?> Size(string key, string flag, string description) =>
        TypedSetting.Size(key, flag, description + "; no bound if left out", "such as 500M or 20G");
}
