using System.CommandLine;
using Aldis.Cli.Verbs.Copy;
using Aldis.Services.Files;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis copy</c>: files to a files server, and from one.</summary>
internal static class CopyVerb
{
    public const string Examples = """
        Examples:
          aldis copy report.pdf 127.0.0.1:65432                    one file; the server proves that it has it on disk
          aldis copy --retry forever photos/ tls://collector       a tree, through outages; run again, it goes on where it was
          tar cz data | aldis copy - --name data.tgz collector:65432
          aldis copy --follow /var/log/app.log collector:65432     what is appended, for ever
          aldis copy collector:65432/reports/2026 .                fetch what a server shares (serve --share DIR; --list shows it)
        """;

    private const string Explanation = """
        Copy files and directories to a files server, which puts FILE at files/FILE of its data directory and DIR at files/DIR/...; or fetch
        what it shares into a directory here. The address tells which way: what is an address has a scheme or is host:digits.

        A file is confirmed when the server has all of it, has found its digest right, and has it durable under its name, and not before.
        Interrupted, killed or cut off, the same command goes on where it was: at most one chunk (1 to 16 MiB) is sent again, and nothing is
        read again that was verified. What is there with the same content is confirmed; what is there and differs is refused (exists),
        unless --overwrite, --skip or --rename says otherwise. Nothing is ever deleted on the other side.

        A file that changes while it is copied is tried once more, and then told. In a tree, pipes, sockets and devices are left out with a
        word; what cannot be read is told and the rest goes on. A pipe or device that is named itself is read to its end, as '-' is.

        Patterns of --include and --exclude are tried in the order in which they stand, and the first that matches decides. * and ? stand
        for characters of one name, ** for any with slashes, [a-z] and [!a-z] for one character. A pattern matches the end of a path
        ('*.log', 'old/*.log'); / before it binds it to the top of DIR, / behind it to directories.

        Exit status: 0 all is confirmed; 6 some is, and some was refused, could not be read, or was not reached; nothing is: 4 refused,
        2 not readable here, 5 another content arrived, 1 no connection, 3 silence, 7 TLS; 130 or 143 interrupted. With --plain always 6:
        that form proves nothing.
        """;

    public static Command Create(VerbContext context)
    {
        var places = new Argument<string[]>("FILE|DIR... ADDRESS")
        {
            Arity = ArgumentArity.OneOrMore,
            Description = "what to copy ('-' is stdin), then where to: host:port or scheme://host; or ADDRESS/PATH... DIR to fetch. "
                + $"Port {FilesConversation.DefaultPort} if left out. {ClientArguments.Trust}",
        };
        var options = new CopyOptions();
        var verb = new Command("copy", Explanation) { places };
        options.AddTo(verb);
        verb.SetAction(call => context.RunAsync(call.GetValue(options.Json), carriesPayload: true, body: events =>
        {
            CopySettings settings = options.Read(call, call.GetValue(places) ?? []);
            return settings switch
            {
                { IsPlain: true } => PlainCopy.RunAsync(context, settings, events),
                { IsFollowed: true } => FollowCopy.RunAsync(context, settings, events),
                { Places.Direction: CopyDirection.List } => ListCopy.RunAsync(context, settings, events),
                { Places.Direction: CopyDirection.Fetch } => FetchCopy.RunAsync(context, settings, events),
                _ => NativeCopy.RunAsync(context, settings, events),
            };
        }));
        return verb;
    }
}
