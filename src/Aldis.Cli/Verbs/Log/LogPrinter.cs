using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Aldis.Cli.Terminal;
using Aldis.Journal.Embedded;
using Aldis.Protocols.Text;
using Aldis.Services.Events;

namespace Aldis.Cli.Verbs.Log;

/// <summary>Prints messages of the journal, many in one write: a line for people, or an object with the exact payload.</summary>
internal sealed class LogPrinter
{
    private const int FlushBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _lines = new(FlushBytes);
    private readonly Stream _output;
    private readonly JsonEvents? _events;
    private readonly LogForm _form;

    /// <summary>Prints to a stream.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="events">Takes objects instead of lines; null for lines.</param>
    /// <param name="form">How lines are written.</param>
    public LogPrinter(Stream output, JsonEvents? events, LogForm form)
    {
        _form = form;
        _output = output;
        _events = events;
        if (events is not null)
        {
            events.HeldBytes = FlushBytes;
        }
        else if (form.IsCsv)
        {
            _ = Encoding.UTF8.GetBytes(JournalMessageCsv.Header, _lines);
        }
    }

    /// <summary>What <c>--verify</c> says to people.</summary>
    public static byte[] DescribeVerification(JournalVerification found)
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"{found.Segments} segments, {found.Messages} messages of {found.Clients} clients and the plain form, last commit {found.LastCommit}\n");
        if (found.TornBytes > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{found.TornBytes} bytes behind it, of a commit under way or never acknowledged\n");
        }

        if (found.Damage is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"damaged: {found.Damage}; nothing behind it was read\n");
        }

        DescribeProblems(text, found.ProblemCount, found.Problems);

        foreach (LostRange lost in found.Lost)
        {
            text.Append(CultureInfo.InvariantCulture, $"lost, as a repair found: {lost}\n");
        }

        string losses = found.KnownLosses switch
        {
            0 => string.Empty,
            1 => ", with 1 known loss",
            _ => string.Create(CultureInfo.InvariantCulture, $", with {found.KnownLosses} known losses"),
        };
        text.Append(found.IsSound
            ? $"sound{losses}: both CRCs of every record, the order of commits, the marks of every segment, and every client's sequence\n"
            : "NOT sound\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>What <c>--verify</c> says with <c>--json</c>.</summary>
    public static void WriteVerification(Utf8JsonWriter writer, JournalVerification found)
    {
        writer.WriteBoolean("sound", found.IsSound);
        writer.WriteNumber("segments", found.Segments);
        writer.WriteNumber("messages", found.Messages);
        writer.WriteNumber("clients", found.Clients);
        writer.WriteNumber("last_commit", found.LastCommit);
        writer.WriteNumber("torn_bytes", found.TornBytes);
        if (found.Damage is not null)
        {
            writer.WriteString("damage", found.Damage.ToString());
        }

        writer.WriteNumber("known_losses", found.KnownLosses);
        writer.WriteStartArray("lost");
        foreach (LostRange lost in found.Lost)
        {
            writer.WriteStartObject();
            writer.WriteString("client", lost.Client);
            writer.WriteNumber("first", lost.First);
            writer.WriteNumber("last", lost.Last);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteProblems(writer, found.ProblemCount, found.Problems);
    }

    /// <summary>What <c>--verify</c> found wrong, for people.</summary>
    public static void DescribeProblems(StringBuilder text, long count, IReadOnlyList<string> first)
    {
        foreach (string problem in first)
        {
            text.Append("wrong: ").Append(problem).Append('\n');
        }

        if (count > first.Count)
        {
            text.Append(CultureInfo.InvariantCulture, $"and {count - first.Count} more\n");
        }
    }

    /// <summary>What <c>--verify</c> found wrong, with <c>--json</c>.</summary>
    public static void WriteProblems(Utf8JsonWriter writer, long count, IReadOnlyList<string> first)
    {
        writer.WriteNumber("problem_count", count);
        writer.WriteStartArray("problems");
        foreach (string problem in first)
        {
            writer.WriteStringValue(problem);
        }

        writer.WriteEndArray();
    }

    /// <summary>Prints a message; a reader sees it with the next <see cref="Flush"/> at the latest.</summary>
    /// <exception cref="OutputFailedException">It cannot be written any more.</exception>
    public void Print(JournalMessage message)
    {
        if (_events is not null)
        {
            _events.Write(message);
            return;
        }

        _ = Encoding.UTF8.GetBytes(_form.Write(message), _lines);
        if (_lines.WrittenCount >= FlushBytes)
        {
            Flush();
        }
    }

    /// <summary>Prints, as an object, what was skipped because it is damaged.</summary>
    public void PrintSkipped(JournalDamage damage) => _events!.Write("skipped", writer =>
    {
        writer.WriteNumber("segment", damage.Segment);
        writer.WriteNumber("offset", damage.Offset);
        writer.WriteNumber("bytes", damage.Bytes);
        writer.WriteNumber("commit", damage.Commit);
        writer.WriteString("reason", damage.Explanation);
    });

    /// <summary>Writes what was printed.</summary>
    /// <exception cref="OutputFailedException">It cannot be written any more.</exception>
    public void Flush()
    {
        _events?.Flush();
        if (_lines.WrittenCount > 0)
        {
            DataOutput.Write(_output, _lines.WrittenSpan);
            _lines.ResetWrittenCount();
        }
    }
}
