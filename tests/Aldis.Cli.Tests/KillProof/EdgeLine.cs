using System.Globalization;
using System.Text;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>The lines of the proof: each says whose it is, of which run and which of it, and is otherwise determined by that.</summary>
internal static class EdgeLine
{
    private const int LongBytes = 20_000;
    private const int LinesPerLongOne = 97;

    /// <summary>A line without its newline.</summary>
    /// <param name="sender">Name of the sender, without spaces.</param>
    /// <param name="round">Number of the run, from 1; 0 where each run is given the same.</param>
    /// <param name="line">Number of the line, from 1.</param>
    /// <param name="plan">How the run is given its lines.</param>
    public static byte[] Create(string sender, int round, int line, RoundPlan plan)
    {
        byte[] head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sender} {round} {line} "));
        byte[] bytes = new byte[head.Length + (plan.FillBytes ?? (line % LinesPerLongOne == 0 ? LongBytes : line * 7919 % 90))];
        head.CopyTo(bytes, 0);
        for (int i = head.Length; i < bytes.Length; i++)
        {
            bytes[i] = plan.Feed == FeedKind.Words ? (byte)('a' + ((line + i) % 26)) : Fill((line * 31) + i);
        }

        return bytes;
    }

    /// <summary>Reads which line some bytes say they are; whether they are it, byte for byte, is for the reader to compare.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out string sender, out int round, out int line)
    {
        (sender, round, line) = (string.Empty, 0, 0);
        string[] words = Encoding.ASCII.GetString(bytes[..Math.Min(bytes.Length, 64)]).Split(' ', 4);
        if (words.Length < 4
            || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out round)
            || !int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out line))
        {
            return false;
        }

        sender = words[0];
        return true;
    }

    /// <summary>Every byte but the newline, so that lines are UTF-8 seldom.</summary>
    private static byte Fill(int value) => (byte)value == (byte)'\n' ? (byte)0 : (byte)value;
}
