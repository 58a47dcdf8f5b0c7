using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Journal.Storage;
using Aldis.Journal.Stores;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>A data directory with a journal, and <c>aldis log</c> run in this process on it.</summary>
internal sealed class LogFixture : IDisposable
{
    public LogFixture()
    {
        Data = Directory.CreateTempSubdirectory("aldis-log-").FullName;
    }

    public string Data { get; }

    public string JournalDirectory => Path.Combine(Data, "journal");

    public MessageJournal Open(int segmentBytes = 64 * 1024 * 1024) => MessageJournal.Open(
        new JournalOptions { Directory = JournalDirectory, SegmentBytes = segmentBytes, PrepareBytes = 0 }, FileStorage.Instance);

    /// <summary>Stores messages under one client's id ("" is the plain form), each in a commit of its own.</summary>
    public static async Task StoreAsync(MessageJournal journal, string client, params byte[][] payloads)
    {
        StoreOpening opening = await journal.OpenAsync(client.Length == 0 ? null : client, "127.0.0.1:4242");
        IMessageAppender appender = opening.Appender!;
        foreach (byte[] payload in payloads)
        {
            long sequence = client.Length == 0 ? 0 : appender.Progress.CommittedSequence + 1;
            Assert.Equal(AppendStatus.Accepted, appender.TryAppend(sequence, payload));
            while (!appender.Progress.IsSettled)
            {
                await appender.WaitForProgressAsync();
            }
        }

        await appender.CloseAsync();
    }

    public async Task StoreAsync(string client, params string[] texts)
    {
        using MessageJournal journal = Open();
        await StoreAsync(journal, client, [.. texts.Select(Encoding.UTF8.GetBytes)]);
    }

    public string[] Segments() => [.. Directory.GetFiles(JournalDirectory, "*.segment").Order(StringComparer.Ordinal)];

    /// <summary>Runs the verb on the journal and collects what it said.</summary>
    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] options)
    {
        using var output = new MemoryStream();
        await using var error = new StringWriter { NewLine = "\n" };
        int exitCode = await RunAsync(output, error, CancellationToken.None, options);
        return (exitCode, Encoding.UTF8.GetString(output.ToArray()), error.ToString());
    }

    public Task<int> RunAsync(Stream output, TextWriter error, CancellationToken interruption, params string[] options) =>
        AldisCommand.RunAsync(
            ["log", "--data", Data, .. options],
            new CommandConsole { Input = Stream.Null, Output = output, Error = error },
            interruption);

    public static JsonElement[] Objects(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    public void Dispose() => Directory.Delete(Data, recursive: true);
}
