using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Journal.Stores;
using Aldis.Journal.Tests.Storage;
using Aldis.Tests;

namespace Aldis.Journal.Tests.Embedded;

/// <summary>A journal on simulated storage whose writer the test steps itself, and the words tests are written in.</summary>
internal sealed class TestJournal : IDisposable
{
    public const string Directory = "journal";

    public static readonly JournalOptions Options = new()
    {
        Directory = Directory,
        PrepareBytes = 0,
        StartWriter = false,
        CreateSalt = () => 0x5A17,
        TimeProvider = new VirtualTime(),
        FreeSpaceFloorBytes = 0,
    };

    public TestJournal(SimulatedStorage? storage = null, JournalOptions? options = null)
    {
        Storage = storage ?? new SimulatedStorage();
        Journal = MessageJournal.Open(options ?? Options, Storage);
    }

    public SimulatedStorage Storage { get; }

    public MessageJournal Journal { get; }

    /// <summary>A journal of some commits, each of three messages of client "pump" and a plain one, not closed in order.</summary>
    public static SimulatedStorage WithCommits(int commits, JournalOptions? options = null)
    {
        var storage = new SimulatedStorage();
        var journal = new TestJournal(storage, options);
        JournalAppender native = journal.Open("pump");
        JournalAppender plain = journal.Open(null);
        for (int commit = 0; commit < commits; commit++)
        {
            for (int i = 1; i <= 3; i++)
            {
                Assert.Equal(AppendStatus.Accepted, native.TryAppend((commit * 3) + i, Text($"pump {(commit * 3) + i}")));
            }

            Assert.Equal(AppendStatus.Accepted, plain.TryAppend(0, Text($"plain {commit + 1}")));
            _ = journal.Journal.Step(wait: false);
        }

        return storage.Restart(new Random(0), powerLost: false);
    }

    /// <summary>All messages a reader sees, as "client/sequence/text".</summary>
    public static List<string> Read(SimulatedStorage storage, JournalQuery? query = null)
    {
        using var reader = new JournalReader(Directory, storage, query ?? new JournalQuery());
        List<string> all = [];
        while (reader.TryRead(out JournalMessage? message))
        {
            all.Add($"{message.Client}/{message.Sequence}/{Encoding.UTF8.GetString(message.Payload.Span)}");
        }

        return all;
    }

    /// <summary>An appender of a client of whom nobody has anything under way.</summary>
    public static JournalAppender Open(MessageJournal journal, string? client, string peer = "peer")
    {
        ValueTask<StoreOpening> opening = journal.OpenAsync(client, peer);
        Assert.True(opening.IsCompleted);
        return (JournalAppender)opening.AsTask().Result.Appender!;
    }

    public JournalAppender Open(string? client, string peer = "peer") => Open(Journal, client, peer);

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public void Step() => Assert.True(Journal.Step(wait: false));

    public void Dispose() => Journal.Dispose();
}
