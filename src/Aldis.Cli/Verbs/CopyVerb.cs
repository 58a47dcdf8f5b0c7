using System.CommandLine;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs.Copy;
using Aldis.Protocols.Text;
using Aldis.Services;
using Aldis.Services.Files;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs;

/// <summary><c>aldis copy</c>: files to a files server.</summary>
internal static class CopyVerb
{
    public const string Examples = """
        Examples:
          aldis copy report.pdf 127.0.0.1:65432                  one file
          aldis copy *.log 127.0.0.1:65432                       several, each over a connection of its own
          aldis copy ./backup:1 tcp://collector                  a name that looks like an address, written with ./
          aldis copy firmware.bin 'arq://device?profile=lossy'   over UDP, for links that lose by themselves
          tar cz data | aldis copy /dev/stdin 127.0.0.1:65432
        """;

    private const string Explanation = """
        Copy files to a files server. The last argument is the address.

        Files go in the plain form, the only one there is today: it carries bytes only, the server chooses the name, and nothing proves
        what arrived. The result is therefore "sent, not confirmed", exit status 6. --plain insists on that form.

        A file is copied whole or not at all. One that changes while it is copied (grows, shrinks, is written to, or has its name taken by
        another file) is an error, exit status 2. Until the last byte is sent the connection can only end by a reset, even if this command
        is killed, so that a server stores no half file. Over unix: a kill does so on Linux alone, over arq:// the server finds out when it
        has heard nothing for 60 s. What has no length, such as a pipe or a file in /proc, is copied as it comes.
        """;

    public static Command Create(VerbContext context)
    {
        var places = new Argument<string[]>("FILE... ADDRESS")
        {
            Arity = new ArgumentArity(2, ArgumentArity.OneOrMore.MaximumNumberOfValues),
            Description = $"files, then where to: host:port or scheme://host; port {FilesConversation.DefaultPort} if left out. {ClientArguments.Trust}",
        };
        var plain = new Option<bool>("--plain") { Description = "insist on the plain form, which every files server knows" };
        Option<TimeSpan?> timeout = ClientArguments.Timeout(
            "how long the server may be silent; default 10s, and 60s to store the file after its last byte");
        Option<bool> trace = ClientArguments.Trace();
        Option<bool> json = VerbContext.JsonOption();
        Option<bool> quiet = VerbContext.QuietOption();
        var verb = new Command("copy", Explanation) { places, plain, timeout, trace, json, quiet };
        verb.SetAction(call => context.RunAsync(call.GetValue(json), carriesPayload: true, body: events => RunAsync(
            context,
            new CopySettings(
                call.GetValue(places) ?? [], call.GetValue(timeout), call.GetValue(trace), call.GetValue(quiet)),
            events)));
        return verb;
    }

    private static async Task<int> RunAsync(VerbContext context, CopySettings settings, JsonEvents? events)
    {
        (string[] names, string target) = Split(settings.Places);
        EndpointAddress address = ClientArguments.ParseStreamAddress(context, target, FilesConversation.DefaultPort);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        var options = new PlainFilesClientOptions();
        options = options with
        {
            ConnectTimeout = settings.Timeout ?? options.ConnectTimeout,
            AnswerTimeout = settings.Timeout ?? options.AnswerTimeout,
            CloseTimeout = settings.Timeout ?? options.CloseTimeout,
            Trace = trace,
        };
        var files = new List<FileStream>(names.Length);
        var sent = new List<PlainFileResult>(names.Length);
        try
        {
            // All are opened before anything is sent: a wrong name among many must not leave half of them copied.
            foreach (string name in names)
            {
                files.Add(await OpenAsync(name, context.Interruption));
            }

            foreach (FileStream file in files)
            {
                sent.Add(await CopyAsync(context, settings, address, options, file, events));
            }

            return ExitCode.PartlyConfirmed;
        }
        finally
        {
            files.ForEach(static file => file.Dispose());
            if (files.Count == names.Length)
            {
                Report(settings.IsQuiet ? TextWriter.Null : context.Console.Error, events, names.Length, sent);
            }
        }
    }

