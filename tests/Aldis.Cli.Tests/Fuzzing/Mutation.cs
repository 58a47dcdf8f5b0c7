using System.Text;
using Aldis.Protocols.Randomness;

namespace Aldis.Cli.Tests.Fuzzing;

/// <summary>Makes bytes of others, as fuzzers do: bits and bytes are changed, runs repeated, removed and put in, two inputs spliced, and
/// numbers at the edges of their range put where numbers are.</summary>
/// <param name="random">What is drawn from: the same seed makes the same.</param>
internal sealed class Mutation(SeededRandom random)
{
    /// <summary>The longest input, in bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "0", "-1", "9223372036854775807", "9223372036854775808", "18446744073709551616", "00", "+1", " ", "=", "&", "%00", "%zz", "://",
            "[::1]", "\r\n", "\0", "\u001b[2J", "..", "/", "\\", "é", "\ud83d\ude00", "{", "}", "[", "]", "\"", ":", ",", "null", "1e308",
            "ALDIS/1 ",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFF, 0xFF, 0xFF],
        [0xFF, 0xFF, 0xFF, 0x7F],
        [0x00, 0x00, 0x00, 0x80],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
        [0xC0, 0x80],
        [0xED, 0xA0, 0x80],
    ];

    /// <summary>Makes an input.</summary>
    /// <param name="corpus">What it is made of.</param>
    public byte[] Next(IReadOnlyList<byte[]> corpus)
    {
        List<byte> bytes = [.. corpus[random.NextBelow(corpus.Count)]];
        for (int times = 1 + random.NextBelow(6); times > 0; times--)
        {
            Change(bytes, corpus);
        }

        return bytes.Count > MaxBytes ? [.. bytes[..MaxBytes]] : [.. bytes];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        int at = random.NextBelow(bytes.Count + 1);
        int length = Math.Min(1 + random.NextBelow(32), bytes.Count - at);
        switch (random.NextBelow(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.NextBelow(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.NextBelow(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3 when bytes.Count < MaxBytes:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, Tokens[random.NextBelow(Tokens.Length)]);
                break;
            case 5:
                byte[] token = Tokens[random.NextBelow(Tokens.Length)];
                bytes.RemoveRange(at, Math.Min(token.Length, bytes.Count - at));
                bytes.InsertRange(at, token);
                break;
            case 6:
                byte[] other = corpus[random.NextBelow(corpus.Count)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(Math.Min(at, other.Length)));
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }
}
