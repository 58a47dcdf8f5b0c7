using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Aldis.Protocols.Text;
using Aldis.Services.Journal;

namespace Aldis.Cli.Terminal;

/// <summary>Prints messages of the journal, many in one write: a line for people, or an object with the exact payload.</summary>
internal sealed class LogPrinter
{
    private const int FlushBytes = 64 * 1024;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    private readonly ArrayBufferWriter<byte> _lines = new(FlushBytes);
    private readonly Stream _output;
    private readonly Utf8JsonWriter? _json;

    /// <summary>Prints to a stream.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="asJson">Whether to print objects.</param>
    public LogPrinter(Stream output, bool asJson)
    {
        _output = output;
        _json = asJson ? new Utf8JsonWriter(_lines, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }) : null;
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

        foreach (string problem in found.Problems)
        {
            text.Append("wrong: ").Append(problem).Append('\n');
        }

        if (found.ProblemCount > found.Problems.Count)
        {
            text.Append(CultureInfo.InvariantCulture, $"and {found.ProblemCount - found.Problems.Count} more\n");
        }

        text.Append(found.IsSound
            ? "sound: both CRCs of every record, the order of commits, the marks of every segment, and every client's sequence\n"
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

        writer.WriteNumber("problem_count", found.ProblemCount);
        writer.WriteStartArray("problems");
        foreach (string problem in found.Problems)
        {
            writer.WriteStringValue(problem);
        }

        writer.WriteEndArray();
    }

    /// <summary>Prints a message; a reader sees it with the next <see cref="Flush"/> at the latest.</summary>
    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    public void Print(JournalMessage message)
    {
        if (_json is null)
        {
            AppendLine(message);
        }
        else
        {
            AppendObject(_json, message);
        }

        if (_lines.WrittenCount >= FlushBytes)
        {
            Flush();
        }
    }

    /// <summary>Writes what was printed.</summary>
    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    public void Flush()
    {
        if (_lines.WrittenCount > 0)
        {
            DataOutput.Write(_output, _lines.WrittenSpan);
            _lines.ResetWrittenCount();
        }
    }

    private static string Time(JournalMessage message) => message.ReceivedAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private void AppendLine(JournalMessage message)
    {
        string sender = message.Client.Length == 0
            ? "- -"
            : string.Create(CultureInfo.InvariantCulture, $"{message.Client} {message.Sequence}");
        ReadOnlySpan<byte> shown = message.Payload.Span[..Math.Min(message.Payload.Length, PrintableText.DisplayLimitBytes)];
        string text = PrintableText.Escape(shown, message.Payload.Length);
        _ = Encoding.UTF8.GetBytes($"{Time(message)} {sender} {PrintableText.Escape(message.From)} {text}\n", _lines);
    }

    private void AppendObject(Utf8JsonWriter json, JournalMessage message)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteString("event", "message");
        json.WriteNumber("seq", message.Sequence);
        json.WriteString("client", message.Client);
        json.WriteString("time", Time(message));
        json.WriteString("from", message.From);
        if (Utf8.IsValid(message.Payload.Span))
        {
            json.WriteString("text", message.Payload.Span);
        }
        else
        {
            json.WriteBase64String("base64", message.Payload.Span);
        }

        json.WriteEndObject();
        json.Flush();
        _lines.Write("\n"u8);
    }
}
