using System.Globalization;
using System.Text;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Files;
using Aldis.Protocols.Framing;
using Aldis.Protocols.Messages;
using Aldis.Protocols.Text;
using Aldis.Services.Ack;
using Aldis.Services.Echo;
using Aldis.Services.Events;
using Aldis.Services.Exchange;
using Aldis.Services.Files;
using Aldis.Services.Hosting;
using Aldis.Services.Inbox;
using Aldis.Services.Messages;
using Aldis.Tests;
using Microsoft.AspNetCore.Connections;

namespace Aldis.Services.Tests.Hosting;

/// <summary>
/// Random and mutated streams against every plain parser and handler. What each must answer comes from <see cref="ReferenceModel"/>.
/// ALDIS_FUZZ_INPUTS sets the number of streams for each test, ALDIS_FUZZ_SEED the first seed; a failure names the seed that shows it.
/// </summary>
public sealed class BadInputTests
{
    // A connection may cost this much and each of its reads a line of display more, whatever length a header declares.
    private const long ConnectionAllocationBytes = 64 * 1024;
    private const long ReadAllocationBytes = 4096;

    private static readonly int Inputs = Setting("ALDIS_FUZZ_INPUTS", 20_000);
    private static readonly int FirstSeed = Setting("ALDIS_FUZZ_SEED", 1);