    private static (string[] Names, string Target) Split(string[] places)
    {
        string target = places[^1];
        if (!RemotePlace.IsRemote(target))
        {
            throw new UsageException(
                $"the last argument is where to copy to, and '{target}' is no address: write host:port or scheme://host.");
        }

        string[] names = places[..^1];
        return names.FirstOrDefault(RemotePlace.IsRemote) is string remote
            ? throw new UsageException(
                $"'{remote}' is an address, and only the last argument may be one; a file of that name is written ./{remote}.")
            : (names, target);
    }

    private static async Task<FileStream> OpenAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await FileInput.OpenAsync(name, cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UsageException($"there is no file '{name}'; nothing was sent.");
        }
        catch (IsDirectoryException)
        {
            throw new UsageException(
                $"'{name}' is a directory: the plain form carries no names, so it cannot carry a directory; name its files.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"'{name}' cannot be read: {exception.Message} Nothing was sent.");
        }
    }

    private static async Task<PlainFileResult> CopyAsync(
        VerbContext context,
        CopySettings settings,
        EndpointAddress address,
        PlainFilesClientOptions options,
        FileStream file,
        JsonEvents? events)
    {
        string name = PrintableText.Escape(Path.GetFileName(file.Name));
        await using PlainFilesClient client = await PlainFilesClient.ConnectAsync(address, options, context.Interruption);
        PlainFileResult result;
        using (var live = new LiveLine(context.Console, settings.IsQuiet || settings.IsTraced))
        {
            var progress = new PlainProgress(live, name, file.CanSeek ? file.Length : null);
            result = await SendAsync(client, file, progress, context.Interruption);
        }

        events?.Write("sent", writer =>
        {
            writer.WriteString("file", file.Name);
            writer.WriteNumber("length", result.BytesSent);
            writer.WriteNumber("seconds", result.Elapsed.TotalSeconds);
            writer.WriteBoolean("confirmed", false);
        });
        if (!settings.IsQuiet)
        {
            await context.Console.Error.WriteLineAsync(
                $"{name}: {Quantity.Bytes(result.BytesSent)} in {Quantity.Duration(result.Elapsed)} "
                + $"({Quantity.Bytes(result.BytesSent / result.Elapsed.TotalSeconds)}/s), sent, not confirmed");
        }

        return result;
    }

    private static async Task<PlainFileResult> SendAsync(
        PlainFilesClient client, FileStream file, PlainProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            await using var unchanged = new UnchangedFile(file);
            await using var content = new InterruptibleStream(unchanged);
            return await client.SendAsync(content, progress, cancellationToken);
        }
        catch (FileChangedException exception)
        {
            throw new UsageException(
                $"'{file.Name}' is not copied: {exception.Message}. The connection was reset, so that no half file is stored; "
                + "copy it when nobody writes to it, or copy a snapshot of it.");
        }
        catch (IOException exception) when (exception is not CommunicationException)
        {
            throw new UsageException(
                $"reading '{file.Name}' failed: {exception.Message} The connection was broken off, so that no half file is stored.");
        }
    }

    private static void Report(TextWriter people, JsonEvents? events, int files, List<PlainFileResult> sent)
    {
        long bytes = sent.Sum(static result => result.BytesSent);
        events?.Write("summary", writer =>
        {
            writer.WriteNumber("files", files);
            writer.WriteNumber("sent", sent.Count);
            writer.WriteNumber("confirmed", 0);
            writer.WriteNumber("length", bytes);
        });
        if (files > 1)
        {
            people.WriteLine($"{sent.Count} of {files} files sent, {Quantity.Bytes(bytes)}, not confirmed");
        }
    }

    private sealed record CopySettings(string[] Places, TimeSpan? Timeout, bool IsTraced, bool IsQuiet);
}
