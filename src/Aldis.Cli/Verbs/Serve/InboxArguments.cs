using System.CommandLine;
using Aldis.Services.Inbox;

namespace Aldis.Cli.Verbs.Serve;

/// <summary>The options of <c>aldis serve</c> that say what the native form of <c>files</c> may store.</summary>
internal sealed class InboxArguments
{
    private readonly Option<bool> _allowOverwrite = new("--allow-overwrite")
    {
        Description = "let clients that ask for it (copy --overwrite) replace files that are there; if left out these are refused as 'exists'",
    };

    private readonly Option<bool> _clientFolders = new("--client-folders")
    {
        Description = "give each client of the native form of files a folder of its own, named as its id, below DIR/files",
    };

    private readonly Option<long?> _inboxQuota = SizeOption(
        "--inbox-quota", "most bytes of all files below DIR/files, for example 500G; beyond them native files are refused as 'quota'");

    private readonly Option<long?> _inboxFiles = TypedOption.Whole<long>(
        "--inbox-files", "N", "most files below DIR/files; beyond them native files are refused as 'quota'", 1);

    private readonly Option<long?> _clientQuota = SizeOption("--client-quota", "most bytes of one client's files, with --client-folders");

    private readonly Option<long?> _maxFileSize = SizeOption(
        "--max-file-size", "bytes of the longest native file, for example 20G; longer ones are refused as 'too-large'");

    private readonly Option<TimeSpan?> _partAge = TypedOption.Age(
        "--part-age", "TIME", "how long an unfinished native file is kept for its client to go on with it; 7d if left out", "12h or 7d");

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All =>
        [_maxFileSize, _inboxQuota, _inboxFiles, _clientFolders, _clientQuota, _allowOverwrite, _partAge];

    /// <summary>What they say.</summary>
    /// <param name="call">The call.</param>
    /// <returns>The options of the inbox, without its directory.</returns>
    public InboxOptions Read(ParseResult call)
    {
        var defaults = new InboxOptions { Directory = string.Empty };
        return defaults with
        {
            MaxFileBytes = call.GetValue(_maxFileSize) ?? defaults.MaxFileBytes,
            QuotaBytes = call.GetValue(_inboxQuota),
            QuotaFiles = call.GetValue(_inboxFiles),
            HasClientFolders = call.GetValue(_clientFolders),
            ClientQuotaBytes = call.GetValue(_clientQuota),
            AllowOverwrite = call.GetValue(_allowOverwrite),
            PartAge = call.GetValue(_partAge) ?? defaults.PartAge,
        };
    }

    private static Option<long?> SizeOption(string name, string description) =>
        TypedOption.Size(name, description + "; no bound if left out", "such as 500M or 20G");
}
