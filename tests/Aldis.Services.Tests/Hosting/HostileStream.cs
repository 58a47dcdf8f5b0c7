using System.Text;
using Aldis.Tests;

namespace Aldis.Services.Tests.Hosting;

/// <summary>
/// A stream that no well-behaved client would send, made from a seed: random bytes, or something valid with a few bytes changed,
/// inserted, dropped or doubled, cut off anywhere and split into pieces anywhere.
/// </summary>
internal sealed class HostileStream
{
    private const int MaxLength = 4096;
    private const string HeaderAlphabet = "0123456789 +-\0x\t\n";

    private readonly Random _random;

    public HostileStream(int seed)
    {
        _random = new Random(seed);
        byte[] bytes = Make();
        Bytes = bytes.Length <= MaxLength ? bytes : bytes[..MaxLength];
        Pieces = Split();
        EndsWithReset = _random.Next(5) == 0;
    }

    /// <summary>At most 4,096 bytes.</summary>
    public byte[] Bytes { get; }

    /// <summary>The bytes as they arrive; no piece is empty.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pieces { get; }

    /// <summary>The connection is broken at the end instead of finished.</summary>
    public bool EndsWithReset { get; }

    private byte[] Make() => _random.Next(8) switch
    {
        0 => RandomBytes(_random.Next(300)),
        1 => Messages(),
        2 or 3 => Mutated(Messages()),
        4 => Header(),
        5 => Mutated(Encoding.ASCII.GetBytes("Hello from the client!" + new string('f', _random.Next(2000)))),
        6 => Mutated(Encoding.ASCII.GetBytes("ALDIS/1 messages client=pump-7".PadRight(64) + LabFrame.Of("x"))),
        _ => [.. RandomBytes(_random.Next(MaxLength)).Select(value => (byte)HeaderAlphabet[value % HeaderAlphabet.Length])],
    };

    private byte[] Messages()
    {
        var stream = new StringBuilder();
        for (int count = _random.Next(1, 6); count > 0; count--)
        {
            stream.Append(LabFrame.Of(_random.Next(6) == 0 ? LabFrame.Disconnect : new string('m', _random.Next(200))));
        }

        return Encoding.ASCII.GetBytes(stream.ToString());
    }

    /// <summary>A number that may be right, too large or no number, often with nothing behind it.</summary>
    private byte[] Header()
    {
        string digits = new([
            .. Enumerable.Range(0, _random.Next(1, 66)).Select(_ => (char)('0' + (_random.Next(3) == 0 ? 0 : _random.Next(10)))),
        ]);
        string header = LabFrame.Header(digits[..Math.Min(digits.Length, _random.Next(1, 25))]);
        return Encoding.ASCII.GetBytes(_random.Next(2) == 0 ? header : header + new string('p', _random.Next(500)));
    }

    private byte[] Mutated(byte[] valid)
    {
        List<byte> bytes = [.. valid];
        for (int count = _random.Next(1, 5); count > 0 && bytes.Count > 0; count--)
        {
            int at = _random.Next(bytes.Count);
            switch (_random.Next(5))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << _random.Next(8));
                    break;
                case 1:
                    bytes.Insert(at, (byte)_random.Next(256));
                    break;
                case 2:
                    bytes.RemoveAt(at);
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(20, bytes.Count - at)));
                    break;
            }
        }

        return [.. bytes];
    }

    private byte[] RandomBytes(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private List<ReadOnlyMemory<byte>> Split()
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        int most = _random.Next(3) == 0 ? Bytes.Length + 1 : 1 + _random.Next(200);
        for (int start = 0; start < Bytes.Length;)
        {
            int length = Math.Min(1 + _random.Next(most), Bytes.Length - start);
            pieces.Add(Bytes.AsMemory(start, length));
            start += length;
        }

        return pieces;
    }
}
