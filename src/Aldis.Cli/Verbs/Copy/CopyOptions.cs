using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Aldis.Cli.Verbs.Tokens;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Text;
using Aldis.Services.Files.Sources;

namespace Aldis.Cli.Verbs.Copy;

/// <summary>The options of <c>aldis copy</c>, and what they may not be given with.</summary>
internal sealed class CopyOptions
{
    private const long LeastRate = 1024;

    private readonly Option<bool> _plain = new("--plain") { Description = "speak the plain form, which some servers know alone: bytes" };

    private readonly Option<bool> _overwrite = new("--overwrite")
    {
        Description = "replace a file that is there and differs, where the server allows it (serve --allow-overwrite)",
    };

    private readonly Option<bool> _skip = new("--skip") { Description = "leave alone what is there, whatever is in it" };

    private readonly Option<bool> _rename = new("--rename") { Description = "where a file is there and differs, store this one as NAME-2" };
    private readonly Option<bool> _verify = new("--verify") { Description = "copy nothing; read all files again on both sides and compare" };

    private readonly Option<bool> _dryRun = new("--dry-run")
    {
        Description = "copy nothing; tell what would be copied, is there, or would be refused",
    };

    private readonly Option<bool> _list = new("--list") { Description = "tell what a server shares: aldis copy --list ADDRESS/PATH" };

    private readonly Option<bool> _follow = new("--follow")
    {
        Description = "send what is appended to a file, for ever, through rotations: NAME/<begun>-<offset>, each piece confirmed",
    };

    private readonly Option<long?> _bandwidth = new("--bwlimit")
    {
        HelpName = "RATE",
        Description = "bytes a second at most, with K, M or G for powers of 1024, such as 500K",
        CustomParser = ParseRate,
    };

    private readonly Option<string[]> _include = Globs(
        "--include", "copy what matches, though an --exclude behind it matches too; alone: copy only that");

    private readonly Option<string[]> _exclude = Globs("--exclude", "leave out what matches, of directories all that is in them");

    private readonly Option<LinkPolicy?> _links = TypedOption.Choice(
        "--links",
        "follow|keep|skip",
        "symbolic links in a tree: copy what they point to (as scp does; if left out), copy them as links, or leave them out",
        ("follow", LinkPolicy.Follow),
        ("keep", LinkPolicy.Keep),
        ("skip", LinkPolicy.Skip));

    private readonly Option<string?> _name = new("--name")
    {
        HelpName = "NAME",
        Description = "the name of what comes from stdin, where FILE is '-'",
    };

    private readonly Option<DigestAlgorithm?> _digest = TypedOption.Choice(
        "--digest",
        "blake3|sha256",
        "with what the content is proved; blake3 if left out",
        ("blake3", DigestAlgorithm.Blake3),
        ("sha256", DigestAlgorithm.Sha256));

    private readonly Option<string?> _client = new("--client")
    {
        HelpName = "ID",
        Description = "the client id: 1 to 32 of A-Z a-z 0-9 . _ -; if left out one of this machine and user",
        CustomParser = static result =>
        {
            string id = result.Tokens[0].Value;
            if (!ClientId.IsValid(id))
            {
                result.AddError($"'{id}' is no client id: 1 to 32 of A-Z a-z 0-9 . _ -.");
            }

            return id;
        },
    };

    private readonly Option<TimeSpan?> _retry = ClientArguments.Retry(
        "how long there may be no server; default 10s once connected, 0s tries once, 'forever' never gives up");

    private readonly Option<TimeSpan?> _timeout = ClientArguments.Timeout(
        "how long the server may be silent while something is due; default 10s");

    private readonly TlsArguments _tls = new();
    private readonly TokenOptions _token = new();
    private readonly Option<bool> _trace = ClientArguments.Trace();
    private readonly Option<bool> _quiet = VerbContext.QuietOption();

    /// <summary>One JSON object per line on standard output.</summary>
    public Option<bool> Json { get; } = VerbContext.JsonOption();

    /// <summary>Adds all of them, and their rules, to the verb.</summary>
    /// <param name="verb">The verb.</param>
    public void AddTo(Command verb)
    {
        Option[] all =
        [
            _overwrite, _skip, _rename, _include, _exclude, _links, _bandwidth, _dryRun, _verify, _follow, _list, _name, _digest, _client,
            _retry, _plain, _timeout, .. _tls.All, .. _token.All, _trace, Json, _quiet,
        ];
        foreach (Option option in all)
        {
            verb.Options.Add(option);
        }

        verb.Validators.Add(AloneOfEachGroup);
    }

