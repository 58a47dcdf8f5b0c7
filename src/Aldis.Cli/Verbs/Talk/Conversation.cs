using System.Diagnostics;
using System.Text;
using Aldis.Cli.Terminal;
using Aldis.Protocols.Text;
using Aldis.Services.Clients;
using Aldis.Services.Exchange;
using Aldis.Transports;

namespace Aldis.Cli.Verbs.Talk;

/// <summary>Sends lines in pieces, prints replies and counts both; watches the server while it waits for a line.</summary>
/// <param name="context">Where lines come from and replies go to.</param>
/// <param name="client">The server.</param>
/// <param name="events">Takes objects instead of replies, or null.</param>
/// <param name="frameSize">Most bytes of a piece.</param>
/// <param name="time">The clock.</param>
internal sealed class Conversation(VerbContext context, ExchangeClient client, JsonEvents? events, int frameSize, TimeProvider time)
{
    /// <summary>How long, after the server has gone, the input is given to turn out to have ended too.</summary>
    private static readonly TimeSpan EndOfInputWait = TimeSpan.FromMilliseconds(100);

    private readonly InputLines _lines = new(context.Console.Input);
    private ReadOnlyMemory<byte> _inHand;

    /// <summary>Pieces that were handed to the connection.</summary>
    public long Sent { get; private set; }

    /// <summary>Pieces that were answered.</summary>
    public long Replies { get; private set; }

    /// <summary>Talks until the input ends.</summary>
    /// <param name="prompt">Shown before each line is awaited; empty for none.</param>
    /// <exception cref="CommunicationException">The server went away or gave no answer.</exception>
    /// <exception cref="UsageException">The input cannot be read.</exception>
    public async Task RunAsync(string prompt)
    {
        while (true)
        {
            await context.Console.Error.WriteAsync(prompt);
            if (await ReadAsync() is not { } line)
            {
                break;
            }

            _inHand = line;
            while (!_inHand.IsEmpty)
            {
                ReadOnlyMemory<byte> piece = _inHand[..MessagePieces.NextLength(_inHand.Span, frameSize)];
                _inHand = _inHand[piece.Length..];
                await SayAsync(piece);
            }
        }

        if (prompt.Length > 0)
        {
            await context.Console.Error.WriteLineAsync();
        }
    }

    /// <summary>What was sent last and not answered, as it is shown, or null. Whether it arrived is not known.</summary>
    public string? Unanswered { get; private set; }

    /// <summary>Takes what was read from the input and not sent.</summary>
    /// <returns>Lines, or the rest of one, as they are shown.</returns>
    public IReadOnlyList<string> TakeUnsent()
    {
        IEnumerable<ReadOnlyMemory<byte>> lines = _inHand.IsEmpty ? _lines.TakeRest() : [_inHand, .. _lines.TakeRest()];
        return [.. lines.Where(static line => !line.IsEmpty).Select(static line => PrintableText.Escape(line.Span, line.Length))];
    }

    /// <summary>Reads a line. The server is watched meanwhile: what is typed after it has gone must not go nowhere.</summary>
    private async Task<ReadOnlyMemory<byte>?> ReadAsync()
    {
        Task<ReadOnlyMemory<byte>?> reading = _lines.ReadAsync(context.Interruption);
        if (reading.IsCompleted)
        {
            return await reading;
        }

        using var stop = new CancellationTokenSource();
        Task watching = client.WatchAsync(stop.Token);
        await Task.WhenAny(reading, watching);
        if (watching.IsCompleted)
        {
            await Task.WhenAny(reading, Task.Delay(EndOfInputWait, time));
        }

        await stop.CancelAsync();
        ReadOnlyMemory<byte>? line = reading.IsCompleted ? await reading : ReadOnlyMemory<byte>.Empty;
        try
        {
            await watching;
        }
        catch (OperationCanceledException)
        {
            return line;
        }
        catch (CommunicationException) when (line is null)
        {
            // Both have said all they had to say.
            return null;
        }
        catch (CommunicationException)
        {
            _inHand = line ?? default;
            if (context.Console.InputIsTerminal)
            {
                // The prompt stands there, and perhaps the beginning of a line.
                await context.Console.Error.WriteLineAsync();
            }

            throw;
        }

        return line;
    }

    private async Task SayAsync(ReadOnlyMemory<byte> piece)
    {
        long start = Stopwatch.GetTimestamp();
        Sent++;
        Unanswered = PrintableText.Escape(piece.Span, piece.Length);
        ReadOnlyMemory<byte> reply = await client.ExchangeAsync(piece, context.Interruption);
        TimeSpan roundTrip = Stopwatch.GetElapsedTime(start);
        Replies++;
        Unanswered = null;
        if (events is not null)
        {
            events.Write("reply", writer =>
            {
                writer.WriteNumber("seq", Replies - 1);
                writer.WriteNumber("sent", piece.Length);
                writer.WriteNumber("length", reply.Length);
                writer.WriteNumber("rtt_ns", (long)roundTrip.TotalNanoseconds);
            });
            return;
        }

        // A terminal must not obey a peer; a file or a pipe gets the bytes as they came.
        DataOutput.WriteLine(
            context.Console.Output,
            context.Console.OutputIsTerminal
                ? Encoding.UTF8.GetBytes(PrintableText.Escape(Encoding.UTF8.GetString(reply.Span)))
                : reply.Span);
    }
}
