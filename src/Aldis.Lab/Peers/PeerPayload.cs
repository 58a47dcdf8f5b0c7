using System.Globalization;
using System.Text;

namespace Aldis.Lab.Peers;

/// <summary>What the laboratory sends to a program: readable, and different in every frame.</summary>
internal static class PeerPayload
{
    /// <summary>The bytes of a frame.</summary>
    /// <param name="frame">Which one.</param>
    /// <param name="length">How many; 1 or more.</param>
    public static byte[] Of(long frame, int length)
    {
        byte[] line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"This is frame {frame}.\n"));
        byte[] payload = new byte[length];
        for (int at = 0; at < length; at++)
        {
            payload[at] = line[at % line.Length];
        }

        return payload;
    }
}
