using System.Globalization;
using System.Text;
using Aldis.Lab.Experiments;

namespace Aldis.Lab.Peers;

/// <summary>
/// A datagram between the laboratory and a program that somebody wrote: a line of ASCII that ends with a line feed, and behind that of a
/// frame its bytes (docs/lab.md, "Your own program").
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="Number">The number it carries; 0 for a greeting.</param>
internal sealed record PeerMessage(PeerMessageKind Kind, long Number)
{
    /// <summary>The most frames ahead of a gap that an acknowledgement tells of.</summary>
    public const int MostAhead = 64;

    private const int LongestLine = 1024;

    /// <summary>A frame: its bytes.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>An acknowledgement: frames ahead of a gap.</summary>
    public IReadOnlyList<long> Ahead { get; init; } = [];

    /// <summary>Reads a datagram.</summary>
    /// <param name="datagram">The datagram; its payload is copied.</param>
    /// <returns>Null if it is none of these.</returns>
    public static PeerMessage? Read(ReadOnlySpan<byte> datagram)
    {
        int end = datagram.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? datagram : datagram[..end];
        if (line.Length > LongestLine || !Ascii.IsValid(line))
        {
            return null;
        }

        ReadOnlySpan<byte> payload = end < 0 ? [] : datagram[(end + 1)..];
        string[] words = Encoding.ASCII.GetString(line).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (words is ["HELLO"])
        {
            return new PeerMessage(PeerMessageKind.Hello, 0);
        }

        if (words.Length < 2 || !TryNumber(words[1], out long number))
        {
            return null;
        }

        return words[0] switch
        {
            "DATA" when words.Length == 2 && end >= 0 => new PeerMessage(PeerMessageKind.Data, number) { Payload = payload.ToArray() },
            "ACK" when ReadAhead(words.AsSpan(2)) is { } ahead => new PeerMessage(PeerMessageKind.Ack, number) { Ahead = ahead },
            "DELIVER" when words.Length == 2 => new PeerMessage(PeerMessageKind.Deliver, number),
            _ => null,
        };
    }

    /// <summary>Writes it as a datagram.</summary>
    public byte[] ToBytes()
    {
        string line = Kind switch
        {
            PeerMessageKind.Data => Text($"DATA {Number}\n"),
            PeerMessageKind.Ack => Text($"ACK {Number}") + string.Concat(Ahead.Select(static frame => Text($" +{frame}"))) + "\n",
            PeerMessageKind.Deliver => Text($"DELIVER {Number}\n"),
            _ => "HELLO\n",
        };
        return [.. Encoding.ASCII.GetBytes(line), .. Payload.Span];
    }

    private static List<long>? ReadAhead(ReadOnlySpan<string> words)
    {
        List<long> ahead = [];
        foreach (string word in words)
        {
            if (ahead.Count == MostAhead || word[0] != '+' || !TryNumber(word.AsSpan(1), out long number))
            {
                return null;
            }

            ahead.Add(number);
        }

        return ahead;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= LabSettings.MostFrames;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
