using System.Text;
using Aldis.Protocols.Measurement;
using Aldis.Protocols.Ping;

namespace Aldis.Cli.Verbs.Ping;

/// <summary>Draws an echo message of ICMP as RFC 792 does: four bytes a row, in hexadecimal, what they mean beside them.</summary>
internal static class PacketDrawing
{
    private const int MostDataRows = 6;
    private const int RowBytes = 4;
    private const string Rule = "     +--------+--------+--------+--------+\n";

    /// <summary>Draws a message.</summary>
    /// <param name="title">What stands above it.</param>
    /// <param name="packet">The message; any bytes, at least the header of one.</param>
    /// <param name="addresses">As for <see cref="IcmpEcho.IsIntact"/>; not empty for ICMPv6.</param>
    /// <returns>Lines with their ends.</returns>
    public static string Draw(string title, ReadOnlySpan<byte> packet, ReadOnlySpan<byte> addresses)
    {
        bool isIPv6 = !addresses.IsEmpty;
        IcmpEcho.TryRead(packet, out IcmpEcho echo);
        string kind = echo.Type == IcmpEcho.RequestType(isIPv6) ? "echo request" : "echo reply";
        string sum = IcmpEcho.IsIntact(packet, addresses) ? "right" : "wrong";
        ReadOnlySpan<byte> data = packet[IcmpEcho.HeaderBytes..];
        var drawing = new StringBuilder();
        drawing.Append($"{title}: {kind}, {packet.Length} bytes, {(isIPv6 ? "ICMPv6 (RFC 4443)" : "ICMP (RFC 792)")}\n");
        drawing.Append("byte 0        1        2        3\n").Append(Rule);
        Row(drawing, 0, packet, $"type {echo.Type} ({kind}), code {echo.Code}, checksum 0x{echo.Checksum:x4} ({sum})", 1, 1, 2);
        drawing.Append(Rule);
        Row(drawing, RowBytes, packet, $"identifier {echo.Identifier} (which ping), sequence {echo.Sequence} (which request)", 2, 2);
        drawing.Append(Rule);
        for (int row = 0; row < MostDataRows && row * RowBytes < data.Length; row++)
        {
            int at = IcmpEcho.HeaderBytes + (row * RowBytes);
            Row(drawing, at, packet, row == 0 ? DataMeaning(data.Length) : string.Empty, Math.Min(RowBytes, packet.Length - at));
        }

        int left = data.Length - (MostDataRows * RowBytes);
        drawing.Append(left > 0 ? $"     | {$"and {left} bytes more",-34}|\n" : string.Empty);
        return drawing.Append(data.IsEmpty ? string.Empty : Rule).ToString();
    }

    private static string DataMeaning(int length) => length >= ProbePayload.MinSize
        ? $"{length} bytes of data, which the reply repeats: which run (8), the number (8), a pattern"
        : $"{length} bytes of data, which the reply repeats";

    private static void Row(StringBuilder drawing, int at, ReadOnlySpan<byte> packet, string meaning, params ReadOnlySpan<int> fields)
    {
        drawing.Append($"{at,4} ");
        int drawn = 0;
        foreach (int bytes in fields)
        {
            string hex = Convert.ToHexStringLower(packet.Slice(at + drawn, bytes));
            drawing.Append("| ").Append(hex.PadRight((bytes * 9) - 2));
            drawn += bytes;
        }

        drawing.Append('|').Append(' ', (RowBytes - drawn) * 9);
        drawing.Append(meaning.Length > 0 ? "  " + meaning : string.Empty).Append('\n');
    }
}
