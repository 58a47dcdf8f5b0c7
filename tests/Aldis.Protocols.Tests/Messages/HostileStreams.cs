using System.Text;

namespace Aldis.Protocols.Tests.Messages;

/// <summary>Makes streams that are nearly right: valid ones with bytes changed, left out, doubled or cut, and pure noise.</summary>
internal sealed class HostileStreams(int seed)
{
    private static readonly string[] Units =
    [
        "ALDIS/1 messages client=pump-7", "ALDIS/1 files client=a", "TOKEN secret", "5 1", "5 2", "0 3", "9999999999 1", "5 9223372036854775807",
        "5 0", "BYE", "ALDIS/1 last=0 durable 64 16", "ALDIS/1 last=9223372036854775807 durable 1 16", "ALDIS/1 error=token", "ACK 1 durable",
        "ACK 2 durable duplicate", "NAK 1 gap retry=5", "NAK 2 too-large", "NAK 0 superseded", "NAK 1 disk-full retry=999999999", "33", "5",
        "12345678901234567890", "+5", "-5", "1048577", "00000000000000000000000000000000000000000000000000000000000005",
    ];

    private readonly Random _random = new(seed);

    /// <summary>The next stream, at most a few hundred bytes, with a beginning that gets past the preface more often than not.</summary>
    public byte[] Next(string begin)
    {
        List<byte> stream = [.. Encoding.ASCII.GetBytes(_random.Next(4) == 0 ? string.Empty : begin)];
        for (int parts = _random.Next(1, 6); parts > 0; parts--)
        {
            if (_random.Next(8) == 0)
            {
                byte[] noise = new byte[_random.Next(80)];
                _random.NextBytes(noise);
                stream.AddRange(noise);
            }
            else
            {
                stream.AddRange(Encoding.ASCII.GetBytes(Units[_random.Next(Units.Length)].PadRight(64)));
                stream.AddRange(Encoding.ASCII.GetBytes("hello"[.._random.Next(6)]));
            }
        }

        for (int changes = _random.Next(4); changes > 0 && stream.Count > 0; changes--)
        {
            Mutate(stream);
        }

        return [.. stream];
    }

    /// <summary>How many bytes to hand over at once.</summary>
    public int Piece(int left) => _random.Next(3) == 0 ? left : _random.Next(1, left + 1);

    private void Mutate(List<byte> stream)
    {
        int at = _random.Next(stream.Count);
        switch (_random.Next(4))
        {
            case 0:
                stream[at] = (byte)_random.Next(256);
                break;
            case 1:
                stream.RemoveAt(at);
                break;
            case 2:
                stream.Insert(at, (byte)_random.Next(256));
                break;
            default:
                stream.RemoveRange(at, stream.Count - at);
                break;
        }
    }
}
