using System.Globalization;
using System.Text;

namespace Aldis.Cli.Tests.KillProof;

/// <summary>
/// The messages of the proof: each says whose it is and which, and is otherwise determined by that, so that whoever reads it back can tell
/// every byte. Most are short, a few are long enough to be cut in the middle of a write.
/// </summary>
internal static class ProofMessage
{
    private const int LongBytes = 20_000;

    /// <summary>The payload of an item.</summary>
    /// <param name="client">Name of the client, without spaces.</param>
    /// <param name="item">Number of the item, from 1.</param>
    public static byte[] Create(string client, long item)
    {
        byte[] head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{client} {item} "));
        byte[] payload = new byte[head.Length + FillBytes(item)];
        head.CopyTo(payload, 0);
        for (int i = head.Length; i < payload.Length; i++)
        {
            payload[i] = (byte)((item * 31) + i);
        }

        return payload;
    }

    /// <summary>Bytes of the payload of an item.</summary>
    public static int LengthOf(string client, long item) =>
        client.Length + 1 + item.ToString(CultureInfo.InvariantCulture).Length + 1 + FillBytes(item);

    /// <summary>Reads a payload back.</summary>
    /// <returns>False if it is not, byte for byte, what was sent.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, out string client, out long item)
    {
        client = string.Empty;
        item = 0;
        int first = payload.IndexOf((byte)' ');
        int second = first < 0 ? -1 : payload[(first + 1)..].IndexOf((byte)' ');
        if (second < 0 || !long.TryParse(payload.Slice(first + 1, second), NumberStyles.None, CultureInfo.InvariantCulture, out item))
        {
            return false;
        }

        client = Encoding.ASCII.GetString(payload[..first]);
        return payload.SequenceEqual(Create(client, item));
    }

    private static int FillBytes(long item) => item % 151 == 0 ? LongBytes : (int)(item * 7919 % 90);
}
