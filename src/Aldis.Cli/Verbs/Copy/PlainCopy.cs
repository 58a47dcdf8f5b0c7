using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;
using Aldis.Services.Files;
using Aldis.Transports;
using Aldis.Transports.Addresses;

namespace Aldis.Cli.Verbs.Copy;

/// <summary><c>aldis copy --plain</c>: each file over a connection of its own, without a name, and nothing proved.</summary>
internal static class PlainCopy
{
    public static async Task<int> RunAsync(VerbContext context, CopySettings settings, JsonEvents? events)
    {
        IReadOnlyList<string> names = settings.Places.Direction == CopyDirection.Send
            ? settings.Places.Locals
            : throw new UsageException("the plain form goes to the server alone: nothing is fetched or listed with --plain.");
        EndpointAddress address = ClientArguments.ParseStreamAddress(context, settings.Places.Address, FilesConversation.DefaultPort);
        await using LiveTrace? trace = LiveTrace.Start(context.Console, address, settings.IsTraced);
        var options = new PlainFilesClientOptions();
        options = options with
        {
            ConnectTimeout = settings.Timeout ?? options.ConnectTimeout,
            AnswerTimeout = settings.Timeout ?? options.AnswerTimeout,
            CloseTimeout = settings.Timeout ?? options.CloseTimeout,
            Bandwidth = ClientArguments.Bandwidth(settings.BytesPerSecond),
            Trace = trace,
        };
        var files = new List<FileStream>(names.Count);
        var sent = new List<PlainFileResult>(names.Count);
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
            if (files.Count == names.Count)
            {
                Report(settings.IsQuiet ? TextWriter.Null : context.Console.Error, events, names.Count, sent);
            }
        }
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
}