    [Fact]
    public void The_message_parser_agrees_with_the_reference_and_allocates_nothing()
    {
        long total = 0;
        ForEachStream((stream, _) =>
        {
            var (messages, refused, _) = ReferenceModel.Messages(stream.Bytes, limit: 1000);
            var reader = new PlainMessageReader(1000);
            long before = GC.GetAllocatedBytesForCurrentThread();
            int count = 0;
            int start = 0;
            int end = 0;
            var status = PlainReadStatus.NeedMore;
            for (int index = 0; index < stream.Pieces.Count; index++)
            {
                end += stream.Pieces[index].Length;
                do
                {
                    var received = new System.Buffers.ReadOnlySequence<byte>(stream.Bytes, start, end - start);
                    status = reader.Read(ref received, out System.Buffers.ReadOnlySequence<byte> payload);
                    start = end - (int)received.Length;
                    if (status == PlainReadStatus.Message)
                    {
                        // The reference stops at the control text, which the parser knows nothing about.
                        if (count < messages.Count && !payload.FirstSpan.SequenceEqual(messages[count]))
                        {
                            throw new InvalidDataException("another payload");
                        }

                        count++;
                    }
                }
                while (status == PlainReadStatus.Message);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.InRange(count, messages.Count, int.MaxValue);
            Assert.True(!refused || status == PlainReadStatus.Refused);
            Assert.Equal(status == PlainReadStatus.Refused, reader.Refusal != PlainRefusal.None);
            total += allocated;
        });

        // What the runtime itself allocates now and then while it compiles is in it.
        Assert.InRange(total, 0, 64 * 1024);
    }

    [Fact]
    public void The_other_parsers_answer_every_stream_within_their_bounds()
    {
        ForEachStream((stream, _) =>
        {
            var sequence = new System.Buffers.ReadOnlySequence<byte>(stream.Bytes);
            foreach (bool final in (ReadOnlySpan<bool>)[false, true])
            {
                GreetingStatus greeting = GreetingParser.Parse(sequence, final, out int length);
                Assert.Equal(greeting == GreetingStatus.Greeting, length > 0);
                Assert.InRange(length, 0, Math.Min(stream.Bytes.Length, GreetingParser.MaxLength));
                Assert.False(final && greeting == GreetingStatus.NeedMore);

                StreamForm form = PrefaceDetector.Detect(sequence, final);
                Assert.Equal(form == StreamForm.Native, sequence.Length >= 8 && stream.Bytes.AsSpan().StartsWith("ALDIS/1 "u8));
                Assert.False(final && form == StreamForm.NeedMore);
            }

            if (stream.Bytes.Length >= PlainHeader.Size)
            {
                ReadOnlySpan<byte> unit = stream.Bytes.AsSpan(0, PlainHeader.Size);
                PlainRefusal refusal = PlainHeader.Parse(unit, 1000, out long length);
                Assert.InRange(length, 0, refusal == PlainRefusal.None ? 1000 : 0);
                Assert.Equal(ControlUnit.TryGetText(unit, out ReadOnlySpan<byte> text), !text.IsEmpty);
            }
        });
    }

    [Fact]
    public async Task The_messages_handler_answers_refuses_and_closes_as_the_reference_says()
    {
        using var directory = InMemoryDirectory();
        using MessageStore store = MessageStore.Open(new MessageStoreOptions
        {
            Directory = directory.Path,
            Level = AcknowledgementLevel.Received,
            FreeSpaceFloorBytes = 0,
            RetainBytes = 64 * 1024 * 1024,
        });
        int refusals = 0;
        await ForEachStreamAsync(async (stream, _) =>
        {
            var (messages, refused, _) = ReferenceModel.Messages(stream.Bytes, limit: 1024 * 1024);
            var (output, served) = await RunAsync(new MessagesHandler(store), stream);
            if (stream.Bytes.AsSpan().StartsWith("ALDIS/1 "u8))
            {
                // The native form has tests of its own; here it must end like the others.
                return;
            }

            // A beginning of the preface that is broken off could still have become one: nothing is refused yet.
            bool undecided = stream.EndsWithReset && "ALDIS/1 "u8.StartsWith(stream.Bytes);
            string expected = string.Concat(Enumerable.Repeat(LabFrame.Confirmation, messages.Count));
            if (refused && !undecided)
            {
                Assert.StartsWith("refused: ", served.CloseReason, StringComparison.Ordinal);
                expected += LabFrame.Of("Message refused: " + served.CloseReason!["refused: ".Length..]);
                refusals++;
            }

            if (stream.EndsWithReset)
            {
                // Whoever breaks the connection may miss answers, and gets none that is not due.
                Assert.StartsWith(output, expected, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal(expected, output);
                Assert.Equal(refused, served.CloseReason is not null);
            }
        });
        Assert.InRange(refusals, Inputs / 10, Inputs);
    }

    [Fact]
    public Task The_echo_handler_returns_every_stream() => ForEachStreamAsync(async (stream, _) =>
        Assert.Equal(Encoding.Latin1.GetString(stream.Bytes), (await RunAsync(new EchoHandler(), stream)).Output));

    [Fact]
    public Task The_exchange_handler_returns_every_stream() => ForEachStreamAsync(async (stream, _) =>
        Assert.Equal(Encoding.Latin1.GetString(stream.Bytes), (await RunAsync(new ExchangeHandler(), stream)).Output));

    [Fact]
    public Task The_ack_handler_answers_every_read() => ForEachStreamAsync(async (stream, _) =>
        Assert.Equal("ACK received".Length * stream.Pieces.Count, (await RunAsync(new AckHandler(), stream)).Output.Length));

    [Fact]
    public async Task The_files_handler_stores_what_follows_the_greeting_and_nothing_of_a_broken_stream()
    {
        using var directory = InMemoryDirectory();
        var handler = new FilesHandler(new FileInbox(new InboxOptions { Directory = directory.Path, FreeSpaceFloor = 0 }));
        string name = directory.Combine(FilesHandler.PlainName);
        await ForEachStreamAsync(
            async (stream, _) =>
            {
                var (output, _) = await RunAsync(handler, stream, measured: false);
                int greeting = ReferenceModel.GreetingLength(stream.Pieces);
                bool greeted = stream.Bytes.Length > 0 && (!stream.EndsWithReset || output.Length > 0);
                Assert.Equal(greeted ? "Hello from the server!" : string.Empty, output);
                bool stored = greeted && !stream.EndsWithReset;
                Assert.Equal(stored, File.Exists(name));
                if (stored)
                {
                    Assert.Equal(stream.Bytes[greeting..], await File.ReadAllBytesAsync(name));
                    File.Delete(name);
                }
            },
            Math.Max(1, Inputs / 10));
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    /// <summary>In memory where the system has such a place: an fsync for each of many streams would measure the disk.</summary>
    private static TemporaryDirectory InMemoryDirectory() => new(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath());

    private static int Setting(string name, int otherwise)
    {
        string? text = Environment.GetEnvironmentVariable(name);
        return text is null ? otherwise : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static void ForEachStream(Action<HostileStream, int> check) =>
        ForEachStreamAsync((stream, seed) =>
        {
            check(stream, seed);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();

    private static async Task ForEachStreamAsync(Func<HostileStream, int, Task> check, int? inputs = null)
    {
        for (int index = 0; index < (inputs ?? Inputs); index++)
        {
            int seed = unchecked(FirstSeed + index);
            var stream = new HostileStream(seed);
            try
            {
                await check(stream, seed);
            }
            catch (Exception exception)
            {
                throw new InvalidDataException(
                    $"Seed {seed}: {exception.Message}\nStream: {Convert.ToHexString(stream.Bytes)}\n"
                    + $"Pieces: {string.Join(' ', stream.Pieces.Select(piece => piece.Length))}",
                    exception);
            }
        }
    }

    /// <summary>Runs a handler over one stream.</summary>
    /// <returns>All it sent, and what it was told.</returns>
    private static async Task<(string Output, ServedConnection Served)> RunAsync(
        ConnectionHandler handler, HostileStream stream, bool measured = true)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var connection = new InMemoryConnection();
        ServedConnection served = connection.Serve(handler, PayloadsShownToNobody.Instance);
        foreach (ReadOnlyMemory<byte> piece in stream.Pieces)
        {
            connection.Send(piece);
        }

        byte[] early = connection.ReceiveOnce();
        if (stream.EndsWithReset)
        {
            connection.Reset();
        }
        else
        {
            connection.FinishWriting();
        }

        if (measured)
        {
            // What ran so far ran on this thread, and nothing else did.
            long limit = ConnectionAllocationBytes + (stream.Pieces.Count * ReadAllocationBytes);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, limit);
        }

        try
        {
            await connection.Handling.InTime();
        }
        catch (ConnectionResetException) when (stream.EndsWithReset)
        {
            // The one exception that a handler may let through.
        }

        byte[] late = connection.ReceiveOnce();
        return (Encoding.Latin1.GetString(early) + Encoding.Latin1.GetString(late), served);
    }

    /// <summary>Makes handlers do all that they do for a display, and keeps nothing.</summary>
    private sealed class PayloadsShownToNobody : IServiceEvents
    {
        public static PayloadsShownToNobody Instance { get; } = new();

        public bool ShowsPayload => true;

        public bool IsObserved => true;

        public void Publish(in ServiceEvent what) =>
            _ = Protocols.Text.PrintableText.Escape(what.Payload.Span, what.Length).Length;
    }
}