    /// <summary>Reads a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="words">The words behind the verb.</param>
    /// <exception cref="UsageException">They say no way.</exception>
    /// <exception cref="FormatException">A pattern is none.</exception>
    public CopySettings Read(ParseResult call, IReadOnlyList<string> words)
    {
        var places = CopyPlaces.Read(words, call.GetValue(_list));
        Option[] ofSource = [_include, _exclude, _links, _name, _bandwidth, _follow];
        if (places.Direction == CopyDirection.Fetch
            && ofSource.FirstOrDefault(option => call.GetResult(option) is { Implicit: false }) is { } wrong)
        {
            throw new UsageException($"{wrong.Name} is for what is sent, and this fetches.");
        }

        return new CopySettings
        {
            Places = places with { Address = _tls.Complete(call, places.Address) },
            IsPlain = call.GetValue(_plain),
            Policy = call.GetValue(_overwrite) ? ConflictPolicy.Overwrite
                : call.GetValue(_skip) ? ConflictPolicy.Skip
                : call.GetValue(_rename) ? ConflictPolicy.Rename : ConflictPolicy.Fail,
            IsDryRun = call.GetValue(_dryRun),
            IsVerified = call.GetValue(_verify),
            IsFollowed = call.GetValue(_follow),
            BytesPerSecond = call.GetValue(_bandwidth),
            Filter = ReadFilter(call),
            Links = call.GetValue(_links) ?? LinkPolicy.Follow,
            Name = call.GetValue(_name),
            Digest = call.GetValue(_digest) ?? DigestAlgorithm.Blake3,
            Client = call.GetValue(_client),
            Token = _token.Read(call, _tls),
            Retry = call.GetValue(_retry),
            Timeout = call.GetValue(_timeout),
            IsTraced = call.GetValue(_trace),
            IsQuiet = call.GetValue(_quiet),
        };
    }

    private static Option<string[]> Globs(string name, string description) => new(name)
    {
        HelpName = "GLOB",
        Description = description,
        Arity = ArgumentArity.OneOrMore,
    };

    private static long? ParseRate(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (Quantity.TryParseSize(text, out long rate) && rate >= LeastRate)
        {
            return rate;
        }

        string end = Quantity.TryParseRate(text, out long bits) && bits / 8 >= LeastRate
            ? string.Create(CultureInfo.InvariantCulture, $": in bytes that is {bits / 8 / 1024}K.")
            : ".";
        result.AddError($"--bwlimit takes bytes a second from 1K on, such as 500K or 2M, not '{text}'{end}");
        return null;
    }

    /// <summary>In the order in which they were given, which is not that of two options.</summary>
    private PathFilter ReadFilter(ParseResult call)
    {
        var filter = new PathFilter();
        bool? takesIn = null;
        foreach (Token token in call.Tokens)
        {
            if (token.Type == TokenType.Option)
            {
                takesIn = token.Value == _include.Name ? true : token.Value == _exclude.Name ? false : null;
            }
            else if (takesIn is { } isInclude)
            {
                filter.Add(PathPattern.Parse(token.Value), isInclude);
                takesIn = null;
            }
        }

        return filter;
    }

    private void AloneOfEachGroup(CommandResult call)
    {
        Check(call, [_overwrite, _skip, _rename], []);
        Check(call, [_dryRun, _verify, _follow, _list], []);
        Check(call, [_plain], [_overwrite, _skip, _rename, _dryRun, _verify, _follow, _list]);
        Check(call, [_plain], [_include, _exclude, _links, _name, _digest, _client, _retry, .. _token.All]);
        Check(call, [_list], [_overwrite, _skip, _rename, _include, _exclude, _links, _name, _bandwidth]);
        Check(call, [_follow], [_overwrite, _skip, _rename, _include, _exclude, _links, _name]);
    }

    /// <summary>Of the first at most one is given, and none of the others beside it.</summary>
    private static void Check(CommandResult call, Option[] either, Option[] none)
    {
        Option[] given = [.. either.Where(IsGiven)];
        if (given.Length == 0)
        {
            return;
        }

        if ((given.Length > 1 ? given[1] : none.FirstOrDefault(IsGiven)) is { } other)
        {
            call.AddError($"{given[0].Name} goes without {other.Name}.");
        }

        bool IsGiven(Option option) => call.GetResult(option) is { Implicit: false };
    }
}
